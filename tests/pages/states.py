"""Every state that a customer can see the kiosk's page in, and how it is reached: in the order of
one long visit, each from the one before."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.pages.puppet import GREETING, House, Puppet
from tests.pages.visitor import Visitor, chromium, visit

HEADPHONES = [
    {"name": "SoundPro Wireless Headphones", "price": 89.99, "stock": 50},
    {"name": "StudioLite Over-Ear Headphones", "price": 54.99, "stock": 2},
    {"name": "TravelQuiet Noise Cancelling Headphones", "price": 149.99, "stock": 12},
    {"name": "KidSafe Volume-Limited Headphones", "price": 24.99, "stock": 0},
    {"name": "ClearTone Wired Headphones", "price": 1034.99, "stock": 42},
]
ORDER = {
    "order_id": "ORD123",
    "status": "shipped",
    "items": ["SoundPro Wireless Headphones", "USB-C Cable"],
    "total": 109.98,
    "shipping_eta": "December 15, 2026",
    "tracking_number": "1Z999AA10123456784",
}
SLIP = {
    "return_id": "RET-ORD124",
    "order_id": "ORD124",
    "reason": "It is broken",
    "refund_amount": 59.99,
    "refund_eta": "5-7 business days",
}
QUOTE = {
    "text": "Standard shipping is free for orders of $50 or more; smaller orders pay $5.99.",
    "source": "shipping_policy.pdf",
    "page": 2,
    "modified": 1_767_225_600,
}
TROUBLE_503 = {"error": {"code": "unavailable", "message": "every place is taken"}}
TOKEN = "**/api/token"


@dataclass
class Scene:
    """One visit. answer: the token endpoint does not answer before it is set."""

    visitor: Visitor
    house: House
    answer: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def puppet(self) -> Puppet:
        return self.house.puppet

    async def is_gone(self, selector: str) -> None:
        await self.visitor.sees_no(selector)


@asynccontextmanager
async def scene_at(house: House, **options: Any) -> AsyncIterator[Scene]:
    """options: of the browser's context."""
    async with chromium(**options) as context:
        yield Scene(await visit(context, house.base), house)


State: TypeAlias = Callable[[Scene], Awaitable[None]]


async def first_screen(scene: Scene) -> None:
    await scene.visitor.sees(".begin")


async def connecting(scene: Scene) -> None:
    async def wait(route: Any) -> None:
        await scene.answer.wait()
        await route.continue_()

    await scene.visitor.page.route(TOKEN, wait)
    await scene.visitor.page.locator(".begin").click()
    await scene.visitor.is_in("connecting")


async def greeting(scene: Scene) -> None:
    scene.answer.set()
    await scene.visitor.page.unroute(TOKEN)
    await scene.puppet.asks("nothing")
    await scene.puppet.says(GREETING)
    await scene.visitor.is_in("speaking")
    await scene.visitor.sees(".caption.bot")


async def listening(scene: Scene) -> None:
    await scene.puppet.is_in("listening")
    await scene.visitor.is_in("listening")


async def hearing(scene: Scene) -> None:
    await scene.puppet.hears("When is shipping", final=False, segment="first")
    await scene.visitor.sees(scene.visitor.own("shipping"))


async def thinking(scene: Scene) -> None:
    await scene.puppet.hears("When is shipping free?", segment="first")
    await scene.puppet.is_in("thinking")
    await scene.visitor.is_in("thinking")


async def quote(scene: Scene) -> None:
    await scene.puppet.shows("quote", **QUOTE)
    await scene.puppet.says("Standard shipping is free for orders of fifty dollars or more.")
    await scene.visitor.sees(".quote-card")
    await scene.visitor.is_in("speaking")


async def products(scene: Scene) -> None:
    await scene.puppet.hears("Which headphones do you have?")
    await scene.puppet.shows("products", products=HEADPHONES)
    await scene.puppet.says("I found five: the SoundPro Wireless Headphones for $89.99, and more.")
    await scene.puppet.is_in("listening")
    await scene.visitor.sees(".products-card")
    await scene.visitor.is_in("listening")


async def keypad(scene: Scene) -> None:
    await scene.puppet.hears("Where is my order?")
    await scene.puppet.says("Sure. What is your order number?")
    await scene.puppet.asks("number", "order_id")
    await scene.puppet.is_in("listening")
    await scene.visitor.sees(".keypad")
    await scene.visitor.is_in("listening")


async def last_name(scene: Scene) -> None:
    await scene.visitor.keys_in("123")
    await scene.puppet.hears("123")
    await scene.puppet.says("Thanks. For order ORD123, what is the last name on it?")
    await scene.puppet.asks("text", "last_name")
    await scene.puppet.is_in("listening")
    await scene.is_gone(".keypad")
    await scene.visitor.sees("[placeholder='Your last name']")


