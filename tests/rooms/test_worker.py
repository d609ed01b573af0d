"""The agent worker at a real livekit-server, with bots that need no model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from livekit import api, rtc
from livekit.protocol import agent as wire
from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection, serve

from tests.rooms.conftest import WAIT_S, Parrot
from voicebot.config import LiveKit
from voicebot.config import Rooms as RoomSettings
from voicebot.errors import RoomError
from voicebot.events import BotJoined, BotLeft, Event
from voicebot.rooms.dispatch import Claims, Dispatcher
from voicebot.rooms.jobs import Outcome
from voicebot.rooms.livekit import RoomBot
from voicebot.rooms.livekit_api import LiveKitRooms, customer_token
from voicebot.rooms.names import Endpoint
from voicebot.rooms.server import OwnServer, free_port
from voicebot.rooms.worker import AgentWorker

SELDOM = 3600.0  # seconds between looks at the rooms: what comes, comes by jobs


@dataclass
class Box:
    """A worker, its dispatcher, and what happened."""

    worker: AgentWorker
    dispatcher: Dispatcher
    events: list[Event]
    changed: asyncio.Event

    async def until(self, ready: object) -> None:
        """ready: a function without arguments, looked at whenever something happened here."""
        assert callable(ready)
        async with asyncio.timeout(WAIT_S):
            while not ready():
                self.changed.clear()
                await self.changed.wait()

    def joined(self, room: str) -> bool:
        return any(isinstance(e, BotJoined) and e.room == room for e in self.events)

    def left(self, room: str) -> bool:
        return any(isinstance(e, BotLeft) and e.room == room for e in self.events)


class AllOurs:
    """A box that is alone with its database."""

    async def take(self, room: str) -> bool:
        return True

    async def drop(self, room: str) -> None:
        pass

    async def served(self) -> frozenset[str] | None:
        return None


@asynccontextmanager
async def box_at(
    endpoint: Endpoint,
    *,
    most: int = 4,
    name: str = "",
    look: float = SELDOM,
    prefix: str = "",
    claims: Claims | None = None,
) -> AsyncIterator[Box]:
    """A box that is registered, if the server is there."""
    settings = RoomSettings(max=most, empty_timeout=0.2, reconcile_interval=look, prefix=prefix)
    events: list[Event] = []
    changed = asyncio.Event()

    def emit(event: Event) -> None:
        events.append(event)
        changed.set()

    def make_bot(room: str) -> RoomBot:
        return RoomBot(room, endpoint, Parrot(), emit=emit, empty_timeout=settings.empty_timeout)

    rooms = LiveKitRooms(endpoint, agent=name)
    dispatcher = Dispatcher(settings, rooms, make_bot, emit, claims or AllOurs())
    worker = AgentWorker(endpoint, dispatcher, name=name, most=most, box="box")

    def told(room: str, what: str) -> None:
        worker.told(room, what)
        changed.set()

    dispatcher.watch = told
    await dispatcher.start()
    running = asyncio.create_task(worker.run())
    box = Box(worker, dispatcher, events, changed)
    try:
        await registered(box)
        yield box
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await dispatcher.stop()
        await rooms.aclose()


async def registered(box: Box) -> None:
    async with asyncio.timeout(WAIT_S):
        while box.worker.trouble:  # noqa: ASYNC110 - the worker tells nobody
            await asyncio.sleep(0.02)


@asynccontextmanager
async def customer_in(endpoint: Endpoint, room: str, agent: str = "") -> AsyncIterator[rtc.Room]:
    here = rtc.Room()
    await here.connect(endpoint.url, customer_token(endpoint, room, f"c-{room}", agent=agent))
    try:
        yield here
    finally:
        await here.disconnect()


async def test_a_customer_gets_a_bot_by_a_job(endpoint: Endpoint) -> None:
    async with box_at(endpoint) as box:
        async with customer_in(endpoint, "r1"):
            await box.until(lambda: box.joined("r1"))
            assert [e.cause for e in box.events if isinstance(e, BotJoined)] == ["job"]
        await box.until(lambda: box.dispatcher.rooms == ())
        assert box.left("r1")


async def test_a_room_that_is_not_ours_is_left_alone(endpoint: Endpoint) -> None:
    async with (
        box_at(endpoint, prefix="shop-") as box,
        customer_in(endpoint, "other"),
        customer_in(endpoint, "shop-1"),
    ):
        await box.until(lambda: box.joined("shop-1"))
        assert not box.joined("other")


async def test_rooms_go_to_the_box_that_has_place(endpoint: Endpoint) -> None:
    """Four rooms for two boxes of two places: none is refused, none is served twice."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(box_at(endpoint, most=2))
        second = await stack.enter_async_context(box_at(endpoint, most=2))
        names = [f"r{n}" for n in range(4)]
        for name in names:
            await stack.enter_async_context(customer_in(endpoint, name))
            both = first.joined, second.joined
            async with asyncio.timeout(WAIT_S):
                while not any(joined(name) for joined in both):
                    first.changed.clear()
                    second.changed.clear()
                    waits = [asyncio.create_task(b.changed.wait()) for b in (first, second)]
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                    for wait in waits:
                        wait.cancel()
        assert sorted(first.dispatcher.rooms + second.dispatcher.rooms) == names
        assert len(first.dispatcher.rooms) == len(second.dispatcher.rooms) == 2


