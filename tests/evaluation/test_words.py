from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.evaluation.words import holds, normalised

SAME = [
    ("thirty dollars", "$30", "$30.00", "30 bucks"),
    ("twelve dollars and ninety-nine cents", "$12.99", "12.99 dollars", "12 dollars 99 cents"),
    ("fifty cents", "$0.50"),
    ("$1,200", "1200 dollars", "twelve hundred dollars", "one thousand two hundred dollars"),
    ("five euros", "€5"),
    ("five to seven business days", "5-7 business days", "5 – 7 business days"),
    ("December 15, 2024", "the fifteenth of December 2024", "Dec. 15th 2024", "2024-12-15"),
    ("May 21", "the twenty-first of May", "21 May"),
    ("9:00 AM - 7:00 PM", "nine a.m. to seven p.m.", "9 am to 7 pm", "9 in the morning to 7 PM"),
    ("noon", "12 PM", "12 noon"),
    ("ten percent", "10%", "10 per cent"),
    ("ORD123", "O R D 1 2 3", "O R D one two three", "ord 123"),
    ("RET-ORD124", "ret ord 124"),
    ("20,000 mAh", "20000 mAh", "twenty thousand mAh"),
    ("It's a dog.", "its the DOG"),
    ("don’t know", "don't know"),
    ("one hundred and twenty", "120"),
    ("two point five", "2.5", "2.50"),
    ("a 2-year warranty", "two years warranty"),
]


@pytest.mark.parametrize("texts", SAME, ids=lambda texts: texts[0])
def test_spoken_and_written_are_the_same(texts: tuple[str, ...]) -> None:
    assert {normalised(text) for text in texts} == {normalised(texts[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$30", "30 days"),
        ("$30", "$30.50"),
        ("$30", "€30"),
        ("9 AM", "9 PM"),
        ("10%", "10"),
        ("December 15", "December 5"),
        ("ORD123", "ORD1234"),
        ("5 or 7", "57"),
        ("20 25", "45"),
        ("4, 5, 6", "456"),
        ("glass", "glas"),
        ("$5.05", "$5.5"),
    ],
)
def test_different_figures_stay_different(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize(
    ("text", "phrase", "held"),
    [
        ("You can return it within 30 days of delivery.", "thirty days", True),
        ("Sunday: 11:00 AM - 5:00 PM", "5 PM", True),
        ("It is in stock.", "in stock", True),
        ("It is not in stock.", "is in stock", False),
        ("The price is $130.", "$30", False),
        ("Order ORD1234 was delivered.", "ORD123", False),
        ("They are doeskin gloves.", "Doe", False),
        ("The label costs £4.95.", "4.95", True),
        ("It is £8.", "8.00", True),
        ("It is 8 days.", "£8", False),
        ("It costs $14.95.", "4.95", False),
        ("Child seats and trailers", "trailer", True),
        ("That does not matter.", "Doe", False),
        ("(They said 30 days.)", "30 days", True),
        ("", "anything", False),
    ],
)
def test_a_phrase_is_found_word_by_word(text: str, phrase: str, held: bool) -> None:
    assert holds(text, phrase) is held


@given(st.text(max_size=60))
def test_a_text_holds_itself(text: str) -> None:
    if normalised(text):
        assert holds(text, text)
        assert "  " not in normalised(text)
