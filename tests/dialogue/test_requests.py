from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.requests import answer_and_requests, is_question, is_request, requests

ONE = (
    "Where is my order?",
    "How do I clean and store it?",
    "Can I return it and get my money back?",
    "My name is Jane Smith and my order number is ORD124. Has it arrived yet?",
    "My parcel still hasn't come and I'm getting a bit annoyed.",
    "I'm seventy, is there a discount for me?",
    "I have two orders, ORD131 and ORD135. Where are they?",
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Where is my order and do you have umbrellas?",
            ("Where is my order", "do you have umbrellas?"),
        ),
        (
            "Do you have headphones, and when are you open on Sunday?",
            ("Do you have headphones", "when are you open on Sunday?"),
        ),
        (
            "When do you open on Saturday, and is parking free?",
            ("When do you open on Saturday", "is parking free?"),
        ),
        (
            "They broke. I want to return them. Also do you have cheaper ones?",
            ("They broke. I want to return them.", "Also do you have cheaper ones?"),
        ),
        *((text, (text,)) for text in ONE),
    ],
)
def test_what_is_asked_in_one_breath(text: str, found: tuple[str, ...]) -> None:
    assert requests(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ORD123, and do you have umbrellas?", ("ORD123", "do you have umbrellas?")),
        ("Doe. And do you have umbrellas?", ("Doe.", "And do you have umbrellas?")),
        ("Doe", ("Doe",)),
        (
            "Before that, how much is it to ship to Canada?",
            ("Before that, how much is it to ship to Canada?",),
        ),
    ],
)
def test_an_answer_and_what_is_asked_besides(text: str, found: tuple[str, ...]) -> None:
    assert answer_and_requests(text) == found


@pytest.mark.parametrize(
    "text", ["No wait, I want to return it instead.", "Actually, I just want to know where it is."]
)
def test_a_change_of_mind_is_a_request(text: str) -> None:
    assert is_request(text)
    assert not is_question(text)


@pytest.mark.parametrize("text", ["Doe.", "It's broken.", "Yes.", "ORD123.", "They are too loud."])
def test_an_answer_is_none(text: str) -> None:
    assert not is_request(text)


@given(st.lists(st.sampled_from((*ONE, "Doe.", "and", "also", "?", "")), max_size=5))
def test_no_word_is_lost(parts: list[str]) -> None:
    text = " ".join(parts)
    assert _words(" ".join(requests(text))) == _words(text)


def _words(text: str) -> list[str]:
    """All but what joins requests."""
    return [word for word in re.findall(r"[\w']+", text) if word not in ("and", "also")]
