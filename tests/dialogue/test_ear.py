import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.ear import for_the_ear

SPOKEN = {
    # money
    "It costs $12.99, free over $50.": "It costs 12 dollars and 99 cents, free over 50 dollars.",
    "$1,299.00 or $0.99": "1299 dollars or 99 cents",
    "$1 and $1.01": "1 dollar and 1 dollar and 1 cent",
    "$10–$20 or $10 to $500": "10 dollars to 20 dollars or 10 dollars to 500 dollars",
    "$15/month": "15 dollars per month",
    "$2.5 million": "2.5 million dollars",
    "20 €": "20 euros",
    # ranges
    "5-7 business days": "5 to 7 business days",
    "ships in 3–5 days": "ships in 3 to 5 days",
    "a 2-minute walk": "a 2-minute walk",
    "between -10 and 45 °C.": "between minus 10 and 45 degrees Celsius.",
    # the clock
    "Sunday: 11:00 AM - 5:00 PM.": "Sunday: 11 AM to 5 PM.",
    "9am–6pm": "9 AM to 6 PM",
    "from 9:30 a.m. to 6 p.m. We close then.": "from 9:30 AM to 6 PM. We close then.",
    "at 5 p.m. Monday": "at 5 PM Monday",
    "Mon-Fri 09:00-17:30": "Monday to Friday 9 o'clock to 17:30",
    # dates
    "by December 15, 2024": "by December 15th, 2024",
    "by 2024-12-01 or 12/22/2024": "by December 1st, 2024 or December 22nd, 2024",
    "Nov. 3": "November 3rd",
    # telephones and identifiers
    "Call us at (555) 010-0148.": "Call us at 5 5 5, 0 1 0, 0 1 4 8.",
    "Order ORD123 has shipped.": "Order O R D 1 2 3 has shipped.",
    "RET-ORD123": "R E T, O R D 1 2 3",
    "1Z999AA10123456784": "1 Z 9 9, 9 A, A, 1, 0 1 2 3, 4 5 6 7, 8 4",
    "rated IPX4: sweat": "rated I P X 4: sweat",
    "a USB-C cable": "a U S B C cable",
    # units and signs
    "600 mAh, 250 g, 3.5 mm": "600 milliamp hours, 250 grams, 3.5 millimeters",
    "a 600 mAh battery and a 10 m cable": "a 600 milliamp hour battery and a 10 meter cable",
    "the 5 V charger, a 2-min walk": "the 5 volt charger, a 2 minute walk",
    "the 10 m of cable are 3 m too short": "the 10 meters of cable are 3 meters too short",
    "It weighs 250 g today.": "It weighs 250 grams today.",
    "5 V and at least 1 A. The light": "5 volts and at least 1 amp. The light",
    "below 10%": "below 10 percent",
    "50 meters (5 ATM). You can": "50 meters, 5 atmospheres. You can",
    "Volume +: once. Volume -: once.": "Volume plus: once. Volume minus: once.",
    # words
    "rated, e.g. IPX7": "rated, for example I P X 7",
    "Dr. Lee & Co. at Main St. 5": "Doctor Lee and Company at Main Street 5",
    "and so on, etc. We do": "and so on, et cetera. We do",
    "help@lakeside-electronics.example": "help at lakeside dash electronics dot example",
    "See https://www.shop.com/returns?a=1.": "See shop dot com slash returns.",
    # what is no speech
    "**Free** `shipping` 😀 [here](http://x.example/y)": "Free shipping here",
    "# Title\n- one\n- two": "Title one two",
    "<|im_end|>hello [[ab]]": "hello ab",
    "😀": "",
    "": "",
    "Nothing to change here, is there?": "Nothing to change here, is there?",
}


@pytest.mark.parametrize(("text", "spoken"), SPOKEN.items())
def test_says_what_a_person_would(text: str, spoken: str) -> None:
    assert for_the_ear(text) == spoken


@pytest.mark.parametrize("text", SPOKEN)
def test_twice_is_as_once(text: str) -> None:
    once = for_the_ear(text)
    assert for_the_ear(once) == once


@given(st.text(max_size=200))
def test_any_text_leaves_nothing_that_a_voice_takes_for_a_command(text: str) -> None:
    spoken = for_the_ear(text)
    assert "[[" not in spoken
    assert "]]" not in spoken
    assert "<|" not in spoken
    assert spoken == spoken.strip()


@given(st.text(alphabet="ab19$.,-:/ <|>[]()&%AMp#*+@", max_size=60))
def test_tangled_signs_leave_no_marks(text: str) -> None:
    spoken = for_the_ear(text)
    assert not re.search(r"\[\[|\]\]|<\||\|>|[*#|<>\[\]]", spoken)


@given(st.integers(0, 99_999), st.integers(0, 99))
def test_money_keeps_its_figures(whole: int, cents: int) -> None:
    spoken = for_the_ear(f"It costs ${whole:,}.{cents:02d} today.")
    assert spoken.startswith("It costs ")
    figures = [int(figure) for figure in re.findall(r"\d+", spoken)]
    assert figures == [n for n in (whole, cents) if n] or figures == [0]
    assert not re.search(r"[$,]", spoken)


@given(st.text(alphabet="0123456789", min_size=7, max_size=24))
def test_a_long_number_keeps_its_digits_in_order(digits: str) -> None:
    assert re.sub(r"\D", "", for_the_ear(f"It is {digits} now")) == digits


@given(st.lists(st.sampled_from(["we", "can", "return", "the", "item", "box"]), min_size=1))
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    text = " ".join(words) + "."
    assert for_the_ear(text) == text
