from __future__ import annotations

import io
import json

from rich.console import Console

from tests.evaluation.makers import case, outcome
from voicebot.evaluation.outcome import Answer, Condition
from voicebot.evaluation.report import as_dict, show

TOOL = {"name": "look", "arguments": {"order_id": "ORD1"}, "result": {}}
ANSWER = Answer(
    "Where is it?",
    heard="Wear is it?",
    say="[Here] it is.",
    means=("tool",),
    details=("look",),
    tools=(TOOL,),
    asked_model=True,
    ms={"understand": 12.4},
    trouble=("llm: slow",),
)


def shown(*outcomes: object) -> str:
    console = Console(file=io.StringIO(), width=60)
    show(outcomes, console)  # type: ignore[arg-type]
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_failure_tells_what_happened_and_what_was_expected() -> None:
    noisy = Condition("slt", 10.0)
    told = shown(outcome('turn 1: not said: "30 days"', how=noisy, answers=(ANSWER,)))
    for expected in (
        "one  some, slt, 10 dB",
        "customer Where is it?",
        "heard    Wear is it?",
        "means    tool look, asked the model",
        "ran      look(order_id=ORD1)",
        "trouble  llm: slow",
        "said     [Here] it is.",
        'turn 1: not said: "30 days"',
    ):
        assert expected in told


def test_what_was_heard_rightly_is_not_repeated() -> None:
    heard = Answer("Hello.", heard="Hello.", say="Hi.")
    assert "heard" not in shown(outcome("no", answers=(heard,)))


def test_rounds_that_fail_alike_are_told_once() -> None:
    told = shown(*(outcome("no", answers=(ANSWER,), round_=n) for n in (1, 2, 3)), outcome())
    assert told.count("customer") == 1
    assert "some, 3 times" in told


def test_what_passed_is_only_counted() -> None:
    told = shown(outcome(answers=(ANSWER,)))
    assert "customer" not in told
    assert "some       1   1  100%" in told
    assert "voice" not in told
    assert "understand" in told
    assert "asked in 1 of 1 turns" in told


def test_voices_and_questions_have_tables_of_their_own() -> None:
    known = case({"says": ["x"]}, answerable=True)
    told = shown(
        outcome(of=known, how=Condition("slt")), outcome(of=known, how=Condition("rms", 5))
    )
    assert "slt, quiet" in told
    assert "rms, 5 dB" in told
    assert "wrongly refused" in told


def test_json_has_the_sums_and_every_turn() -> None:
    known = case({"says": ["x"]}, answerable=True)
    found = json.loads(json.dumps(as_dict([outcome("no", of=known, answers=(ANSWER,))])))
    assert (found["count"], found["n"]) == (0, 1)
    assert found["kinds"]["some"]["rate"] == 0
    assert found["questions"]["wrong"]["count"] == 1
    assert found["asked_model"]["count"] == 1
    assert found["ms"]["understand"] == {"n": 1, "p50": 12.4, "p95": 12.4}
    (one,) = found["outcomes"]
    assert (one["id"], one["passed"], one["verdict"]) == ("one", False, "wrong")
    assert one["failures"] == ["no"]
    assert one["turns"][0]["tools"] == [TOOL]
