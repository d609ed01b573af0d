"""The shop's database asked from the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ORDERS, write_orders
from tests.fakes import PATIENCE
from voicebot.desk import Desk
from voicebot.store import Store
from voicebot.tools.base import ToolContext, ToolResult
from voicebot.tools.registry import load_tools

RETURN = {"order_id": "ORD124", "reason": "too loud"}


@pytest.fixture
async def desk(shop: Store) -> AsyncIterator[Desk]:
    desk = Desk(shop, load_tools())
    yield desk
    await asyncio.to_thread(desk.close)


class Slow:
    """A tool that waits to be let go on; `done` is what it did."""

    def __init__(self) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()
        self.done: list[str] = []

    def run(self, context: ToolContext, **arguments: Any) -> ToolResult:
        self.began.set()
        assert self.go_on.wait(PATIENCE)
        self.done.append(context.key)
        return ToolResult(True, {}, "done")


def slow_desk(shop: Store, slow: Slow, name: str) -> Desk:
    return Desk(
        shop, tuple(replace(t, run=slow.run) if t.name == name else t for t in load_tools())
    )


def run_return(desk: Desk) -> asyncio.Task[ToolResult]:
    smith = frozenset({"ORD124"})
    return asyncio.ensure_future(
        desk.run("create_return", RETURN, session="s", verified=smith, confirmed=True)
    )


async def in_thread(wait: Callable[[float], bool]) -> None:
    assert await asyncio.to_thread(wait, PATIENCE)


async def test_the_right_name_is_ok_and_guessing_locks(desk: Desk) -> None:
    assert await desk.verify("ORD123", "Doe", "one") == "ok"
    guesses = [await desk.verify("ORD124", "Miller", "one") for _ in range(4)]
    assert guesses == ["wrong", "wrong", "wrong", "locked"]
    assert await desk.verify("ORD999", "Doe", "two") == "wrong"


async def test_whether_an_order_may_be_returned(desk: Desk) -> None:
    assert await desk.returnable("ORD124") == (None, ("Sport Earbuds",))
    refusal, _ = await desk.returnable("ORD123")
    assert refusal
    refusal, items = await desk.returnable("ORD999")
    assert refusal
    assert items == ()


@pytest.mark.parametrize(
    ("verified", "confirmed", "made"),
    [(True, True, 1), (True, False, 0), (False, True, 0)],
)
async def test_a_return_wants_proof_and_a_yes(
    desk: Desk, shop: Store, verified: bool, confirmed: bool, made: int
) -> None:
    result = await desk.run(
        "create_return",
        RETURN,
        session="s",
        verified=frozenset({"ORD124"} if verified else ()),
        confirmed=confirmed,
    )
    assert result.ok == bool(made)
    assert len(shop.returns()) == made


async def test_the_same_yes_twice_is_one_return(desk: Desk, shop: Store) -> None:
    first, second = await run_return(desk), await run_return(desk)
    assert first.ok
    assert second.data == first.data
    assert len(shop.returns()) == 1


async def test_orders_that_were_loaded_meanwhile_are_taken_up(
    desk: Desk, shop: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, same = {**ORDERS["ORD123"], "order_id": "ORD200"}, desk.index()
    other = Store(f"sqlite:///{tmp_path}/shop.db")
    await asyncio.to_thread(other.load, write_orders(tmp_path, {"ORD200": new}))
    other.close()
    taken, take_up = threading.Event(), shop.take_up

    def tell() -> None:
        take_up()
        taken.set()

    monkeypatch.setattr(shop, "take_up", tell)
    assert desk.index() is same
    await desk.refresh()
    await in_thread(taken.wait)
    assert desk.index().holds("ORD200")


@pytest.mark.parametrize("cancels", [1, 3])
async def test_a_change_that_has_begun_is_finished_before_its_caller_is_cancelled(
    shop: Store, cancels: int
) -> None:
    slow = Slow()
    desk = slow_desk(shop, slow, "create_return")
    caller = run_return(desk)
    await in_thread(slow.began.wait)
    for _ in range(cancels):
        caller.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert not caller.done()
    slow.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert len(slow.done) == 1
    await asyncio.to_thread(desk.close)


async def test_whoever_only_asked_is_free_at_once(shop: Store) -> None:
    slow = Slow()
    desk = slow_desk(shop, slow, "search_products")
    caller = asyncio.ensure_future(
        desk.run(
            "search_products", {"query": "x"}, session="s", verified=frozenset(), confirmed=False
        )
    )
    await in_thread(slow.began.wait)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert slow.done == []
    slow.go_on.set()
    await asyncio.to_thread(desk.close)


async def test_names_to_listen_for_do_not_tell_whether_there_is_an_order(desk: Desk) -> None:
    names = await desk.rivals("ORD123", "Dove.")
    assert "Doe" in names
    assert len(await desk.rivals("ORD999", "Dove.")) == len(names)


async def test_a_name_that_the_words_give_needs_no_second_hearing(desk: Desk) -> None:
    assert await desk.rivals("ORD123", "My last name is Doe.") == ()


async def test_where_no_name_is_asked_none_is_listened_for(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/one.db", verify="postcode")
    store.load(write_orders(tmp_path, {"ORD123": ORDERS["ORD123"]}))
    desk = Desk(store, load_tools())
    assert await desk.rivals("ORD123", "Dove.") == ()
    await asyncio.to_thread(desk.close)
