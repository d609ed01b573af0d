"""What was expected against what came. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from voicebot.evaluation.outcome import Answer, Outcome
from voicebot.evaluation.scenario import ExpectedReturn, ExpectedTool, Scenario, Turn
from voicebot.evaluation.words import holds
from voicebot.store import Order, Product, Return

Verdict = Literal["right", "wrong", "wrongly refused", "refused unanswerable", "made up"]


@dataclass(frozen=True)
class ShopState:
    """All of a shop's data at one moment."""

    orders: tuple[Order, ...]
    products: tuple[Product, ...]
    returns: tuple[Return, ...]


def failures(
    scenario: Scenario, answers: Sequence[Answer], before: ShopState, after: ShopState
) -> tuple[str, ...]:
    """Everything that was not as expected, each in one line; () is passed."""
    found: list[str] = []
    for place, turn in enumerate(scenario.turns):
        if place >= len(answers):
            found.append(f"turn {place + 1}: it was never come to")
            continue
        found += [f"turn {place + 1}: {wrong}" for wrong in turn_failures(turn, answers[place])]
    return (*found, *shop_failures(scenario.returns, before, after))


def turn_failures(turn: Turn, answer: Answer) -> list[str]:
    if answer.broken:
        return [answer.broken]
    found = [f"not said: {_quoted(either)}" for either in turn.says if not _any(answer.say, either)]
    found += [f"must not be said: {_quoted([it])}" for it in turn.never if holds(answer.say, it)]
    if turn.means and not set(turn.means) & set(answer.means):
        found.append(f"means {_or(answer.means)}, expected {_or(turn.means)}")
    if turn.tools is not None and not _same_tools(turn.tools, answer.tools):
        ran = ", ".join(_call(tool["name"], tool["arguments"]) for tool in answer.tools)
        expected = ", ".join(_call(tool.name, tool.arguments) for tool in turn.tools)
        found.append(f"ran {ran or 'no tool'}, expected {expected or 'none'}")
    return found


def shop_failures(
    expected: Sequence[ExpectedReturn], before: ShopState, after: ShopState
) -> list[str]:
    """The returns that are to be made exist, and nothing else is another than it was."""
    known = {one.return_id: one for one in before.returns}
    now = {one.return_id: one for one in after.returns}
    made = {one.order_id: one for return_id, one in now.items() if return_id not in known}
    found: list[str] = []
    for wanted in expected:
        one = made.pop(wanted.order_id, None)
        if one is None:
            found.append(f"no return of {wanted.order_id} was made")
        elif wanted.reason and not _any(one.reason, wanted.reason):
            found.append(
                f"the return of {wanted.order_id} has the reason {one.reason!r},"
                f" expected {_quoted(wanted.reason)}"
            )
    found += [f"a return of {order_id} was made, which nobody wanted" for order_id in made]
    found += [f"return {name} was changed" for name, one in known.items() if now.get(name) != one]
    # An order shows its return; that is looked at above.
    orders = [{replace(one, returned="") for one in state.orders} for state in (before, after)]
    changed = {one.order_id for one in orders[0] ^ orders[1]}
    found += [f"order {one} was changed" for one in sorted(changed)]
    changed = {one.name for one in set(before.products) ^ set(after.products)}
    return found + [f"product {one} was changed" for one in sorted(changed)]


def verdict(outcome: Outcome) -> Verdict | None:
    """Of a question; None for what is no question. "made up": answered though the documents are
    silent."""
    refused = any(answer.unknown for answer in outcome.answers)
    match outcome.case.answerable:
        case None:
            return None
        case True if outcome.passed:
            return "right"
        case True:
            return "wrongly refused" if refused else "wrong"
        case _:
            return "refused unanswerable" if outcome.passed else "made up"


def _any(text: str, phrases: Sequence[str]) -> bool:
    return any(holds(text, phrase) for phrase in phrases)


def _same_tools(expected: Sequence[ExpectedTool], ran: Sequence[Mapping[str, Any]]) -> bool:
    return len(expected) == len(ran) and all(
        tool["name"] == wanted.name and _fits(wanted.arguments, tool["arguments"])
        for wanted, tool in zip(expected, ran, strict=True)
    )


def _fits(wanted: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    return all(name in given and _is(value, given[name]) for name, value in wanted.items())


def _is(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, str):
        return holds(str(given), wanted)
    if isinstance(wanted, list):
        return _any(str(given), wanted)
    return bool(given == wanted)


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"


def _quoted(phrases: Sequence[str]) -> str:
    return " or ".join(f'"{phrase}"' for phrase in phrases)


def _or(names: Sequence[str]) -> str:
    return " or ".join(dict.fromkeys(names)) or "none"
