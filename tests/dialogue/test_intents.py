from __future__ import annotations

import pytest

from voicebot.dialogue.intents import (
    DOCUMENTS,
    EXAMPLES,
    MARGIN,
    SMALL_TALK,
    STAFF,
    SURE,
    readings,
)

POSSIBLE = ("check_order_status", "create_return", DOCUMENTS, SMALL_TALK, STAFF)


def scores(**given: float) -> dict[str, float]:
    return {name: given.get(name, 0.1) for name in POSSIBLE}


def test_one_that_stands_out_is_the_only_reading() -> None:
    found = readings(scores(create_return=0.8, documents=0.7), 0.2, POSSIBLE)
    assert found.intents == ("create_return",)


def test_close_readings_come_likeliest_first() -> None:
    found = readings(
        scores(create_return=0.8, documents=0.8 - MARGIN / 2, staff=0.8 - 2 * MARGIN),
        0.2,
        POSSIBLE,
    )
    assert found.intents == ("create_return", DOCUMENTS)


def test_words_like_nothing_are_a_question_to_the_documents() -> None:
    found = readings(scores(small_talk=SURE - 0.01), 0.1, POSSIBLE)
    assert found.intents == (DOCUMENTS,)


@pytest.mark.parametrize(("passage", "expected"), [(0.7, DOCUMENTS), (0.4, SMALL_TALK)])
def test_a_passage_that_fits_speaks_for_the_documents(passage: float, expected: str) -> None:
    found = readings(scores(small_talk=0.5), passage, POSSIBLE)
    assert found.intents == (expected,)


def test_no_example_stands_for_two_intents() -> None:
    every = [text for texts in EXAMPLES.values() for text in texts]
    assert len(every) == len(set(every))
