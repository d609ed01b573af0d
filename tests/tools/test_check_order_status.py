from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from voicebot.store import Order, Store
from voicebot.tools.base import ToolContext
from voicebot.tools.check_order_status import TOOL, say

ORDER = Order("ORD1", "John Doe", "shipped", ("Headphones", "Cable"), 20.0, "December 15", "1Z9")
MANY = ("A", "B", "C", "C", "D")


@pytest.mark.parametrize(
    ("order", "spoken"),
    [
        (
            ORDER,
            "Order ORD1, Headphones and Cable, has been shipped. It should arrive on December 15.",
        ),
        (
            replace(ORDER, shipping_eta="", tracking_number=None),
            "Order ORD1, Headphones and Cable, has been shipped.",
        ),
        (
            replace(ORDER, status="processing", shipping_eta="2-3 days"),
            "Order ORD1, Headphones and Cable, is being prepared and hasn't been shipped yet."
            " It should arrive in 2-3 days.",
        ),
        (
            replace(ORDER, status="delivered", delivered_at=date(2026, 1, 5)),
            "Order ORD1, Headphones and Cable, was delivered on January 5.",
        ),
        (
            replace(ORDER, status="delivered", returned="RET-ORD1"),
            "Order ORD1, Headphones and Cable, has been returned. The return is RET-ORD1.",
        ),
        (replace(ORDER, status="cancelled"), "Order ORD1, Headphones and Cable, was cancelled."),
        (
            replace(ORDER, status="out for delivery", shipping_eta="Tomorrow"),
            "Order ORD1, Headphones and Cable, is out for delivery. It should arrive tomorrow.",
        ),
        (
            replace(ORDER, status="on hold", shipping_eta="", items=MANY),
            "Order ORD1, A, B and 3 more items, has the status on hold.",
        ),
        (
            replace(ORDER, status="cancelled", items=("Cable", "Cable")),
            "Order ORD1, two Cable, was cancelled.",
        ),
    ],
)
def test_each_status_is_told_naturally(order: Order, spoken: str) -> None:
    assert say(order) == spoken


def test_the_card_shows_the_order_and_nothing_of_the_person(store: Store) -> None:
    result = TOOL.run(ToolContext(store, frozenset({"ORD123"})), order_id="ORD123")
    assert result.card is not None
    assert result.card.kind == "order"
    assert result.card.data == {
        "order_id": "ORD123",
        "status": "shipped",
        "items": ["Headphones", "Cable"],
        "total": 109.98,
        "shipping_eta": "December 15",
        "tracking_number": "1Z9",
    }
    whole = repr(result)
    for private in ("Doe", "62701", "example.com"):
        assert private not in whole


def test_an_order_that_does_not_exist(store: Store) -> None:
    result = TOOL.run(ToolContext(store, frozenset({"ORD9"})), order_id="ORD9")
    assert result.data["error"]["code"] == "not_found"
