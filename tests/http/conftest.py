from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from voicebot.config import Sections
from voicebot.errors import RoomError
from voicebot.events import Emit, EventStream
from voicebot.http.app import create_app
from voicebot.http.pages import Pages
from voicebot.http.server import bound_socket, listening
from voicebot.http.service import Outcome
from voicebot.rooms.names import Endpoint

ENDPOINT = Endpoint("ws://127.0.0.1:7880", "key", "a secret that is long enough to sign with")


@dataclass
class FakeDispatcher:
    places: int = 2
    rooms: dict[str, str] = field(default_factory=dict)
    webhooks: list[bytes] = field(default_factory=list)
    signature: str = "signed"
    broken: str = ""

    async def bring(self, room: str, cause: str) -> Outcome:
        if self.broken == "bug":
            raise RuntimeError("words of a customer")
        if self.broken:
            raise RoomError(self.broken)
        if room in self.rooms:
            return "already"
        if len(self.rooms) >= self.places:
            return "full"
        self.rooms[room] = cause
        return "joined"

    async def webhook(self, body: bytes, authorization: str) -> bool:
        if authorization != self.signature:
            return False
        self.webhooks.append(body)
        return True


@dataclass
class FakeService:
    dispatcher: FakeDispatcher = field(default_factory=FakeDispatcher)
    endpoint: Endpoint = ENDPOINT
    problems: list[str] = field(default_factory=list)

    def ready_problems(self) -> list[str]:
        return self.problems


class CountedStream(EventStream):
    """A stream that tells when listeners come and go."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()

    @contextmanager
    def listening(self, listener: Emit) -> Iterator[None]:
        try:
            with super().listening(listener):
                self._changed.set()
                yield
        finally:
            self._changed.set()

    async def listeners(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self._listeners) != count:
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def events() -> CountedStream:
    return CountedStream()


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Where the built pages are: a test puts there what it wants to be served."""
    return tmp_path / "dist"


Client: TypeAlias = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def client(service: FakeService, events: EventStream, built: Path) -> AsyncIterator[Client]:
    """A client of a new application: `client(sections_as_dict, address=..., base_url=...)`."""
    opened: list[httpx.AsyncClient] = []

    def make(
        settings: dict[str, Any] | None = None,
        address: str = "127.0.0.1",
        base_url: str = "http://localhost:8000",
    ) -> httpx.AsyncClient:
        app = create_app(
            service, Sections.model_validate(settings or {}), events, pages=Pages(built)
        )
        transport = httpx.ASGITransport(app, client=(address, 50000))
        opened.append(httpx.AsyncClient(transport=transport, base_url=base_url))
        return opened[-1]

    yield make
    for one in opened:
        await one.aclose()


Running: TypeAlias = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture
def running(service: FakeService, events: EventStream, built: Path) -> Running:
    """`async with running(settings) as netloc`: the application behind a real uvicorn."""

    @asynccontextmanager
    async def run(settings: dict[str, Any] | None = None) -> AsyncIterator[str]:
        sections = Sections.model_validate({"http": {"port": 0}} | (settings or {}))
        with bound_socket(sections.http) as taken:
            app = create_app(service, sections, events, pages=Pages(built))
            async with listening(app, taken):
                yield f"127.0.0.1:{taken.getsockname()[1]}"

    return run
