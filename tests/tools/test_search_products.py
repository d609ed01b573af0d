from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from voicebot.store import Store
from voicebot.tools.base import ToolContext, ToolResult
from voicebot.tools.search_products import TOOL

LAMPS = [{"name": f"Lamp {n}", "price": 10 + n, "stock": n} for n in range(7)]


@pytest.fixture
def lamps(empty: Store, write: Callable[[str, Any], Path]) -> Store:
    empty.load(products=write("p.json", LAMPS))
    return empty


def search(store: Store, query: str, **more: float) -> ToolResult:
    return TOOL.run(ToolContext(store), query=query, **more)


def test_five_are_found_and_three_are_spoken(lamps: Store) -> None:
    result = search(lamps, "lamps")
    assert len(result.data["products"]) == 5
    assert result.card is not None
    assert result.card.data == result.data
    assert result.say == (
        "We have the Lamp 1 for $11; the Lamp 2 for $12; and the Lamp 3 for $13."
        " All are in stock. And two more on the screen."
    )


def test_one_that_is_found(store: Store) -> None:
    assert search(store, "headphones").say == (
        "Yes, the Wireless Headphones for $89.99. It is in stock."
    )


def test_what_is_out_of_stock_is_said(lamps: Store) -> None:
    assert "the Lamp 0 for $10, which is out of stock" in search(lamps, "lamps", max_price=11).say


def test_one_that_is_out_of_stock(store: Store) -> None:
    assert search(store, "cable").say == (
        "We do carry the USB Cable for $9, which is out of stock now."
    )


def test_only_the_limit_excluded_them(store: Store) -> None:
    result = search(store, "headphones", max_price=50)
    assert result.ok
    assert result.data["products"] == []
    assert result.data["cheapest"]["name"] == "Wireless Headphones"
    assert result.say == (
        "I found nothing under $50. The cheapest is the Wireless Headphones for $89.99."
    )


def test_the_limit_may_stand_in_the_query(store: Store) -> None:
    assert search(store, "headphones under fifty dollars").say == (
        search(store, "headphones", max_price=50).say
    )


def test_nothing_is_found(store: Store) -> None:
    result = search(store, "unicorn")
    assert result.data == {"products": []}
    assert result.card is None
    assert "couldn't find" in result.say
