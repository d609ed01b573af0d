from __future__ import annotations

import pytest

from voicebot.dialogue.turns import Wording
from voicebot.dialogue.wording import hangs, is_complete, wording


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
        "Do you have?",
        "How long is",
        "What time do you?",
        "When will I?",
        "Where is the?",
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
        "Where is it?",
        "What do you have?",
        "What should I do?",
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


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("It is O R D 1 2 3.", True),
        ("Is it O R D 1 2 3?", True),
        ("Where is my order?", False),
        ("My order number is ORD 12", False),
        ("I would like to know.", False),
        ("ORD123 and", False),
        ("It broke.", False),
        ("", False),
    ],
)
def test_words_that_may_well_be_all(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Yes, please.", Wording.WHOLE),
        ("No, thank you.", Wording.WHOLE),
        ("Thank you very much.", Wording.WHOLE),
        ("Yes, but", Wording.HANGS),
        ("Yes, and I want to know about the other one.", Wording.OPEN),
        ("Where is my order?", Wording.QUESTION),
        ("Where is ORD123?", Wording.COMPLETE),
        ("My last name is Doe.", Wording.OPEN),
    ],
)
def test_what_turn_taking_makes_of_words(text: str, found: Wording) -> None:
    assert wording(text) is found
