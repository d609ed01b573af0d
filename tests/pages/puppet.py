"""The pages served for real, with a real livekit-server, and a bot without models in the rooms:
it says, shows and asks what a test wants."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.rooms.conftest import WAIT_S
from voicebot.config import Sections
from voicebot.events import EventStream
from voicebot.http.app import create_app
from voicebot.http.server import bound_socket, listening
from voicebot.rooms.server import OwnServer
from voicebot.service import Service, open_rooms
from voicebot.stages import AgentState, Asked, Card, Heard, Line, Sound

GREETING = "Hello, welcome to Harbour Lights! How can I help you today?"


class Puppet:
    """Serves one customer after the other. It has no voice."""

    def __init__(self) -> None:
        self.told: list[Heard] = []  # typed and tapped
        self._line: Line | None = None
        self._changed = asyncio.Event()
        self._segments = 0

    async def __call__(self, line: Line) -> None:
        self._line = line
        self._changed.set()
        try:
            async for item in line.heard():
                if not isinstance(item, Sound):
                    self.told.append(item)
                    self._changed.set()
        finally:
            self._line = None

    async def line(self) -> Line:
        """Of the customer who is there, or comes."""
        async with asyncio.timeout(WAIT_S):
            while self._line is None:
                self._changed.clear()
                await self._changed.wait()
        return self._line

    async def is_told(self) -> Heard:
        """The first that the page sends and that was not asked for yet."""
        async with asyncio.timeout(WAIT_S):
            while not self.told:
                self._changed.clear()
                await self._changed.wait()
        return self.told.pop(0)

    # ---- what the page shows

    async def is_in(self, state: AgentState) -> None:
        await (await self.line()).show_state(state)

    async def says(self, text: str, *, final: bool = True) -> None:
        self._segments += 1
        await self.is_in("speaking")
        await (await self.line()).show_bot(f"bot-{self._segments}", text, final=final)

    async def hears(self, text: str, *, final: bool = True, segment: str = "") -> None:
        self._segments += 1
        name = segment or f"own-{self._segments}"
        await (await self.line()).show_customer(name, text, final=final)

    async def shows(self, kind: str, **data: Any) -> None:
        await (await self.line()).show_card(Card(kind, data))

    async def asks(self, kind: Any, about: str = "", *options: str) -> None:
        await (await self.line()).show_asked(Asked(kind, about, options))

    async def greets(self) -> None:
        await self.asks("nothing")
        await self.says(GREETING)
        await self.is_in("listening")


@dataclass
class House:
    """A shop that serves."""

    base: str
    service: Service
    puppet: Puppet
    events: EventStream
    livekit: OwnServer
    _killing: asyncio.Task[None] | None = None

    def lose_livekit(self) -> None:
        """Its server is down, and does not stay up, until `find_livekit`."""
        self._killing = asyncio.create_task(self._kill())

    async def find_livekit(self) -> None:
        if self._killing is not None:
            self._killing.cancel()
            await asyncio.gather(self._killing, return_exceptions=True)

    async def _kill(self) -> None:
        while True:
            if self.livekit.pid is not None:
                os.kill(self.livekit.pid, signal.SIGKILL)
            await asyncio.sleep(0.05)  # it is started again without a word to us


@asynccontextmanager
async def open_house(settings: dict[str, Any] | None = None) -> AsyncIterator[House]:
    given = {"http": {"port": 0}, "livekit": {"port": 0}, "rooms": {"empty_timeout": 1.0}}
    sections = Sections.model_validate(given | (settings or {}))
    puppet, events = Puppet(), EventStream()
    async with AsyncExitStack() as stack:
        taken = stack.enter_context(bound_socket(sections.http))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        livekit = OwnServer(sections.livekit, webhook_url=f"{base}/webhook")
        endpoint = await stack.enter_async_context(livekit)
        service = await open_rooms(sections, endpoint, puppet, events, stack)
        app = create_app(service, sections, events)
        await stack.enter_async_context(listening(app, taken))
        house = House(base, service, puppet, events, livekit)
        stack.push_async_callback(house.find_livekit)
        yield house