async def test_draining_finishes_calls_and_takes_no_job(endpoint: Endpoint) -> None:
    async with AsyncExitStack() as stack:
        leaving = await stack.enter_async_context(box_at(endpoint))
        call = AsyncExitStack()
        await call.enter_async_context(customer_in(endpoint, "old"))
        await leaving.until(lambda: leaving.joined("old"))
        draining = asyncio.create_task(leaving.dispatcher.drain(WAIT_S))
        staying = await stack.enter_async_context(box_at(endpoint))
        for n in range(3):
            await stack.enter_async_context(customer_in(endpoint, f"new{n}"))
            await staying.until(lambda n=n: staying.joined(f"new{n}"))
        assert leaving.dispatcher.rooms == ("old",)
        assert not draining.done()
        await call.aclose()
        await draining
        assert leaving.left("old")


async def test_a_room_that_asks_for_an_agent_by_name_gets_that_one(endpoint: Endpoint) -> None:
    async with (
        box_at(endpoint, name="counter", look=0.2) as box,
        customer_in(endpoint, "silent"),
        customer_in(endpoint, "asking", agent="counter"),
    ):
        await box.until(lambda: box.joined("asking"))
        await box.dispatcher.reconcile()
        assert box.dispatcher.rooms == ("asking",)


async def test_the_job_that_the_server_ends_takes_the_bot_away(endpoint: Endpoint) -> None:
    async with (
        box_at(endpoint, name="counter") as box,
        customer_in(endpoint, "r1", agent="counter"),
        api.LiveKitAPI(endpoint.url, endpoint.api_key, endpoint.api_secret, failover=False) as lk,
    ):
        await box.until(lambda: box.joined("r1"))
        (dispatch,) = await lk.agent_dispatch.list_dispatch("r1")
        await lk.agent_dispatch.delete_dispatch(dispatch.id, "r1")
        await box.until(lambda: box.left("r1"))


async def test_a_server_that_comes_back_gives_jobs_again() -> None:
    settings = LiveKit(port=free_port(), api_key="key", api_secret=SecretStr("s" * 40))
    async with AsyncExitStack() as first:
        endpoint = await first.enter_async_context(OwnServer(settings))
        async with box_at(endpoint) as box:
            await first.aclose()
            async with asyncio.timeout(WAIT_S):
                while not box.worker.trouble:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.02)
            async with OwnServer(settings):
                await registered(box)
                async with customer_in(endpoint, "again"):
                    await box.until(lambda: box.joined("again"))


async def test_wrong_keys_are_said(endpoint: Endpoint) -> None:
    wrong = Endpoint(endpoint.url, endpoint.api_key, "x" * 40)
    worker = AgentWorker(wrong, Dispatcher.__new__(Dispatcher), name="", most=1, box="b")
    with pytest.raises(RoomError, match="are the API keys its own"):
        async with worker._connected():
            pass


# ---- what goes over the wire, by a server that writes it down


