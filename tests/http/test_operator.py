from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.http.conftest import CountedStream, FakeService, Running
from tests.http.test_live import ONE_WATCHES
from tests.telemetry.test_turns import spoken_turn
from voicebot import events as ev
from voicebot.http.auth import COOKIE, WRONG_KEYS
from voicebot.http.operator import NOT_BUILT

FAR = {"x-forwarded-for": "192.168.1.20"}  # uvicorn takes the word of a proxy on this box
KEY: dict[str, Any] = {"http": {"port": 0, "api_key": "the-key"}}


async def asked(netloc: str, path: str = "/api/operator", **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://{netloc}") as client:
        return await client.get(path, **more)


async def test_the_board_is_fed_by_the_stream(
    running: Running, events: CountedStream, service: FakeService
) -> None:
    service.problems = ["every place is taken"]
    async with running({"rooms": {"max": 3}}) as netloc:
        for event in (ev.BotJoined(room="r", cause="spawn"), *spoken_turn()):
            events.emit(event)
        data = (await asked(netloc)).json()
    assert data["problems"] == ["every place is taken"]
    assert (data["rooms_max"], data["shop"]) == (3, "the shop")
    assert data["load"]["cores"] >= 1
    assert data["load"]["memory_mb"] > 0
    overview = data["overview"]
    assert [room["turns"] for room in overview["rooms"]] == [1]
    assert overview["recent"][0]["delay_ms"] == 500
    assert {"stage": "silence", "start_ms": 8, "ms": 192} in overview["recent"][0]["spans"]
    assert "Where" not in json.dumps(data)


async def test_words_are_there_where_settings_say_so(
    running: Running, events: CountedStream
) -> None:
    async with running({"logging": {"words": True}}) as netloc:
        for event in spoken_turn():
            events.emit(event)
        overview = (await asked(netloc)).json()["overview"]
    assert overview["words"] is True
    assert overview["recent"][0]["user"] == "Where is it?"


@pytest.mark.parametrize(("minutes", "status"), [(1, 200), (1440, 200), (0, 422), (1441, 422)])
async def test_the_window_has_bounds(running: Running, minutes: int, status: int) -> None:
    async with running() as netloc:
        answer = await asked(netloc, params={"minutes": minutes})
    assert answer.status_code == status


async def test_others_need_the_key(running: Running) -> None:
    async with running(KEY) as netloc:
        assert (await asked(netloc)).status_code == 200
        refused = await asked(netloc, headers=FAR)
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "unauthorized"
        shown = FAR | {"authorization": "Bearer the-key"}
        assert (await asked(netloc, headers=shown)).status_code == 200


async def test_a_browser_shows_the_key_once(running: Running, events: CountedStream) -> None:
    async with (
        running(KEY) as netloc,
        httpx.AsyncClient(base_url=f"http://{netloc}", headers=FAR) as browser,
    ):
        begun = await browser.post("/api/operator/session", json={"key": "the-key"})
        assert begun.status_code == 204
        cookie = begun.headers["set-cookie"]
        assert "the-key" not in cookie
        for mark in ("HttpOnly", "SameSite=strict", "Path=/"):
            assert mark in cookie
        assert "Secure" not in cookie
        assert (await browser.get("/api/operator")).status_code == 200
        assert (await browser.get("/operator")).status_code == 200

        carried = FAR | {"cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
        async with connect(f"ws://{netloc}/api/events", additional_headers=carried) as socket:
            await events.listeners(ONE_WATCHES)
            events.emit(ev.BotJoined(room="r", cause="spawn"))
            async with asyncio.timeout(10):
                assert json.loads(await socket.recv())["room"] == "r"

        spawn = await browser.post("/api/spawn-bot", json={"roomName": "a"})
        assert spawn.status_code == 401, "a ticket is for watching"

        assert (await browser.delete("/api/operator/session")).status_code == 204
        assert (await browser.get("/api/operator")).status_code == 401


async def test_behind_tls_the_cookie_is_for_tls_alone(running: Running) -> None:
    async with running(KEY) as netloc, httpx.AsyncClient(base_url=f"http://{netloc}") as browser:
        headers = FAR | {"x-forwarded-proto": "https"}
        answer = await browser.post(
            "/api/operator/session", json={"key": "the-key"}, headers=headers
        )
    assert "Secure" in answer.headers["set-cookie"]


async def test_wrong_keys_are_refused_and_counted(running: Running) -> None:
    async with (
        running(KEY) as netloc,
        httpx.AsyncClient(base_url=f"http://{netloc}", headers=FAR) as browser,
    ):
        tries = [
            await browser.post("/api/operator/session", json={"key": "wrong"})
            for _ in range(WRONG_KEYS + 1)
        ]
        assert [t.status_code for t in tries] == [401] * WRONG_KEYS + [429]
        assert all("set-cookie" not in t.headers for t in tries)
        assert int(tries[-1].headers["retry-after"]) > 0
        with pytest.raises(InvalidStatus):
            await connect(f"ws://{netloc}/api/events", additional_headers=FAR)


@pytest.fixture
def page(built: Path) -> str:
    built.mkdir()
    (built / "operator.html").write_text("<p>the operator's page")
    return "<p>the operator's page"


async def test_the_page_holds_no_data_and_says_who_may_see_them(
    running: Running, page: str
) -> None:
    async with running(KEY) as netloc:
        ours = await asked(netloc, "/operator")
        assert (ours.status_code, ours.text) == (200, page)
        theirs = await asked(netloc, "/operator", headers=FAR)
        assert (theirs.status_code, theirs.text) == (401, page)


async def test_a_page_that_is_not_built_says_so(running: Running) -> None:
    async with running() as netloc:
        assert (await asked(netloc, "/operator")).text == NOT_BUILT
