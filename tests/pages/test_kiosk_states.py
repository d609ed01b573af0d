"""Every state of the kiosk's page, in a real browser and a real room: nothing is cut off, small or
out of reach, at any size; axe finds nothing, whatever colours are wished for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page

from tests.pages import browser
from tests.pages.looks import LOOKS, wear
from tests.pages.puppet import House, open_house
from tests.pages.states import STATES, TOKEN, name_of, scene_at, thinking
from tests.pages.visitor import chromium, visit
from voicebot.rooms.livekit_api import customer_token

BY_AXE = ("kiosk-dark", "phone-small", "contrast", "desktop")  # it takes its time


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as opened:
        yield opened


async def test_every_state_is_whole_in_every_look(house: House) -> None:
    async with scene_at(house) as scene:
        page = scene.visitor.page
        troubles = []
        for state in STATES:
            await state(scene)
            for name, look in LOOKS.items():
                await wear(page, look)
                found = await troubles_of(page, axe=name in BY_AXE)
                troubles += [f"{name_of(state)}, {name}: {one}" for one in found]
        assert not troubles, "\n".join(troubles)


async def troubles_of(page: Page, *, axe: bool = True) -> list[str]:
    found = [*await browser.hidden(page), *await browser.too_small(page)]
    return [*found, *await browser.barriers(page)] if axe else found


async def test_nothing_moves_where_that_is_wished(house: House) -> None:
    async with scene_at(house, reduced_motion="reduce") as scene:
        for state in STATES[: STATES.index(thinking) + 1]:
            await state(scene)
            moving = await scene.visitor.page.evaluate("document.getAnimations().length")
            assert moving == 0, name_of(state)


async def test_pictures_move_where_nobody_minds(house: House) -> None:
    async with chromium(reduced_motion="no-preference") as context:
        visitor = await visit(context, house.base)
        assert await visitor.page.evaluate("document.getAnimations().length") > 0


async def test_the_question_who_is_there_is_whole(house: House) -> None:
    async with chromium() as context:
        visitor = await visit(context, house.base, idle_timeout=30)
        await visitor.button("Type instead").click()
        await visitor.sees(".still-there")
        await is_whole(visitor.page)


async def test_a_refused_microphone_is_told_whole(house: House) -> None:
    async with chromium(permitted=False) as context:
        visitor = await visit(context, house.base)
        await visitor.page.locator(".begin").click()
        await visitor.sees(visitor.page.get_by_text("I'm not allowed to hear you"))
        await house.puppet.greets()
        await visitor.is_in("typing")
        await is_whole(visitor.page)


async def test_a_room_that_no_bot_comes_to_is_told_whole(house: House) -> None:
    endpoint = house.service.endpoint

    async def elsewhere(route: Any) -> None:
        token = customer_token(endpoint, "not a name that is served", "customer")
        await route.fulfill(json={"server_url": endpoint.url, "participant_token": token})

    async with chromium() as context:
        visitor = await visit(context, house.base)
        await visitor.page.route(TOKEN, elsewhere)
        await visitor.page.locator(".begin").click()
        await visitor.sees(visitor.page.get_by_text("The assistant doesn't answer"))
        await visitor.is_in("connecting")
        await is_whole(visitor.page)
        await visitor.page.unroute(TOKEN)
        await visitor.button("Finish").click()
        await visitor.page.locator(".begin").click()
        await house.puppet.greets()
        await visitor.is_in("listening")


async def is_whole(page: Page) -> None:
    for name in ("phone-small", "contrast"):
        await wear(page, LOOKS[name])
        assert not await troubles_of(page), name
