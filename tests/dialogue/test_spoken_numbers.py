from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.spoken.numbers import cardinal, in_words, tokens


@given(st.integers(0, 999_999))
def test_words_and_numbers_are_inverse(number: int) -> None:
    words = in_words(number).replace("-", " ").split()
    assert cardinal(words) == (number, len(words))


@pytest.mark.parametrize(
    ("said", "value", "used"),
    [
        ("a hundred and twenty three", 123, 5),
        ("one two three", 1, 1),
        ("twenty thirty", 20, 1),
        ("100 23", 123, 2),
        ("forty and", 40, 1),
        ("two thousand", 2000, 2),
    ],
)
def test_a_cardinal_ends_where_another_number_begins(said: str, value: int, used: int) -> None:
    assert cardinal(said.split()) == (value, used)


def test_no_number_is_none() -> None:
    assert cardinal(["hello"]) is None
    assert cardinal([]) is None
    assert cardinal(["hundred"]) is None


@given(st.text(max_size=60))
def test_tokens_stand_where_they_say(text: str) -> None:
    for token in tokens(text):
        assert text[token.start : token.end] == token.raw
