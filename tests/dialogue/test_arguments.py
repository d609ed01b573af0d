from __future__ import annotations

from typing import Any

import pytest

from voicebot.dialogue.arguments import product_search


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
