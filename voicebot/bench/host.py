"""A bot in a process of its own, so that the customers who measure it do not slow it down."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from voicebot.bench.plain import PlainConversation
from voicebot.config import Sections
from voicebot.errors import RoomError, VoicebotError
from voicebot.events import EventStream
from voicebot.rooms.livekit import RoomBot
from voicebot.rooms.names import Endpoint
from voicebot.rooms.server import OwnServer
from voicebot.service import open_staff
from voicebot.telemetry.turns import TurnLog, TurnRecord

STOP_S = 10.0


@dataclass(frozen=True)
class Host:
    """turns: what the bot noted, in the order in which answers ended; it grows meanwhile."""

    endpoint: Endpoint
    turns: list[TurnRecord]
    _pipe: Connection

    def bring_bot(self, room: str) -> None:
        self._pipe.send(room)


@asynccontextmanager
async def open_host(settings: Sections, *, plain: bool) -> AsyncIterator[Host]:
    """Models and a livekit-server in another process, ready when it yields; gone when it is left.
    Raises what it raised, or RoomError when it died."""
    ours, its = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")  # threads of libraries do not survive a fork
    process = context.Process(target=_host, args=(settings, plain, its), daemon=True)
    process.start()
    its.close()
    turns: list[TurnRecord] = []
    try:
        try:
            endpoint = await asyncio.to_thread(ours.recv)
        except EOFError as exc:
            raise RoomError("the bot to be measured did not start; see what it printed") from exc
        if isinstance(endpoint, VoicebotError):
            raise endpoint
        reading = asyncio.create_task(asyncio.to_thread(_read, ours, turns))
        yield Host(endpoint, turns, ours)
        ours.send(None)
        await reading
    finally:
        await asyncio.to_thread(process.join, STOP_S)
        process.kill()


def _read(pipe: Connection, turns: list[TurnRecord]) -> None:
    """Until the other side closes."""
    with suppress(EOFError, OSError):
        while True:
            turns.append(pipe.recv())


# ------------------------------------------------------------------ in the other process


def _host(settings: Sections, plain: bool, pipe: Connection) -> None:
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(_serve(settings, plain, pipe))
        except VoicebotError as error:
            pipe.send(error)


async def _serve(settings: Sections, plain: bool, pipe: Connection) -> None:
    events = EventStream()
    livekit = settings.livekit.model_copy(update={"port": 0, "webhook_url": ""})
    async with OwnServer(livekit) as endpoint, open_staff(settings, events) as staff:
        await staff.rehearse()
        serve = PlainConversation(staff).serve if plain else staff.serve
        with events.listening(TurnLog(pipe.send)):
            pipe.send(endpoint)
            async with asyncio.TaskGroup() as stays:
                while (room := await asyncio.to_thread(pipe.recv)) is not None:
                    bot = RoomBot(room, endpoint, serve, emit=events.emit, empty_timeout=1.0)
                    stays.create_task(bot.run())
    pipe.close()
