"""Several rooms, and who brings bots into them."""

from __future__ import annotations

import asyncio
import uuid

import httpx
import pytest

from tests.e2e.calling import WAIT_S, be_customer, money, spoken, watching
from tests.e2e.serving import Serving
from voicebot.stages import Transcriber

pytestmark = pytest.mark.e2e


async def test_two_customers_at_once_get_their_own_answers(bot: Serving, ear: Transcriber) -> None:
    asks_order, asks_prices = await asyncio.gather(
        be_customer(bot, ear, spoken("where_is_order_123")),
        be_customer(bot, ear, spoken("express_shipping_cost")),
    )
    assert asks_order.report.room != asks_prices.report.room
    asks_order.answer(0, r"last name", text=["ORD123"], never=(r"12\.99", r"express"))
    asks_prices.answer(0, money(12, 99, "twelve"), never=(r"ORD123", r"last name"))


async def test_a_room_has_one_bot(bot: Serving) -> None:
    room = f"counter-{uuid.uuid4().hex[:8]}"
    async with (
        watching(bot) as watch,
        httpx.AsyncClient(timeout=WAIT_S, trust_env=False, base_url=bot.base) as client,
    ):
        first = await client.post("/api/spawn-bot", json={"roomName": room})
        second = await client.post("/api/spawn-bot", json={"roomName": room})
        assert (first.status_code, first.json()) == (200, {"success": True})
        assert second.status_code == 409
        assert second.json()["success"] is False
        assert room in second.json()["message"]
        await watch.until({"kind": "BotJoined", "room": room, "cause": "spawn"})
        await watch.until({"kind": "BotLeft", "room": room})
        assert len(watch.of("BotJoined", room)) == 1
