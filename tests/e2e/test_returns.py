"""A return from the first word to the row in the database."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.calling import be_customer, spoken
from tests.e2e.serving import Serving, Shop, voicebot
from voicebot.rooms.report import Said
from voicebot.stages import Transcriber
from voicebot.store import Store

pytestmark = pytest.mark.e2e


def shown(shop: Shop) -> list[dict[str, Any]]:
    """As the shop's people see them."""
    done = voicebot(shop, "store", "show", "returns", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert isinstance(rows, list)
    return rows


def written(shop: Shop) -> tuple[str, ...]:
    """Looked up at once, in the middle of a call."""
    store = Store(shop.database)
    try:
        return tuple(row.return_id for row in store.returns())
    finally:
        store.close()


async def test_a_return_is_made_by_a_yes_and_by_nothing_else(
    bot: Serving, shop: Shop, ear: Transcriber
) -> None:
    at_read_back: list[tuple[str, ...]] = []

    def look(said: Said) -> None:
        if said.speaker == "bot" and "Shall I open the return?" in said.text:
            at_read_back.append(written(shop))

    wish = spoken("return_order_124")
    refusing = (
        wish,
        spoken("my_last_name_is_smith"),
        spoken("it_is_broken"),
        spoken("no_thank_you"),
    )
    agreeing = (wish, spoken("it_is_broken"), spoken("yes_please"))
    call = await be_customer(bot, ear, *refusing, *agreeing, on_said=look)
    read_back = (r"BudMax Sport Earbuds", r"ORD124", r"Shall I open the return")
    call.answer(0, r"last name", never=(r"earbuds", r"delivered"))
    call.answer(1, r"reason")
    call.answer(2, r"broken", text=read_back)
    # "No," may be taken for all of it; then "thank you" is thanked for. Either way nothing is made.
    call.answer(3, never=(r"set up", r"RET-"))
    call.answer(4, r"reason", never=[r"last name"])
    call.answer(5, r"broken", text=read_back)
    call.answer(6, r"return", r"59\D{0,14}99")
    assert at_read_back == [(), ()], f"a return was made before the yes\n{call}"
    rows = shown(shop)
    assert [row["return_id"] for row in rows] == ["RET-ORD124"], f"\n{call}"
    assert rows[0]["order_id"] == "ORD124"
    assert "broken" in rows[0]["reason"].lower()
    assert rows[0]["refund_amount"] == 59.99
