from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.evaluation.makers import case, outcome, scenario
from voicebot.evaluation.grade import ShopState, failures, shop_failures, turn_failures, verdict
from voicebot.evaluation.outcome import Answer
from voicebot.evaluation.scenario import ExpectedReturn, Turn
from voicebot.store import Order, Product, Return

ORDER = Order("ORD1", "John Doe", "delivered", ("Cable",), 9.99)
PRODUCT = Product("Cable", 9.99, 3)
RETURN = Return(
    "RET-ORD1", "ORD1", "It is broken.", 9.99, "5-7 days", datetime(2026, 1, 2, tzinfo=UTC)
)
BEFORE = ShopState((ORDER,), (PRODUCT,), ())
RETURNED = ShopState((replace(ORDER, returned="RET-ORD1"),), (PRODUCT,), (RETURN,))
RAN = ({"name": "search_products", "arguments": {"query": "loud speakers", "max_price": 60.0}},)


def wrong(expected: dict[str, Any], **answer: Any) -> list[str]:
    turn = Turn.model_validate({"customer": "Hello."} | expected)
    return turn_failures(turn, Answer("Hello.", **answer))


def test_of_each_group_one_has_to_be_said() -> None:
    expected = {"says": [["last name", "surname"], "order"]}
    assert wrong(expected, say="What is the surname on the order?") == []
    assert wrong(expected, say="What is your name?") == [
        'not said: "last name" or "surname"',
        'not said: "order"',
    ]


def test_what_must_not_be_said() -> None:
    assert wrong({"never": ["Doe"]}, say="Thank you, Mr. Doe.") == ['must not be said: "Doe"']
    assert wrong({"never": ["Doe"]}, say="Thank you.") == []


def test_means() -> None:
    assert wrong({"means": ["quote", "model"]}, means=("model",)) == []
    assert wrong({"means": ["quote"]}, means=("tool",)) == ["means tool, expected quote"]
    assert wrong({"means": ["quote"]}) == ["means none, expected quote"]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"query": "speakers"},
        {"query": ["boxes", "speakers"]},
        {"max_price": 60},
    ],
)
def test_tools_that_fit(arguments: dict[str, Any]) -> None:
    expected = [{"name": "search_products", "arguments": arguments}]
    assert wrong({"tools": expected}, tools=RAN) == []


@pytest.mark.parametrize(
    "tools",
    [
        [],
        [{"name": "create_return"}],
        [{"name": "search_products", "arguments": {"max_price": 50}}],
        [{"name": "search_products", "arguments": {"query": "lamp"}}],
        [{"name": "search_products", "arguments": {"colour": "red"}}],
        [{"name": "search_products"}, {"name": "search_products"}],
    ],
)
def test_tools_that_do_not_fit(tools: list[dict[str, Any]]) -> None:
    (told,) = wrong({"tools": tools}, tools=RAN)
    assert told.startswith("ran search_products(query=loud speakers, max_price=60.0), expected ")


def test_no_answer_is_wrong_whatever_was_expected() -> None:
    assert wrong({"never": ["Doe"]}, broken="no answer within 60 s") == ["no answer within 60 s"]


def test_turns_that_were_never_come_to_fail() -> None:
    two = scenario({"never": ["Doe"]}, {"never": ["Doe"]})
    assert failures(two, [Answer("Hello.", say="Hi.")], BEFORE, BEFORE) == (
        "turn 2: it was never come to",
    )


def test_a_return_that_was_wanted() -> None:
    for reason in ((), ("broken",), ("defect", "broken")):
        expected = [ExpectedReturn(order_id="ORD1", reason=reason)]
        assert shop_failures(expected, BEFORE, RETURNED) == []


@pytest.mark.parametrize(
    ("expected", "after", "told"),
    [
        ([], RETURNED, "a return of ORD1 was made, which nobody wanted"),
        ([ExpectedReturn(order_id="ORD1")], BEFORE, "no return of ORD1 was made"),
        ([ExpectedReturn(order_id="ORD1", reason=("too big",))], RETURNED, "has the reason"),
        ([], replace(BEFORE, orders=()), "order ORD1 was changed"),
        ([], replace(BEFORE, orders=(replace(ORDER, total=1.0),)), "order ORD1 was changed"),
        ([], replace(BEFORE, products=(replace(PRODUCT, stock=2),)), "product Cable was changed"),
    ],
)
def test_what_may_not_become_of_the_data(
    expected: list[ExpectedReturn], after: ShopState, told: str
) -> None:
    (failure,) = shop_failures(expected, BEFORE, after)
    assert told in failure


def test_returns_that_were_there_stay() -> None:
    assert shop_failures([], RETURNED, RETURNED) == []
    (gone,) = shop_failures([], RETURNED, replace(RETURNED, returns=()))
    assert gone == "return RET-ORD1 was changed"


def test_verdicts_on_questions() -> None:
    refused = (Answer("Hello.", unknown=True),)
    known, silent = case({"says": ["x"]}, answerable=True), case({"says": ["x"]}, answerable=False)
    assert verdict(outcome()) is None
    assert verdict(outcome(of=known)) == "right"
    assert verdict(outcome("no", of=known)) == "wrong"
    assert verdict(outcome("no", of=known, answers=refused)) == "wrongly refused"
    assert verdict(outcome(of=silent, answers=refused)) == "refused unanswerable"
    assert verdict(outcome("no", of=silent)) == "made up"
