from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

import voicebot.service
from tests.http.conftest import FakeDispatcher, FakeService
from voicebot.commands import serve
from voicebot.commands.common import console
from voicebot.config import Sections
from voicebot.errors import ConfigError, ModelError, VoicebotError
from voicebot.events import EventStream


class Dispatcher(FakeDispatcher):
    """Its calls end when `calls_ended` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.calls_ended = asyncio.Event()
        self.draining = asyncio.Event()
        self.drained = False

    async def drain(self, grace: float | None = None) -> None:
        self.draining.set()
        await self.calls_ended.wait()
        self.drained = True


class Box:
    """What the service is made of, and how far it has come."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher()
        self.loaded = asyncio.Event()
        self.loaded.set()
        self.loading = asyncio.Event()
        self.closed = False
        self.error: Exception | None = None
        self.ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def open_service(
        self, settings: Sections, events: EventStream
    ) -> AsyncIterator[FakeService]:
        self.loading.set()
        if self.error:
            raise self.error
        await self.loaded.wait()
        try:
            yield FakeService(self.dispatcher)
        finally:
            self.closed = True

    def hear(self, text: str) -> None:
        if text.startswith("ready: "):
            self.ready.set_result(text.removeprefix("ready: "))


@pytest.fixture
async def box(monkeypatch: pytest.MonkeyPatch) -> Box:
    box = Box()
    monkeypatch.setattr(voicebot.service, "open_service", box.open_service)
    monkeypatch.setattr(console, "print", box.hear)
    return box


@pytest.fixture(autouse=True)
def signals_restored() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def started(**http: Any) -> asyncio.Task[int]:
    settings = Sections.model_validate({"http": {"port": 0} | http})
    return asyncio.create_task(serve._serve(settings))


async def ended(task: asyncio.Task[int]) -> int:
    """Its code; a task that does not end by itself fails the test instead of being cancelled."""
    return await asyncio.wait_for(asyncio.shield(task), 10)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_the_first_signal_lets_calls_end(box: Box, number: signal.Signals, code: int) -> None:
    async with asyncio.timeout(20):
        task = started()
        url = await box.ready
        os.kill(os.getpid(), number)
        await box.dispatcher.draining.wait()
        async with httpx.AsyncClient(trust_env=False) as client:  # it answers to the last
            assert (await client.get(f"{url}/health")).status_code == 200
        assert not box.closed
        box.dispatcher.calls_ended.set()
        assert await ended(task) == code
    assert box.dispatcher.drained
    assert box.closed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_second_signal_ends_at_once(box: Box, number: signal.Signals) -> None:
    async with asyncio.timeout(20):
        task = started()
        await box.ready
        os.kill(os.getpid(), number)
        await box.dispatcher.draining.wait()
        os.kill(os.getpid(), number)
        assert await ended(task) == 130
    assert not box.dispatcher.drained
    assert box.closed


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_a_signal_while_loading_ends_at_once(
    box: Box, number: signal.Signals, code: int
) -> None:
    box.loaded.clear()
    async with asyncio.timeout(20):
        task = started()
        await box.loading.wait()
        os.kill(os.getpid(), number)
        assert await ended(task) == code
    assert not box.ready.done()


async def test_being_cancelled_is_not_a_signal(box: Box) -> None:
    async with asyncio.timeout(20):
        task = started()
        await box.ready
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert box.closed


async def test_a_port_in_use_is_said_before_models_are_loaded(box: Box) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(VoicebotError, match=f"port {port} on 127.0.0.1 is in use"):
            await started(port=port)
    assert not box.loading.is_set()


async def test_missing_models_are_told_before_anything_listens(box: Box) -> None:
    box.error = ModelError("whisper-base is missing")
    with pytest.raises(ModelError):
        await started()
    assert not box.ready.done()


@pytest.mark.parametrize(
    ("url", "secret", "refused"),
    [
        ("", "", False),
        ("ws://127.0.0.1:7880", "secret", False),
        ("ws://localhost:7880", "secret", False),
        ("wss://livekit.example", "secret", True),
        ("wss://livekit.example", "a secret of its own, long enough", False),
    ],
)
def test_placeholder_keys_are_for_this_box_only(url: str, secret: str, refused: bool) -> None:
    settings = Sections.model_validate({"livekit": {"url": url, "api_secret": secret}})
    if not refused:
        serve.refuse_placeholder_keys(settings)
        return
    with pytest.raises(ConfigError, match=r"livekit\.api_secret is a placeholder"):
        serve.refuse_placeholder_keys(settings)
