"""A real livekit-server on loopback, and conversations that need no model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from voicebot.audio import SPEAKING_RATE, Pcm
from voicebot.config import LiveKit
from voicebot.events import Event
from voicebot.models.places import livekit_server
from voicebot.rooms.livekit import RoomBot, Serve
from voicebot.rooms.names import Endpoint
from voicebot.rooms.server import OwnServer
from voicebot.stages import Asked, Card, Line, Reset, Sound, Typed

WAIT_S = 20.0  # for what must come; a loaded machine takes its time


def tone(seconds: float, hertz: float = 440.0) -> Pcm:
    """At -14 dBFS, whole frames."""
    at = np.arange(round(seconds * 100) * SPEAKING_RATE // 100) / SPEAKING_RATE
    return (np.sin(2 * np.pi * hertz * at) * 9000).astype(np.int16)


class Parrot:
    """Greets with a tone, answers each typed text with its words and a tone."""

    def __init__(self, greeting: Pcm | None = None) -> None:
        self.greeting = tone(0.3) if greeting is None else greeting
        self.lines: list[Line] = []
        self.typed: list[tuple[str, str]] = []
        self.resets = 0
        self.loud_steps = self.steps = 0
        self.peaks: list[float] = []
        self.ended = 0
        self.changed = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        self.lines.append(line)
        self._note()
        try:
            await self._converse(line)
        finally:
            self.ended += 1
            self._note()

    async def _converse(self, line: Line) -> None:
        await line.show_state("speaking")
        await line.show_bot("greeting", "Hel", final=False)
        await line.play(self.greeting)
        await line.show_bot("greeting", "lo!", final=True)
        await line.drained()
        await line.show_state("listening")
        async for item in line.heard():
            if isinstance(item, Sound):
                self.steps += 1
                assert item.wave.shape == (512,)
                assert item.wave.dtype == np.float32
                self.peaks.append(float(np.abs(item.wave).max()))
            elif isinstance(item, Typed):
                self.typed.append((line.customer, item.text))
                await line.show_customer(f"c{len(self.typed)}", item.text, final=False)
                await line.show_customer(f"c{len(self.typed)}", item.text, final=True)
                await line.show_asked(Asked("choice", "which_order", ("ORD123", "ORD132")))
                await line.show_card(Card("order", {"order_id": "ORD123"}))
                await line.play(tone(0.2, 660))
            elif isinstance(item, Reset):
                self.resets += 1
            self._note()

    def _note(self) -> None:
        self.changed.set()

    async def until(self, ready: object) -> None:
        """ready: a function without arguments, looked at whenever something happened."""
        assert callable(ready)
        async with asyncio.timeout(WAIT_S):
            while not ready():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    if livekit_server() is None:
        pytest.fail("there is no livekit-server program: scripts/setup fetches it")
    async with OwnServer(LiveKit(port=0)) as found:
        yield found


@asynccontextmanager
async def bot_in(
    endpoint: Endpoint,
    serve: Serve,
    room: str = "r1",
    *,
    empty_timeout: float = 5.0,
    events: list[Event] | None = None,
) -> AsyncIterator[asyncio.Task[str]]:
    """A bot that has joined; it leaves at the end."""
    joined = asyncio.Event()
    emit = (lambda event: None) if events is None else events.append
    bot = RoomBot(room, endpoint, serve, emit=emit, empty_timeout=empty_timeout)
    task: asyncio.Task[str] = asyncio.create_task(bot.run(joined.set))
    waiting = asyncio.create_task(joined.wait())
    await asyncio.wait({task, waiting}, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
    assert joined.is_set(), task
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
