from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import ORDERS, Clock
from voicebot.errors import StoreError
from voicebot.store import ReturnOutcome, Store


def code(outcome: ReturnOutcome) -> str:
    assert outcome.refusal is not None
    return outcome.refusal.code


def test_a_delivered_order_can_be_returned(store: Store, clock: Clock) -> None:
    assert store.eligibility("ORD456") is None
    outcome = store.create_return("ORD456", "  too small ", "k1")
    made = outcome.made
    assert made is not None
    assert (made.return_id, made.refund_amount) == ("RET-ORD456", 59.5)
    assert (made.refund_eta, made.reason) == ("5-7 business days", "too small")
    assert made.created_at == clock.now
    assert store.returns() == (made,)


def test_the_same_key_gives_the_same_return(store: Store) -> None:
    first = store.create_return("ORD456", "broken", "k1")
    again = store.create_return("ORD456", "broken", "k1")
    assert again.made == first.made
    assert again.repeated
    assert not first.repeated
    assert len(store.returns()) == 1


def test_a_second_return_is_refused(store: Store) -> None:
    store.create_return("ORD456", "broken", "k1")
    assert code(store.create_return("ORD456", "broken", "k2")) == "returned"
    refusal = store.eligibility("ORD456")
    assert refusal is not None
    assert "RET-ORD456" in refusal.say


def test_a_key_cannot_serve_two_orders(store: Store) -> None:
    store.create_return("ORD456", "broken", "k1")
    with pytest.raises(StoreError, match="key"):
        store.create_return("ORD123", "broken", "k1")


@pytest.mark.parametrize(
    ("order_id", "why"),
    [("ORD123", "not_delivered"), ("ORD789", "cancelled"), ("ORD999", "not_found")],
)
def test_what_cannot_be_returned(store: Store, order_id: str, why: str) -> None:
    refusal = store.eligibility(order_id)
    assert refusal is not None
    assert refusal.code == why
    assert code(store.create_return(order_id, "x", "k")) == why
    assert store.returns() == ()


def test_the_days_are_counted(store: Store, clock: Clock) -> None:
    clock.forward(days=20)  # January 10 to February 9: 30 days
    assert store.eligibility("ORD456") is None
    clock.forward(days=1)
    assert code(store.create_return("ORD456", "late", "k")) == "expired"


def test_no_limit_and_no_date_do_not_expire(
    url: str, clock: Clock, write: Callable[[str, Any], Path]
) -> None:
    dateless = {k: v for k, v in ORDERS["ORD456"].items() if k != "delivered_at"}
    clock.forward(days=5000)
    store = Store(url, return_days=0, clock=clock)
    store.load(write("o.json", ORDERS))
    assert store.eligibility("ORD456") is None
    store.load(write("o.json", {"ORD456": dateless}))
    store.return_days = 30
    assert store.eligibility("ORD456") is None
    store.close()


def test_the_file_may_say_that_it_was_returned(
    store: Store, write: Callable[[str, Any], Path]
) -> None:
    store.load(write("o.json", {"ORD456": ORDERS["ORD456"] | {"status": "Returned"}}))
    assert code(store.create_return("ORD456", "x", "k")) == "returned"


def test_returns_and_refusals_are_written_down(store: Store) -> None:
    store.create_return("ORD456", "secret words", "k1")
    store.create_return("ORD123", "secret words", "k2")
    entries = [e for e in store.audit() if e.kind == "return"]
    assert [(e.order_id, e.outcome) for e in entries] == [
        ("ORD456", "created"),
        ("ORD123", "not_delivered"),
    ]
    assert "secret" not in repr(entries)


def test_many_at_once_make_one(store: Store) -> None:
    outcomes: list[ReturnOutcome] = []

    def attempt(n: int) -> None:
        outcomes.append(store.create_return("ORD456", "broken", f"k{n}"))

    threads = [threading.Thread(target=attempt, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.ok for outcome in outcomes) == [False] * 7 + [True]
    assert len(store.returns()) == 1
