from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.http.conftest import CountedStream, Running
from voicebot.events import Event, EventStream, ToolRan, Transcribed
from voicebot.http import live

APP_ALONE = 3  # listeners: the metrics, the operator's board and the turns' log
ONE_WATCHES = 4


async def watched(socket: ClientConnection, events: EventStream, event: Event) -> dict[str, Any]:
    """The event as a watcher sees it."""
    events.emit(event)
    async with asyncio.timeout(10):
        shown: dict[str, Any] = json.loads(await socket.recv())
        return shown


@pytest.fixture
def heard() -> Transcribed:
    return Transcribed(room="r", turn=1, text="my private words", audio_s=1.0, ms=5.0)


async def test_events_without_words(
    running: Running, events: CountedStream, heard: Transcribed
) -> None:
    here = {"rooms": {"box": "till-7"}}
    async with running(here) as netloc, connect(f"ws://{netloc}/api/events") as socket:
        await events.listeners(ONE_WATCHES)
        shown = await watched(socket, events, heard)
        assert (shown["kind"], shown["box"]) == ("Transcribed", "till-7")
        assert shown["ms"] == 5.0
        assert "private" not in json.dumps(shown)
        tool = ToolRan(room="r", name="t", arguments={"id": "ORD1"}, result={"x": 1}, ms=1.0)
        assert "ORD1" not in json.dumps(await watched(socket, events, tool))


async def test_events_with_words_where_settings_say_so(
    running: Running, events: CountedStream, heard: Transcribed
) -> None:
    words = {"logging": {"words": True}}
    async with running(words) as netloc, connect(f"ws://{netloc}/api/events") as socket:
        await events.listeners(ONE_WATCHES)
        assert (await watched(socket, events, heard))["text"] == "my private words"


async def test_a_watcher_who_leaves_is_forgotten(running: Running, events: CountedStream) -> None:
    async with running() as netloc:
        async with connect(f"ws://{netloc}/api/events"):
            await events.listeners(ONE_WATCHES)
        await events.listeners(APP_ALONE)


async def test_the_server_ends_while_somebody_watches(
    running: Running, events: CountedStream
) -> None:
    async with running() as netloc:
        socket = await connect(f"ws://{netloc}/api/events")
        await events.listeners(ONE_WATCHES)
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    await socket.close()


async def test_foreign_pages_may_not_watch(running: Running) -> None:
    async with running() as netloc:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{netloc}/api/events", origin="https://evil.example")  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403


async def test_others_need_the_key(running: Running) -> None:
    """uvicorn takes the word of a proxy on this box for who is asking."""
    far = {"x-forwarded-for": "192.168.1.20"}
    async with running({"http": {"port": 0, "api_key": "the-key"}}) as netloc:
        url = f"ws://{netloc}/api/events"
        with pytest.raises(InvalidStatus):
            await connect(url, additional_headers=far)
        async with connect(url, additional_headers=far | {"authorization": "Bearer the-key"}):
            pass


async def test_watchers_are_counted(
    running: Running, events: CountedStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "WATCHERS_MAX", 1)
    async with running() as netloc, connect(f"ws://{netloc}/api/events"):
        await events.listeners(ONE_WATCHES)
        with pytest.raises(InvalidStatus):
            await connect(f"ws://{netloc}/api/events")
