from __future__ import annotations

import pytest

from tests.evaluation.makers import case, outcome
from voicebot.evaluation.outcome import Answer, Condition
from voicebot.evaluation.statistics import Delays, Share, summary


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    # Wilson's interval for these counts as tables and other programs have it.
    [
        (0, 10, 0.0, 0.2775),
        (8, 10, 0.4902, 0.9433),
        (10, 10, 0.7225, 1.0),
        (50, 100, 0.4038, 0.5962),
    ],
)
def test_wilsons_interval(count: int, n: int, low: float, high: float) -> None:
    share = Share(count, n)
    assert share.low == pytest.approx(low, abs=5e-5)
    assert share.high == pytest.approx(high, abs=5e-5)
    assert share.rate == count / n


def test_of_nothing_nothing_is_known() -> None:
    assert (Share(0, 0).low, Share(0, 0).high, Share(0, 0).rate) == (0.0, 1.0, 0.0)


def test_shares_by_kind_and_condition() -> None:
    search = case({"says": ["x"]}, kind="search")
    noisy = Condition("slt", 10.0)
    found = summary([outcome(), outcome("no"), outcome(of=search, how=noisy)])
    assert found.passed == Share(2, 3)
    assert found.kinds == {"some": Share(1, 2), "search": Share(1, 1)}
    assert found.conditions == {Condition(): Share(1, 2), noisy: Share(1, 1)}
    assert found.verdicts == {}


def test_answerable_and_unanswerable_are_counted_apart() -> None:
    known, silent = case({"says": ["x"]}, answerable=True), case({"says": ["x"]}, answerable=False)
    refused = (Answer("?", unknown=True),)
    found = summary(
        [
            outcome(of=known),
            outcome("no", of=known),
            outcome("no", of=known, answers=refused),
            outcome(of=silent, answers=refused),
        ]
    )
    assert found.verdicts == {
        "right": Share(1, 3),
        "wrong": Share(1, 3),
        "wrongly refused": Share(1, 3),
        "refused unanswerable": Share(1, 1),
        "made up": Share(0, 1),
    }


def test_the_model_its_tokens_and_delays() -> None:
    tokens = {"prompt": 100, "reused": 80, "sampled": 4}
    asked = Answer("a", asked_model=True, tokens=tokens, ms={"understand": 30.0})
    plain = Answer("b", ms={"understand": 10.0})
    found = summary([outcome(answers=(asked, plain)), outcome(answers=(asked,))])
    assert found.asked_model == Share(2, 3)
    assert found.tokens == {"turns": 2, "prompt": 200, "reused": 160, "sampled": 8}
    assert found.ms == {"understand": Delays(3, 30.0, 30.0)}
    assert summary([outcome(answers=(plain,))]).tokens == {}
