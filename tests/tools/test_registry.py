from __future__ import annotations

import json
from typing import Any

import pytest

from voicebot.store import Store
from voicebot.tools.base import ToolContext
from voicebot.tools.registry import call, load_tools

TOOLS = load_tools()
ARGUMENTS = {"order_id": "ORD456", "text": "headphones", "amount": 10.0}


def arguments_for(name: str) -> dict[str, Any]:
    (tool,) = (tool for tool in TOOLS if tool.name == name)
    return {key: ARGUMENTS[kind] for key, kind in tool.arguments.items()}


def code(data: dict[str, Any]) -> str:
    return str(data["error"]["code"])


def test_the_tools_are_those_of_the_contract() -> None:
    assert {tool.name: dict(tool.arguments) for tool in TOOLS} == {
        "check_order_status": {"order_id": "order_id"},
        "search_products": {"query": "text", "max_price": "amount"},
        "create_return": {"order_id": "order_id", "reason": "text"},
    }
    for tool in TOOLS:
        assert 8 <= len(tool.examples) <= 12
        assert set(tool.required) <= set(tool.arguments)


@pytest.mark.parametrize("tool", [t for t in TOOLS if t.needs_verification], ids=lambda t: t.name)
def test_nothing_of_an_order_without_proof(tool: Any, store: Store) -> None:
    for verified in (frozenset[str](), frozenset({"ORD123"})):
        context = ToolContext(store, verified, frozenset({"ORD456"}), "k")
        result = tool.run(context, **arguments_for(tool.name))
        assert code(result.data) == "not_verified"
        assert result.card is None
    assert store.returns() == ()


@pytest.mark.parametrize("tool", [t for t in TOOLS if t.changes], ids=lambda t: t.name)
def test_no_change_without_a_yes(tool: Any, store: Store) -> None:
    context = ToolContext(store, frozenset({"ORD456"}), frozenset({"ORD123"}), "k")
    result = tool.run(context, **arguments_for(tool.name))
    assert code(result.data) == "not_confirmed"
    assert store.returns() == ()


@pytest.mark.parametrize("tool", TOOLS, ids=lambda t: t.name)
def test_results_are_json(tool: Any, store: Store) -> None:
    context = ToolContext(store, frozenset({"ORD456"}), frozenset({"ORD456"}), "k")
    result = tool.run(context, **arguments_for(tool.name))
    json.dumps(result.data, allow_nan=False)
    assert result.say


@pytest.mark.parametrize(
    ("name", "arguments", "why", "message"),
    [
        ("sing", {}, "unknown_tool", "known are check_order_status"),
        ("check_order_status", {}, "bad_arguments", "order_id is missing"),
        ("check_order_status", {"order_id": 5}, "bad_arguments", "must be a text"),
        ("check_order_status", {"order_id": "A", "x": 1}, "bad_arguments", "unknown argument 'x'"),
        ("search_products", {"query": "a", "max_price": "5"}, "bad_arguments", "a number"),
        ("search_products", {"query": "a", "max_price": float("nan")}, "bad_arguments", "a number"),
        ("search_products", {"query": " "}, "bad_arguments", "not empty"),
    ],
)
def test_calls_that_do_not_fit(
    store: Store,
    name: str,
    arguments: dict[str, Any],
    why: str,
    message: str,
) -> None:
    result = call(TOOLS, name, ToolContext(store), arguments)
    assert not result.ok
    assert code(result.data) == why
    assert message in result.data["error"]["message"]


def test_an_argument_that_is_not_needed_may_be_none(store: Store) -> None:
    arguments = {"query": "headphones", "max_price": None}
    assert call(TOOLS, "search_products", ToolContext(store), arguments).ok
