from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.spoken.amounts import PriceLimits, price_limits, without_prices
from voicebot.dialogue.spoken.numbers import in_words


@pytest.mark.parametrize(
    ("text", "minimum", "maximum"),
    [
        ("under sixty dollars", None, 60),
        ("less than $60", None, 60),
        ("between twenty and fifty", 20, 50),
        ("from 20 to 50", 20, 50),
        ("twenty to thirty dollars", 20, 30),
        ("about a hundred dollars", 80, 120),
        ("cheaper than 40 bucks", None, 40),
        ("max 50", None, 50),
        ("60 dollars max", None, 60),
        ("two headphones under fifty", None, 50),
        ("headphones for 50 dollars", None, 50),
        ("no more than $19.99", None, 19.99),
        ("nothing over a hundred", None, 100),
        ("at least 20 dollars", 20, None),
        ("not under 20", 20, None),
        ("over 30", 30, None),
        ("more than 20 but less than 50", 20, 50),
        ("$1,200 or less", None, 1200),
        ("19 dollars and 99 cents or less", None, 19.99),
        ("up to one hundred and fifty dollars", None, 150),
        ("my budget is 40", None, 40),
        ("order 123", None, None),
        ("a 10 inch pan", None, None),
        ("something for two people", None, None),
        ("hello", None, None),
    ],
)
def test_limits(text: str, minimum: float | None, maximum: float | None) -> None:
    assert price_limits(text) == PriceLimits(minimum, maximum)


@given(st.integers(2, 9999), st.sampled_from(["under {} dollars", "up to {}", "{} bucks or less"]))
def test_any_amount_in_words_or_digits(amount: int, carrier: str) -> None:
    for said in (in_words(amount), str(amount), f"{amount:,}"):
        assert price_limits(carrier.format(said)).maximum == amount


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("wireless headphones under sixty dollars", "wireless headphones"),
        ("cables between 10 and 20 dollars", "cables"),
        ("USB 3 cable", "USB 3 cable"),
        ("2 meter cable under 20", "2 meter cable"),
    ],
)
def test_the_thing_without_its_price(text: str, rest: str) -> None:
    assert without_prices(text) == rest


@given(st.text(max_size=80))
def test_no_text_is_too_much(text: str) -> None:
    limits = price_limits(text)
    assert limits.minimum is None or limits.minimum >= 0
    without_prices(text)
