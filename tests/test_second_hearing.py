"""Names held against the sound."""

from __future__ import annotations

import pytest

from tests.fakes import ScriptedAcoustics
from voicebot.second_hearing import name_heard

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
