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

ASKED = (spoken("return_order_124"), spoken("my_last_name_is_smith"), spoken("it_is_broken"))


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
    refused = await be_customer(bot, ear, *ASKED, spoken("no_thank_you"))
    refused.answer(2, r"broken", text=[r"BudMax Sport Earbuds", r"Shall I open the return"])
    refused.answer(3, text=[r"have not opened a return"])
    assert shown(shop) == [], f"\n{refused}"

    before_the_yes: list[tuple[str, ...]] = []

    def look(said: Said) -> None:
        if said.speaker == "bot" and "Shall I open the return?" in said.text:
            before_the_yes.append(written(shop))

    agreed = await be_customer(bot, ear, *ASKED, spoken("yes_please"), on_said=look)
    agreed.answer(0, r"last name", never=(r"earbuds", r"delivered"))
    agreed.answer(1, r"reason")
    agreed.answer(2, r"broken", text=[r"BudMax Sport Earbuds", r"Shall I open the return"])
    agreed.answer(3, r"return", r"59\D{0,14}99")
    assert before_the_yes == [()], f"\n{agreed}"
    rows = shown(shop)
    assert [row["return_id"] for row in rows] == ["RET-ORD124"], f"\n{agreed}"
    assert rows[0]["order_id"] == "ORD124"
    assert "broken" in rows[0]["reason"].lower()
    assert rows[0]["refund_amount"] == 59.99
