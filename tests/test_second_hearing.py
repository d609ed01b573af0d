"""Names held against the sound."""

from __future__ import annotations

import pytest

from tests.fakes import ScriptedAcoustics
from voicebot.dialogue.spoken import identifiers
from voicebot.dialogue.spoken.identifiers import IdIndex
from voicebot.dialogue.spoken.number_set import Verdict
from voicebot.second_hearing import WORSE, name_heard, number_heard, words_heard

NAMES = ("Garcia", "Nguyen", "Smith")


async def test_who_is_told_the_names_hears_one_of_them() -> None:
    acoustics = ScriptedAcoustics({}, told="It's Nguyen.")
    assert await name_heard(acoustics, "It's a win.", NAMES) == "Nguyen"
    assert acoustics.hints == ["Garcia, Nguyen, Smith."]


async def test_where_that_helps_nothing_the_names_are_scored() -> None:
    acoustics = ScriptedAcoustics({"It's Nguyen.": -3.0, "It's a win.": -1.0}, told="It's a win.")
    assert await name_heard(acoustics, "It's a wind.", NAMES) == "Nguyen"


async def test_a_name_that_is_not_among_them_is_none_of_them() -> None:
    acoustics = ScriptedAcoustics({"Miller.": -0.2}, told="Miller.")
    assert await name_heard(acoustics, "Miller.", NAMES) is None


async def test_a_listener_who_repeats_what_he_was_told_has_heard_nothing() -> None:
    acoustics = ScriptedAcoustics({}, told="Garcia, Nguyen, Smith.")
    assert await name_heard(acoustics, "Hm.", NAMES) is None


@pytest.mark.parametrize("text", ["What name do you have?", "Doe, D O E.", ""])
async def test_what_is_no_name_is_not_heard_again(text: str) -> None:
    acoustics = ScriptedAcoustics({}, told="Nguyen.")
    assert await name_heard(acoustics, text, NAMES) is None
    assert acoustics.hints == acoustics.scored == []


async def test_where_nothing_can_be_heard_the_words_stand_alone() -> None:
    acoustics = ScriptedAcoustics({}, told="Nguyen.", broken=True)
    assert await name_heard(acoustics, "A win.", NAMES) is None


@pytest.mark.parametrize("said", ["Garcia", "Smith", "Miller"])
async def test_the_work_does_not_tell_which_name_is_the_right_one(said: str) -> None:
    acoustics = ScriptedAcoustics({f"{said}.": -0.5}, told="Gwen.")
    await name_heard(acoustics, "Gwen.", NAMES)
    assert len(acoustics.scored) == len(NAMES) + 2


GOODS = ("earbuds", "BudMax Sport Earbuds")
MISHEARD, SAID = "Do you have the pub max earpubs?", "Do you have the BudMax Earbuds?"


async def test_with_the_shop_s_words_in_mind_others_are_heard() -> None:
    acoustics = ScriptedAcoustics({MISHEARD: -1.0, SAID: -9.0}, told=SAID)
    assert await words_heard(acoustics, MISHEARD, GOODS) == SAID
    assert "BudMax Sport Earbuds" in acoustics.hints[0]


@pytest.mark.parametrize(
    ("told", "score"),
    [
        (MISHEARD, -1.0),  # the same
        ("Earbuds.", -1.0),  # what the listener was told, and nothing else
        ("Where can I park my car?", -1.0),  # sounds otherwise
        (SAID, -2.0 - WORSE),  # the sound speaks against it
        ("", -1.0),
    ],
)
async def test_otherwise_nothing_else_was_heard(told: str, score: float) -> None:
    acoustics = ScriptedAcoustics({MISHEARD: -1.0, told: score}, told=told)
    assert await words_heard(acoustics, MISHEARD, GOODS) == ""


INDEX = IdIndex(("ORD48213", "ORD90417"))


async def number(acoustics: ScriptedAcoustics, text: str) -> Verdict:
    [heard] = identifiers.heard(text, prefix_known=INDEX.prefixes, expected=True)
    return await number_heard(acoustics, text, heard, INDEX)


async def test_the_sound_decides_for_a_number_that_exists() -> None:
    acoustics = ScriptedAcoustics({"482113.": -2.0, "48213.": -2.5})
    assert await number(acoustics, "482113.") == Verdict(("ORD48213",), sure=True)


async def test_a_number_far_from_all_is_not_scored() -> None:
    acoustics = ScriptedAcoustics({})
    assert await number(acoustics, "77777.") == Verdict()
    assert acoustics.scored == []


async def test_a_number_whose_sound_cannot_be_scored_stays_as_it_is() -> None:
    acoustics = ScriptedAcoustics({}, broken=True)
    assert await number(acoustics, "482113.") == Verdict()
    assert await words_heard(acoustics, MISHEARD, GOODS) == ""
