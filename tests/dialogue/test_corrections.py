from __future__ import annotations

import pytest

from voicebot.dialogue import corrections, several, volunteered
from voicebot.dialogue.spoken import identifiers


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Actually it's broken.", "it's broken."),
        ("No, the reason is that it's broken", "it's broken"),
        ("I mean it came too late", "it came too late"),
        ("Yes.", ""),
        ("No.", ""),
        ("Actually, no.", ""),
        ("Actually, yes please.", ""),
        ("Actually, I changed my mind.", ""),
        ("Never mind.", ""),
    ],
)
def test_another_reason(text: str, reason: str) -> None:
    assert corrections.reason(text) == reason


@pytest.mark.parametrize(
    ("text", "name"),
    [("Doe, not Dove.", "Doe"), ("Doe.", "Doe."), ("It's Knott", "It's Knott"), ("not", "not")],
)
def test_the_name_that_is_meant(text: str, name: str) -> None:
    assert corrections.name(text) == name


@pytest.mark.parametrize(
    ("text", "part"),
    [("Only the cable.", True), ("No, just one.", True), ("Yes.", False), ("No.", False)],
)
def test_a_part_of_an_order(text: str, part: bool) -> None:
    assert corrections.names_a_part(text) is part


@pytest.mark.parametrize(
    ("text", "left", "later"),
    [
        ("No, one two six, not one two seven.", ("126",), ()),
        ("ORD131 and ORD135, where are they?", ("ORD131",), ("ORD135",)),
        ("Is it ORD131 or ORD135?", ("ORD131", "ORD135"), ()),
        ("Order 123.", ("123",), ()),
    ],
)
def test_one_number_at_a_time(text: str, left: tuple[str, ...], later: tuple[str, ...]) -> None:
    found, others = several.one_number(text, identifiers.heard(text, prefix_known=("ORD",)))
    again = identifiers.heard(found, prefix_known=("ORD",))
    assert (tuple(one.order_id for one in again), others) == (left, later)


def test_the_order_that_goes_first_no_longer_waits() -> None:
    waiting = (several.about("check_order_status", "ORD135"),)
    assert several.instead(waiting, "check_order_status", "ORD135", "ORD131") == (
        several.about("check_order_status", "ORD131"),
    )


@pytest.mark.parametrize(
    ("text", "by", "proof"),
    [
        ("ORD123, name is Doe", "last_name", "Doe"),
        ("My name is Jane Smith and my order number is ORD124.", "last_name", "Jane Smith"),
        ("Order number ORD141, last name Khan, where is it?", "last_name", "Khan"),
        ("The name on it is O'Connor.", "last_name", "O'Connor"),
        ("this is Ahmed Khan, I ordered headphones", "last_name", "Ahmed Khan"),
        ("Where is order ORD123?", "last_name", ""),
        ("I want a refund for Headphones.", "last_name", ""),
        ("I forgot the name on the order", "last_name", ""),
        ("ORD123, my zip code is 62701", "postcode", "62701"),
        ("ORD123, john.doe@example.com", "email", "john.doe@example.com"),
        ("ORD123, name is Doe", "none", ""),
    ],
)
def test_a_proof_before_it_is_asked_for(text: str, by: str, proof: str) -> None:
    assert volunteered.proof(text, by) == proof


@pytest.mark.parametrize(
    ("rest", "name"), [("It's , Doe.", "Doe"), (", please.", ""), ("It's the one from May", "")]
)
def test_a_name_beside_the_number(rest: str, name: str) -> None:
    assert volunteered.alone(rest) == name
