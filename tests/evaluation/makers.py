"""Cases, answers and outcomes for tests, with as little said as matters."""

from __future__ import annotations

from typing import Any

from voicebot.evaluation.outcome import Answer, Condition, Outcome
from voicebot.evaluation.scenario import Case, Scenario, ShopFiles


def scenario(*turns: dict[str, Any], **more: Any) -> Scenario:
    """Turns lack nothing but what they expect."""
    listed = [{"customer": "Hello."} | turn for turn in turns]
    return Scenario.model_validate({"id": "one", "kind": "some", "turns": listed} | more)


def case(*turns: dict[str, Any], answerable: bool | None = None, **more: Any) -> Case:
    return Case(scenario(*turns, **more), ShopFiles(), answerable)


def outcome(
    *failures: str,
    of: Case | None = None,
    how: Condition | None = None,
    answers: tuple[Answer, ...] = (Answer("Hello."),),
    round_: int = 1,
) -> Outcome:
    made = of or case({"says": ["hi"]})
    return Outcome(made, how or Condition(), round_, answers, failures)
