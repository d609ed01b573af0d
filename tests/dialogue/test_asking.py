"""What the open question wants."""

from __future__ import annotations

from typing import get_args

import pytest

from voicebot.dialogue.asking import asked
from voicebot.dialogue.steps import RETURN, State, Task
from voicebot.dialogue.steps import Asked as Question
from voicebot.stages import NOTHING_ASKED, Asked


def state(question: Question | None, *options: str) -> State:
    return State(asked=question, task=Task(RETURN, options=options))


@pytest.mark.parametrize(
    ("of", "wanted"),
    [
        (state(None), NOTHING_ASKED),
        (state("order_id"), Asked("number", "order_id")),
        (state("which_order", "ORD123"), Asked("yes_no", "which_order")),
        (
            state("which_order", "ORD123", "ORD132"),
            Asked("choice", "which_order", ("ORD123", "ORD132")),
        ),
        (state("proof"), Asked("text", "postcode")),
        (state("reason"), Asked("text", "reason")),
        (state("confirm"), Asked("yes_no", "confirm")),
        (state("offer"), Asked("yes_no", "offer")),
    ],
)
def test_each_question_wants_what_answers_it(of: State, wanted: Asked) -> None:
    assert asked(of, "postcode") == wanted


def test_every_question_wants_something() -> None:
    for question in get_args(Question):
        assert asked(state(question, "ORD1", "ORD2"), "email") != NOTHING_ASKED
