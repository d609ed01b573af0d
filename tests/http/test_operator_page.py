"""The operator's page in a real browser: what it shows, how it lives, whom it asks for the key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.http.conftest import CountedStream, FakeService, Running
from tests.http.test_live import ONE_WATCHES
from tests.pages import browser
from tests.telemetry.test_turns import spoken_turn
from voicebot import events as ev

FAR = {"X-Forwarded-For": "192.168.1.20"}  # uvicorn takes the word of a proxy on this box
JOINED = ev.BotJoined(room="counter-1", cause="spawn")
WORDS = {"logging": {"words": True}}
expect.set_options(timeout=20_000)  # ms; a loaded machine takes its time


@pytest.fixture
def built() -> Path:
    """The real pages, not a test's."""
    return browser.DIST


@asynccontextmanager
async def page_at(netloc: str, **context: Any) -> AsyncIterator[Page]:
    """The page in a browser of its own. It asked no other host and complained of nothing."""
    asked: set[str] = set()
    complaints: list[str] = []
    async with browser.chromium() as opened:
        page = await (await opened.new_context(**context)).new_page()
        page.on("request", lambda request: asked.add(request.url.split("/")[2]))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        await page.goto(f"http://{netloc}/operator")
        yield page
    assert asked == {netloc}
    assert not complaints


def busy_hour(events: CountedStream) -> None:
    events.emit(JOINED)
    for turn in range(1, 31):
        for event in spoken_turn("counter-1", turn):
            events.emit(event)
    events.emit(ev.Unanswered(room="counter-1", turn=30, question="Is there a toilet?"))
    events.emit(ev.StageFailed(room="counter-1", turn=30, stage="tts", error="no voice"))
    gave = {"return_id": "RET-ORD1", "refund_amount": 12.5}
    events.emit(ev.ToolRan(room="counter-1", turn=30, name="x", arguments={}, result=gave, ms=1.0))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
async def test_the_page_shows_what_is_and_axe_finds_nothing(
    running: Running, events: CountedStream, scheme: str, width: int
) -> None:
    async with running(WORDS) as netloc:
        busy_hour(events)
        size = {"width": width, "height": 900}
        async with page_at(netloc, color_scheme=scheme, viewport=size) as page:
            await expect(page.locator(".rows")).to_contain_text(
                ["Is there a toilet?", "no voice", "RET-ORD1"]
            )
            await expect(page.locator(".turns > li")).to_have_count(25)
            first = page.locator("button.turn").first
            await first.click()
            await expect(page.locator(".details")).to_contain_text("Where is it?")
            await expect(page.locator(".large tr")).to_have_count(10)
            assert await browser.barriers(page) == []
            sideways = "document.documentElement.scrollWidth > window.innerWidth"
            assert not await page.evaluate(sideways)


async def test_an_empty_page_is_whole(running: Running, service: FakeService) -> None:
    service.problems = ["every place is taken"]
    async with running() as netloc, page_at(netloc) as page:
        await expect(page.locator("header")).to_contain_text("every place is taken")
        await expect(page.get_by_text("Every question had an answer.")).to_be_visible()
        assert await browser.barriers(page) == []


async def test_it_lives(running: Running, events: CountedStream) -> None:
    async with running() as netloc, page_at(netloc) as page:
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await events.listeners(ONE_WATCHES)
        events.emit(JOINED)
        room = page.locator(".rooms li")
        await expect(room).to_contain_text("counter-1")
        steps: tuple[tuple[ev.Event, str], ...] = (
            (ev.SpeechBegan(room="counter-1", turn=1), "hearing"),
            (ev.TurnTaken(room="counter-1", turn=1, silence_ms=200, cause="judge"), "thinking"),
            (ev.FirstSound(room="counter-1", turn=1), "speaking"),
        )
        for event, state in steps:
            events.emit(event)
            await expect(room.locator(".state")).to_have_text(state)
        for event in spoken_turn("counter-1", 2):
            events.emit(event)
        await expect(page.locator(".turns .delay")).to_have_text(["0.50 s"])
        events.emit(ev.BotLeft(room="counter-1", cause="empty"))
        await expect(page.get_by_text("Nobody is here.")).to_be_visible()


async def test_it_comes_back_after_the_server(running: Running) -> None:
    async with AsyncExitStack() as stack:
        async with running() as netloc:
            page = await stack.enter_async_context(page_at(netloc))
            live = page.get_by_text("Live", exact=True)
            await expect(live).to_be_visible()
        await expect(page.get_by_text("voicebot does not answer")).to_be_visible()
        async with running({"http": {"port": int(netloc.rpartition(":")[2])}}):
            await expect(live).to_be_visible()


async def test_elsewhere_it_asks_for_the_key(running: Running, events: CountedStream) -> None:
    settings = {"http": {"port": 0, "api_key": "the-key"}}
    async with (
        running(settings) as netloc,
        page_at(netloc, extra_http_headers=FAR) as page,
    ):
        key = page.get_by_label("Key")
        await expect(key).to_be_focused()
        assert await browser.barriers(page) == []
        await key.fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("only from this box")
        await key.fill("the-key")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        events.emit(JOINED)
        await expect(page.locator(".rooms li")).to_contain_text("counter-1")
        assert "the-key" not in page.url
        assert await page.evaluate("document.cookie + JSON.stringify(localStorage)") == "{}"
