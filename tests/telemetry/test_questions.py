from __future__ import annotations

import pytest

from voicebot.telemetry import questions
from voicebot.telemetry.questions import Question, Questions


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Do you sell live lobsters?", "do you have live lobsters", True),
        ("Do you have a toilet?", "Is there a toilet here?", True),
        ("Can I pay in bitcoin?", "Do you take bitcoin?", True),
        ("Do you sell live lobsters?", "Do you sell live crabs?", False),
        ("Can I pay by card?", "Can I pay by cheque?", False),
        ("Do you deliver to Alaska?", "Do you deliver to Hawaii?", False),
        ("Who won the world cup?", "Who won the world series?", False),
        ("Where is it?", "What is this?", False),
    ],
)
def test_questions_that_mean_the_same_are_one(one: str, other: str, alike: bool) -> None:
    asked = Questions(words=True)
    asked.add(one, "", 1.0)
    asked.add(other, "", 2.0)
    assert len(asked.asked()) == (1 if alike else 2)


def test_a_group_has_its_first_words_its_count_and_its_times() -> None:
    asked = Questions(words=True)
    asked.add("Do you sell live lobsters?", "shipping.pdf", 10.0)
    asked.add("Is there a toilet?", "", 15.0)
    asked.add("Do you have live lobsters?", "returns.pdf", 20.0)
    assert asked.asked() == (
        Question("Do you sell live lobsters?", "returns.pdf", 2, 10.0, 20.0),
        Question("Is there a toilet?", "", 1, 15.0, 15.0),
    )


def test_without_words_the_nearest_document_is_what_is_known() -> None:
    asked = Questions(words=False)
    asked.add("Do you sell live lobsters?", "shipping.pdf", 10.0)
    asked.add("Do you deliver to Alaska?", "shipping.pdf", 12.0)
    asked.add("Is there a toilet?", "", 15.0)
    assert asked.asked() == (
        Question("", "", 1, 15.0, 15.0),
        Question("", "shipping.pdf", 2, 10.0, 12.0),
    )


def test_words_that_were_kept_are_forgotten_once_the_setting_says_so() -> None:
    with_words = Questions(words=True)
    with_words.add("Do you sell live lobsters?", "shipping.pdf", 10.0)
    with_words.add("Do you deliver to Alaska?", "shipping.pdf", 12.0)
    without = Questions(words=False, known=with_words.asked())
    assert without.asked() == (Question("", "shipping.pdf", 2, 10.0, 12.0),)


def test_counts_without_words_stay_when_words_are_kept_later() -> None:
    asked = Questions(words=True, known=[Question("", "a.pdf", 3, 1.0, 2.0)])
    asked.add("Is there a toilet?", "a.pdf", 5.0)
    assert [q.count for q in asked.asked()] == [1, 3]


def test_groups_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "GROUPS", 2)
    asked = Questions(words=False)
    for at, document in enumerate("abac"):
        asked.add("?", document, float(at))
    assert [q.document for q in asked.asked()] == ["c", "a"]
