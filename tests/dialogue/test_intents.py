from __future__ import annotations

import pytest

from voicebot.dialogue.intents import (
    DOCUMENTS,
    EXAMPLES,
    MARGIN,
    SMALL_TALK,
    STAFF,
    SURE,
    asks_for_rules_in_a_case,
    readings,
    wants_a_return,
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


@pytest.mark.parametrize(
    "words",
    [
        "I want to return something",
        "I'd like to return something I bought",
        "Hi, I would really like to return the speaker.",
        "i need to return",
        "I came to bring this kettle back.",
        "Good morning, I have to send the earbuds back",
        "I, I'd like to give something back.",
    ],
)
def test_a_wish_to_give_something_back_is_known_as_one(words: str) -> None:
    assert wants_a_return(words)


@pytest.mark.parametrize(
    "words",
    [
        "Can I return something?",
        "I want to return something, is that free?",
        "I'd like to return it without a receipt",
        "I want to know how to return a product",
        "I want to return to the list",
        "What if I want to return something",
        "I'd like to send my brother a gift",
    ],
)
def test_what_is_asked_about_returns_is_no_wish(words: str) -> None:
    assert not wants_a_return(words)


@pytest.mark.parametrize(
    "words",
    [
        "I opened them once, can I still return them?",
        "The box is torn. Is it a problem if I bring it back?",
        "I paid for express, so do I get that back too",
    ],
)
def test_rules_may_be_asked_for_in_a_case(words: str) -> None:
    assert asks_for_rules_in_a_case(words)


@pytest.mark.parametrize(
    "words",
    [
        "Can I return them?",  # no case is told
        "I opened them, and I want to return them",
        "I ordered two speakers. I want one sent back, please",
        "Well, yes",
    ],
)
def test_not_every_second_clause_asks_for_rules(words: str) -> None:
    assert not asks_for_rules_in_a_case(words)