class Scribe:
    """A LiveKit server's side of the protocol, as far as tests want it."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[wire.WorkerMessage] = asyncio.Queue()
        self.sockets: list[ServerConnection] = []
        self.paths: list[str] = []
        self.claims: list[api.access_token.Claims] = []

    async def __call__(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.paths.append(socket.request.path)
        token = socket.request.headers["Authorization"].removeprefix("Bearer ")
        self.claims.append(api.TokenVerifier("key", "s" * 40).verify(token))
        self.sockets.append(socket)
        async for data in socket:
            assert isinstance(data, bytes)
            message = wire.WorkerMessage.FromString(data)
            if message.HasField("register"):
                answer = wire.ServerMessage(register={"worker_id": f"AW_{len(self.sockets)}"})
                await socket.send(answer.SerializeToString())
            self.heard.put_nowait(message)

    async def tell(self, **message: Any) -> None:
        await self.sockets[-1].send(wire.ServerMessage(**message).SerializeToString())

    async def until(self, kind: str) -> wire.WorkerMessage:
        """The next message of that kind; what comes before it is skipped."""
        async with asyncio.timeout(WAIT_S):
            while True:
                message = await self.heard.get()
                if message.WhichOneof("message") == kind:
                    return message


class FakeBots:
    """Two places; a bot joins and leaves when told."""

    def __init__(self) -> None:
        self.rooms: tuple[str, ...] = ()
        self.draining = False
        self.dismissed = asyncio.Event()

    def serves(self, room: str) -> bool:
        return room.startswith("shop-")

    async def bring(self, room: str, cause: str) -> Outcome:
        assert cause == "job"
        if room in self.rooms:
            return "already"
        if len(self.rooms) == 2:
            return "full"
        self.rooms += (room,)
        return "joined"

    async def dismiss(self, room: str) -> None:
        self.dismissed.set()


@asynccontextmanager
async def scribe_and_worker() -> AsyncIterator[tuple[Scribe, FakeBots, AgentWorker]]:
    scribe, bots = Scribe(), FakeBots()
    async with serve(scribe, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        endpoint = Endpoint(f"ws://127.0.0.1:{port}", "key", "s" * 40)
        worker = AgentWorker(endpoint, bots, name="counter", most=2, box="till-7")
        running = asyncio.create_task(worker.run())
        try:
            yield scribe, bots, worker
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def offered(scribe: Scribe, job: str, room: str) -> wire.AvailabilityResponse:
    await scribe.tell(availability={"job": {"id": job, "room": {"name": room}}})
    return (await scribe.until("availability")).availability


async def test_registration_says_who_we_are_and_for_what() -> None:
    async with scribe_and_worker() as (scribe, _, worker):
        register = (await scribe.until("register")).register
        assert (register.agent_name, register.instance_id) == ("counter", "till-7")
        assert register.type == wire.JT_PARTICIPANT
        assert scribe.paths == ["/agent?protocol=1"]
        assert scribe.claims[0].video is not None
        assert scribe.claims[0].video.agent
        assert not scribe.claims[0].video.room_join
        await scribe.until("update_worker")
        assert worker.trouble == ""


async def test_a_job_is_answered_reported_and_ended() -> None:
    async with scribe_and_worker() as (scribe, bots, worker):
        await scribe.until("register")
        answer = await offered(scribe, "j1", "shop-1")
        assert (answer.job_id, answer.available, answer.terminate) == ("j1", True, False)
        assert answer.participant_identity == "bot-shop-1"
        worker.told("shop-1", "joined")
        running = (await scribe.until("update_job")).update_job
        assert (running.job_id, running.status) == ("j1", wire.JS_RUNNING)
        standing = (await scribe.until("update_worker")).update_worker
        assert (standing.status, standing.job_count) == (wire.WS_AVAILABLE, 1)
        assert 0 < standing.load < 0.7
        assert (await offered(scribe, "j2", "shop-1")).terminate
        assert not (await offered(scribe, "j3", "elsewhere")).available
        await scribe.tell(termination={"job_id": "j1"})
        await asyncio.wait_for(bots.dismissed.wait(), WAIT_S)
        bots.rooms = ()
        worker.told("shop-1", "dismissed")
        ended = (await scribe.until("update_job")).update_job
        assert (ended.job_id, ended.status) == ("j1", wire.JS_SUCCESS)


async def test_a_full_box_says_so() -> None:
    async with scribe_and_worker() as (scribe, _, _worker):
        await scribe.until("register")
        for n in (1, 2):
            assert (await offered(scribe, f"j{n}", f"shop-{n}")).available
        assert not (await offered(scribe, "j3", "shop-3")).available
        while (await scribe.until("update_worker")).update_worker.status != wire.WS_FULL:
            pass


async def test_draining_is_told_at_once() -> None:
    async with scribe_and_worker() as (scribe, bots, worker):
        assert not (await scribe.until("update_worker")).update_worker.draining
        bots.draining = True
        worker.told("", "draining")
        update = (await scribe.until("update_worker")).update_worker
        assert (update.draining, update.status) == (True, wire.WS_FULL)


@pytest.mark.parametrize("how", ["go_away", "close", "noise"])
async def test_a_connection_that_ends_is_made_anew(how: str) -> None:
    async with scribe_and_worker() as (scribe, _, worker):
        await scribe.until("register")
        await scribe.until("update_worker")
        if how == "go_away":
            await scribe.tell(go_away={"reason": "shutting down"})
        elif how == "close":
            await scribe.sockets[-1].close()
        else:
            await scribe.sockets[-1].send(b"\xff\xff\xff")
        await scribe.until("register")
        await scribe.until("update_worker")
        assert len(scribe.sockets) == 2
        assert worker.trouble == ""
