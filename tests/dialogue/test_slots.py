from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.slots import Slot, answer, filled, missing
from voicebot.dialogue.spoken.numbers import in_words

DAY = Slot("day", "choice", ("Sunday", "Saturday", "Sunday morning"), ask="Which day?")
COUNT = Slot("count", "number")
NOTE = Slot("note", "text", ask="What shall I write?")
ASIDE = Slot("aside", "text", required=False)


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        (DAY, "On Sunday, please.", "Sunday"),
        (DAY, "sunday mornings", "Sunday morning"),
        (DAY, "on Satturday", "Saturday"),
        (DAY, "On Friday.", None),
        (COUNT, "I need 2.5 metres.", 2.5),
        (COUNT, "twenty five of them", 25.0),
        (COUNT, "Some.", None),
        (NOTE, " Call me. ", "Call me."),
        (NOTE, " ", None),
    ],
)
def test_values_are_found_in_the_words(slot: Slot, text: str, value: Any) -> None:
    assert answer(slot, text) == value


def test_the_wish_itself_is_no_text_that_is_asked_for() -> None:
    text = "I want to leave a note for Sunday."
    known = filled((DAY, NOTE, ASIDE), text)
    assert known == {"day": "Sunday", "aside": text}
    assert missing((DAY, NOTE, ASIDE), known) == NOTE
    assert missing((DAY, NOTE, ASIDE), {**known, "note": "x"}) is None


@given(st.integers(0, 999))
def test_a_number_is_heard_as_it_was_said(number: int) -> None:
    assert answer(COUNT, f"make it {number}") == number
    if number < 20:  # larger ones may be read in several ways
        assert answer(COUNT, f"i need {in_words(number)}") == number


@given(st.text(max_size=40))
def test_a_choice_is_one_of_them_whatever_is_said(text: str) -> None:
    assert answer(DAY, text) in (*DAY.choices, None)
