from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import ORDERS, Clock
from voicebot.store import Store, VerifyBy


def test_the_owner_passes(store: Store) -> None:
    assert store.verify("ORD123", "it's Doe", "s").outcome == "ok"
    assert store.verify("ORD123", "D O E", "s").ok


def test_no_such_order_answers_like_somebody_elses(store: Store) -> None:
    wrong = [store.verify("ORD123", "Smith", "a") for _ in range(4)]
    none = [store.verify("ORD999", "Smith", "b") for _ in range(4)]
    assert wrong == none
    assert [v.outcome for v in none] == ["wrong", "wrong", "wrong", "locked"]
    assert [v.attempts_left for v in none] == [2, 1, 0, 0]


def test_a_locked_order_stays_locked_for_the_owner_too(store: Store, clock: Clock) -> None:
    for session in "abc":
        store.verify("ORD123", "Smith", session)
    locked = store.verify("ORD123", "Doe", "d")
    assert locked.outcome == "locked"
    assert locked.locked_s == pytest.approx(900)
    clock.forward(seconds=899)
    assert store.verify("ORD123", "Doe", "d").outcome == "locked"
    clock.forward(seconds=2)
    assert store.verify("ORD123", "Doe", "d").outcome == "ok"


def test_the_attempts_while_locked_do_not_prolong_it(store: Store, clock: Clock) -> None:
    for _ in range(3):
        store.verify("ORD123", "Smith", "a")
    for _ in range(10):
        clock.forward(seconds=80)
        assert store.verify("ORD123", "Smith", "a").outcome == "locked"
    clock.forward(seconds=101)
    assert store.verify("ORD123", "Doe", "a").outcome == "ok"


def test_a_session_cannot_walk_through_the_orders(store: Store) -> None:
    outcomes = [store.verify(f"ORD{n}", "Doe", "thief").outcome for n in range(900, 910)]
    assert outcomes == ["wrong"] * 6 + ["locked"] * 4
    assert store.verify("ORD123", "Doe", "thief").outcome == "locked"
    assert store.verify("ORD123", "Doe", "honest").outcome == "ok"


def test_every_attempt_is_written_down_without_the_words(store: Store) -> None:
    store.verify("ORD123", "Smith", "a")
    store.verify("ORD123", "Doe", "a")
    entries = [e for e in store.audit() if e.kind == "verify"]
    assert [(e.order_id, e.session, e.outcome) for e in entries] == [
        ("ORD123", "a", "wrong"),
        ("ORD123", "a", "ok"),
    ]
    assert "Smith" not in repr(entries)


@pytest.mark.parametrize(
    ("by", "right", "wrong"),
    [
        ("postcode", "six two seven oh one", "six two seven oh two"),
        ("email", "john dot doe at example dot com", "john at example dot com"),
        ("none", "", None),
    ],
)
def test_other_proofs(
    url: str, write: Callable[[str, Any], Path], by: VerifyBy, right: str, wrong: str | None
) -> None:
    store = Store(url, verify=by)
    store.load(write("orders.json", ORDERS))
    assert store.verify("ORD123", right, "a").outcome == "ok"
    assert store.verify("ORD999", right, "a").outcome == "wrong"
    if wrong is not None:
        assert store.verify("ORD123", wrong, "a").outcome == "wrong"
        # An order without the proof can be nobody's.
        assert store.verify("ORD789", "", "b").outcome == "wrong"
    store.close()


def test_what_was_counted_is_counted_after_a_restart(store: Store, url: str, clock: Clock) -> None:
    for _ in range(3):
        store.verify("ORD123", "Smith", "a")
    again = Store(url, clock=clock)
    assert again.verify("ORD123", "Doe", "b").outcome == "locked"
    again.close()
