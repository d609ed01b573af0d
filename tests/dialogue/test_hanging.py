from __future__ import annotations

import pytest

from voicebot.dialogue.hanging import hangs


@pytest.mark.parametrize(
    "text",
    [
        "I would like to",
        "I would like to.",
        "Do you have",
        "Do you have a",
        "My last name is.",
        "It's for my.",
        "Um,",
        "Well I was wondering...",
        "I was wond-",
        "My order number is",
        "It's order 1, 2.",
        "And then,  and",
    ],
)
def test_words_that_want_more(text: str) -> None:
    assert hangs(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Where is my order?",
        "What is that for?",
        "Where is order ORD123?",
        "It's one two three.",
        "Yes.",
        "My name is Doe.",
        "I want to return it.",
        "Thank you.",
        "Panda.",
    ],
)
def test_words_that_may_be_all(text: str) -> None:
    assert not hangs(text)
