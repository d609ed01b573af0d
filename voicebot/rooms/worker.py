"""This box as an agent worker of a LiveKit server or cluster, which then spreads rooms over boxes.

LiveKit's own protocol: protobuf messages (livekit_agent.proto of github.com/livekit/protocol) over
a WebSocket to /agent. What is answered is decided in jobs.py; the bots are the dispatcher's.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import random
import time
from collections.abc import AsyncIterator
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from google.protobuf.message import DecodeError
from livekit import api
from livekit.protocol import agent as wire
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from voicebot import __version__
from voicebot.errors import RoomError
from voicebot.rooms.jobs import Delay, Jobs, JobState, Outcome, standing
from voicebot.rooms.names import BOT_NAME, Endpoint, bot_identity

log = logging.getLogger(__name__)

ANSWER_S = 5.0  # for the server to open the connection, and to take us up
PING_S = 5.0  # a server that is silent for so long after a ping is gone
STANDING_S = 2.5  # between two reports of our load
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 4.0)  # up to half as much again, so that boxes do not come at once
TOKEN_LIFE = datetime.timedelta(minutes=5)  # it only opens the connection
_STATES = {"running": wire.JS_RUNNING, "success": wire.JS_SUCCESS, "failed": wire.JS_FAILED}
_GONE = (OSError, TimeoutError, WebSocketException, DecodeError, ConnectionError)


class Bots(Protocol):
    """What the worker needs of the dispatcher."""

    @property
    def rooms(self) -> tuple[str, ...]: ...

    @property
    def draining(self) -> bool: ...

    def serves(self, room: str) -> bool:
        """Whether a room of that name is ours at all."""
        ...

    async def bring(self, room: str, cause: str) -> Outcome: ...

    async def dismiss(self, room: str) -> None: ...


class AgentWorker:
    """Run `run()` beside the dispatcher and tell it what becomes of bots by `told`.

    name: of the agent, for explicit dispatch; empty: every room of the server is offered to us.
    most: rooms at a time. box: what the server calls us in its log.
    """

    def __init__(self, endpoint: Endpoint, bots: Bots, *, name: str, most: int, box: str) -> None:
        self._endpoint = endpoint
        self._bots = bots
        self._name = name
        self._most = most
        self._box = box
        self._jobs = Jobs()
        self._delay = Delay()
        # Job by job, what the server has not heard yet; no more than rooms are served at a time.
        self._news: dict[str, JobState] = {}
        self._wake = asyncio.Event()
        self._leaving: set[asyncio.Task[None]] = set()
        self.trouble = "not registered with LiveKit yet"  # empty: jobs come

    # ---- what others tell

    def told(self, room: str, what: str) -> None:
        """what: "joined", "draining" (of all rooms), or why a bot has left the room."""
        if what == "joined":
            self._news |= self._jobs.running(room)
        elif room:
            self._news |= self._jobs.ended(room, what)
        self._wake.set()

    def waited(self, seconds: float) -> None:
        """So long a customer waited for an answer just now."""
        self._delay.note(seconds, time.monotonic())

    # ---- the connection

    async def run(self) -> None:
        """Stays registered until it is cancelled, through any number of lost connections. Bots and
        their calls are left as they are."""
        failures = 0
        while True:
            try:
                async with self._connected() as socket:
                    failures = 0
                    await self._serve(socket)
                self.trouble = "LiveKit closed the connection that jobs come by"
            except RoomError as exc:
                if failures == 0:
                    log.error("%s", exc)
                self.trouble = str(exc)
            self._jobs.disowned()
            self._news.clear()
            pause = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
            failures += 1
            await asyncio.sleep(pause * random.uniform(1.0, 1.5))

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        """A connection on which the server has taken us up. Raises RoomError, also later."""
        try:
            async with connect(
                _address(self._endpoint.url),
                additional_headers={"Authorization": f"Bearer {_token(self._endpoint)}"},
                proxy=None,
                open_timeout=ANSWER_S,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                close_timeout=1.0,
            ) as socket:
                await socket.send(self._registration())
                async with asyncio.timeout(ANSWER_S):
                    answer = wire.ServerMessage.FromString(_bytes(await socket.recv()))
                log.info("registered with LiveKit as worker %s", answer.register.worker_id)
                self.trouble = ""
                yield socket
        except _GONE as exc:
            raise RoomError(
                f"no jobs come from LiveKit at {self._endpoint.url} ({type(exc).__name__}:"
                f" {exc}): is it running, and are the API keys its own?"
            ) from exc

    async def _serve(self, socket: ClientConnection) -> None:
        """Until the server closes the connection or asks us to go."""
        reporting = asyncio.create_task(self._report(socket), name="worker's reports")
        try:
            async for data in socket:
                message = wire.ServerMessage.FromString(_bytes(data))
                match message.WhichOneof("message"):
                    case "availability":
                        await self._offered(socket, message.availability.job)
                    case "assignment":
                        log.debug("job %s is ours", message.assignment.job.id)
                    case "termination":
                        self._ended(message.termination.job_id)
                    case "go_away":
                        return
        finally:
            reporting.cancel()
            with contextlib.suppress(asyncio.CancelledError, *_GONE):
                await reporting

    async def _offered(self, socket: ClientConnection, job: wire.Job) -> None:
        """The bot goes at once: whom the server asks and who agrees gets the job."""
        outcome: Outcome = "full"
        if self._bots.serves(job.room.name):
            outcome = await self._bots.bring(job.room.name, "job")
        answer = self._jobs.offered(job.id, job.room.name, outcome)
        response = wire.AvailabilityResponse(
            job_id=answer.job, available=answer.available, terminate=answer.done
        )
        if answer.available:
            response.participant_identity = bot_identity(job.room.name)
            response.participant_name = BOT_NAME
        await socket.send(wire.WorkerMessage(availability=response).SerializeToString())
        self._wake.set()

    def _ended(self, job: str) -> None:
        room = self._jobs.room_of(job)
        if room is not None:
            task = asyncio.create_task(self._bots.dismiss(room))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _report(self, socket: ClientConnection) -> None:
        """Our load, now and then and at every change, and what becomes of jobs."""
        while True:
            self._wake.clear()
            news, self._news = self._news, {}
            for job, state in news.items():
                update = wire.UpdateJobStatus(job_id=job, status=_STATES[state])
                await socket.send(wire.WorkerMessage(update_job=update).SerializeToString())
            await socket.send(self._standing())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STANDING_S):
                    await self._wake.wait()

    # ---- messages

    def _registration(self) -> bytes:
        register = wire.RegisterWorkerRequest(
            type=wire.JT_PARTICIPANT,
            agent_name=self._name,
            version=__version__,
            instance_id=self._box,
        )
        return bytes(wire.WorkerMessage(register=register).SerializeToString())

    def _standing(self) -> bytes:
        now = standing(
            len(self._bots.rooms),
            self._most,
            draining=self._bots.draining,
            delay_s=self._delay.now(time.monotonic()),
        )
        update = wire.UpdateWorkerStatus(
            status=wire.WS_AVAILABLE if now.available else wire.WS_FULL,
            load=now.load,
            job_count=now.jobs,
            draining=now.draining,
        )
        return bytes(wire.WorkerMessage(update_worker=update).SerializeToString())


def _address(url: str) -> str:
    """Of the workers' endpoint, from that of a server."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/agent", "protocol=1", ""))


def _token(endpoint: Endpoint) -> str:
    token = api.AccessToken(endpoint.api_key, endpoint.api_secret)
    return str(token.with_ttl(TOKEN_LIFE).with_grants(api.VideoGrants(agent=True)).to_jwt())


def _bytes(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode()