async def order(scene: Scene) -> None:
    await scene.puppet.hears("Doe")
    await scene.puppet.asks("nothing")
    await scene.puppet.shows("order", **ORDER)
    await scene.puppet.says("Order ORD123 is on its way. It should arrive on December 15.")
    await scene.visitor.sees(".order-card")


async def order_cancelled(scene: Scene) -> None:
    gone = {
        "status": "cancelled",
        "shipping_eta": "",
        "tracking_number": None,
        "order_id": "ORD127",
    }
    await scene.puppet.shows("order", **(ORDER | gone))
    await scene.puppet.says("Order ORD127 was cancelled.")
    await scene.visitor.sees(".order-card .badge")


async def which_order(scene: Scene) -> None:
    await scene.puppet.says("Is that ORD123, ORD132 or ORD223?")
    await scene.puppet.asks("choice", "which_order", "ORD123", "ORD132", "ORD223")
    await scene.puppet.is_in("listening")
    await scene.visitor.sees(scene.visitor.button("ORD223"))


async def reason(scene: Scene) -> None:
    await scene.puppet.says("I can do that. What is the reason for the return?")
    await scene.puppet.asks("text", "reason")
    await scene.puppet.is_in("listening")
    await scene.visitor.sees(scene.visitor.button("It is broken"))


async def yes_or_no(scene: Scene) -> None:
    await scene.puppet.says(
        "You would like to return BudMax Sport Earbuds from order ORD124."
        " Reason: It is broken. Shall I open the return?"
    )
    await scene.puppet.asks("yes_no", "confirm")
    await scene.puppet.is_in("listening")
    await scene.visitor.sees(".yes-no")


async def slip(scene: Scene) -> None:
    await scene.puppet.asks("nothing")
    await scene.puppet.shows("return", **SLIP)
    await scene.puppet.says("Done. Your return number is RET-ORD124.")
    await scene.puppet.is_in("listening")
    await scene.visitor.sees(".return-card")
    await scene.visitor.is_in("listening")


async def muted(scene: Scene) -> None:
    await scene.visitor.button("Mute mic").click()
    await scene.visitor.is_in("muted")


async def microphone_lost(scene: Scene) -> None:
    await scene.visitor.button("Turn mic on").click()
    await scene.visitor.is_in("listening")
    await scene.visitor.page.evaluate("window.unplug()")
    await scene.visitor.sees(scene.visitor.page.get_by_text("The microphone is gone"))


async def microphone_missing(scene: Scene) -> None:
    await scene.visitor.button("Try again").click()
    await scene.visitor.sees(scene.visitor.page.get_by_text("I can't find a microphone"))


async def microphone_silent(scene: Scene) -> None:
    await scene.visitor.page.evaluate("window.plugIn()")
    await scene.visitor.button("Try again").click()
    await scene.visitor.is_in("listening")
    await scene.visitor.page.evaluate("window.switchOff()")
    await scene.visitor.sees(scene.visitor.page.get_by_text("No sound comes from the microphone"))


async def lost(scene: Scene) -> None:
    await scene.visitor.page.evaluate("window.switchOn()")
    await scene.is_gone(".notice")
    scene.house.lose_livekit()
    await scene.visitor.is_in("lost")


async def back(scene: Scene) -> None:
    await scene.house.find_livekit()
    await scene.visitor.sees(scene.visitor.page.get_by_text("We are connected again"))


async def full(scene: Scene) -> None:
    async def refuse(route: Any) -> None:
        await route.fulfill(status=503, json=TROUBLE_503)

    await scene.visitor.page.route(TOKEN, refuse)
    await scene.visitor.button("Finish").click()
    await scene.visitor.page.locator(".begin").click()
    await scene.visitor.sees(scene.visitor.page.get_by_text("All places are taken"))


async def unreachable(scene: Scene) -> None:
    await scene.visitor.page.unroute(TOKEN)
    await scene.visitor.page.route(TOKEN, lambda route: route.abort())
    await scene.visitor.sees(scene.visitor.page.get_by_text("The assistant can't be reached"))


async def forgotten(scene: Scene) -> None:
    await scene.visitor.button("Cancel").click()
    await scene.visitor.sees(scene.visitor.page.get_by_text("has been forgotten"))


STATES: tuple[State, ...] = (
    first_screen,
    connecting,
    greeting,
    listening,
    hearing,
    thinking,
    quote,
    products,
    keypad,
    last_name,
    order,
    order_cancelled,
    which_order,
    reason,
    yes_or_no,
    slip,
    muted,
    microphone_lost,
    microphone_missing,
    microphone_silent,
    lost,
    back,
    full,
    unreachable,
    forgotten,
)


def name_of(state: State) -> str:
    return re.sub("_", " ", getattr(state, "__name__", "state"))
