"""Which of a few names was said, by the sound."""

from __future__ import annotations

import pytest

from voicebot.dialogue.spoken import closed_set, names
from voicebot.dialogue.spoken.closed_set import (
    BEHIND,
    LEAD,
    RIVALS,
    Framing,
    chosen,
    framing,
    named,
)
from voicebot.dialogue.spoken.surnames import COMMON

SHOP = ("Emily Johnson", "Ahmed Khan", "Barbara O'Connor", "Sarah Wilson")


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("My last name is NGUIN.", "My last name is", "."),
        ("It's a win.", "It's", "."),
        ("Its underpatterson.", "Its under", "."),
        ("Harry's", "", "."),
        ("Martinez, please.", "", ", please."),
        ("Carlos Garcia.", "", "."),
    ],
)
def test_a_name_stands_behind_what_leads_to_it(text: str, before: str, after: str) -> None:
    assert framing(text) == Framing(before, after)


@pytest.mark.parametrize(
    "text",
    [
        "What name do you have?",
        "Doe. D O E.",
        "It's Doe, or Smith, or Garcia.",
        "I would like to know where my parcel has been for all these days.",
        "",
    ],
)
def test_who_talks_spells_or_guesses_gives_no_name(text: str) -> None:
    assert framing(text) is None


def test_words_name_one_of_the_names_or_none() -> None:
    assert named("It's Nguyen.", ["Garcia", "Nguyen"]) == 1
    assert named("Garcia, Nguyen.", ["Garcia", "Nguyen"]) is None
    assert named("Miller.", ["Garcia", "Nguyen"]) is None


def test_a_framing_puts_the_name_in_its_place() -> None:
    assert Framing("My last name is", ".").around("Doe") == "My last name is Doe."
    assert Framing("", ", please.").around("Doe") == "Doe, please."


def test_rivals_are_as_many_for_an_order_that_does_not_exist() -> None:
    real, none = closed_set.rivals("John Doe", SHOP), closed_set.rivals(None, SHOP)
    assert len(real) == len(none) == RIVALS
    assert "Doe" in real
    assert list(real) == sorted(real)  # its place tells nothing
    assert set(none) <= {*COMMON, *(names.written(one) for one in SHOP)}


def test_rivals_sound_like_the_name_and_are_not_it() -> None:
    rivals = closed_set.rivals("Peter Smyth", ["Jane Smith", *SHOP])
    assert "Smyth" in rivals
    assert "Smith" not in rivals  # to the ear they are one
    assert {"Moe", "Rowe"} & set(closed_set.rivals("John Doe", SHOP))


def test_the_best_is_believed_with_a_lead_and_near_the_transcript() -> None:
    assert chosen(-1.0, [-20.0, -2.0, -2.0 - LEAD]) == 1
    assert chosen(-1.0, [-20.0, -2.0, -2.1 - LEAD / 2]) is None
    assert chosen(-1.0, [-1.1 - BEHIND, -60.0]) is None
    assert chosen(-1.0, [-2.0]) is None  # nothing was beaten
