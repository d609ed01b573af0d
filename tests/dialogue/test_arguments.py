from __future__ import annotations

from typing import Any

import pytest

from voicebot.dialogue.arguments import product_search, taken_back


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Do you have wireless headphones?", {"query": "wireless headphones"}),
        (
            "I'm looking for headphones under 50 dollars.",
            {"query": "headphones", "max_price": 50.0},
        ),
        ("Show me some speakers, please.", {"query": "speakers"}),
        ("Got any USB-C cables for under $20?", {"query": "USB-C cables", "max_price": 20.0}),
        ("How much is the BudMax Sport?", {"query": "BudMax Sport"}),
        (  # a lower limit stays in the words, where the tool reads it
            "Hello, do you sell a charger for around thirty dollars",
            {"query": "charger over 24", "max_price": 36.0},
        ),
        # Nothing is named: the words as they are, since an empty search finds nothing.
        ("What do you have?", {"query": "What do you have?"}),
    ],
)
def test_what_is_searched_for(text: str, expected: dict[str, Any]) -> None:
    assert product_search(text) == expected


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("How much is the keyboard? No, sorry, the mouse.", "the mouse"),
        ("What does the webcam cost, sorry, I mean the mouse.", "the mouse"),
        ("Do you have power banks? Actually no, wall chargers.", "wall chargers"),
        ("What's the price of the speaker, or rather the webcam?", "the webcam"),
        ("Have you got any webcams, uh, no, power banks?", "power banks"),
    ],
)
def test_what_was_asked_for_is_taken_back(text: str, instead: str) -> None:
    assert taken_back(text) == (f"Do you have {instead}?", instead)


def test_the_limit_on_the_price_stays() -> None:
    text = "Do you have speakers for less than fifty dollars? Actually, headphones."
    assert taken_back(text) == ("Do you have headphones under 50 dollars?", "headphones")


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, do you have a webcam?",
        "Do you have headphones under fifty, no, under sixty dollars?",
        "Where is my order? No, sorry, forget it.",
        "How much is the mouse?",
    ],
)
def test_nothing_is_taken_back(text: str) -> None:
    assert taken_back(text) is None
