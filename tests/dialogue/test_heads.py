"""Where long utterances are cut, and what their parts come to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.audio import STEP, samples
from voicebot.dialogue.heads import FULL, LEAST, PAUSE, Cut, Cutter, joined, may_be_cut


def steps(seconds: float) -> int:
    return samples(seconds) // STEP


def cuts(said: str, start: int | None = 0) -> list[tuple[int, Cut]]:
    """Each cut and when it was made; said: "v" is a step of voice."""
    cutter, found, voice = Cutter(), [], 0
    for place, step in enumerate(said, 1):
        voice = place * STEP if step == "v" else voice
        if (cut := cutter.step(place * STEP, place * STEP - voice, start)) is not None:
            found.append((place * STEP, cut))
    return found


def voice(seconds: float) -> str:
    return "v" * steps(seconds)


def pause(seconds: float) -> str:
    return "." * steps(seconds)


def test_a_short_utterance_stays_whole() -> None:
    assert cuts(voice(2.6) + pause(0.4) + voice(1.9)) == []


def test_a_long_one_is_cut_in_the_middle_of_its_longest_pause() -> None:
    said = voice(3.0) + pause(0.2) + voice(1.0) + pause(0.4) + voice(3.0)
    silent = (steps(3.0) + steps(0.2) + steps(1.0)) * STEP
    [(made, cut)] = cuts(said)
    assert FULL <= made < FULL + STEP
    assert cut == Cut(0, silent, silent + steps(0.4) * STEP // 2)


def test_without_a_pause_the_next_one_is_waited_for() -> None:
    said = voice(9.0) + pause(0.3)
    assert cuts(said) == []
    [(made, cut)] = cuts(said + voice(1.0))
    assert made == (len(said) + 1) * STEP
    assert samples(9.0) < cut.end < samples(9.3)


@pytest.mark.parametrize("gap_s", [0.032, 0.096, 0.13])
def test_a_closure_in_a_word_is_no_pause(gap_s: float) -> None:
    assert cuts((voice(1.0) + pause(gap_s)) * 9) == []


def test_a_part_is_not_too_short() -> None:
    assert cuts(voice(1.0) + pause(0.5) + voice(7.0)) == []


def test_another_utterance_begins_anew() -> None:
    cutter = Cutter()
    for place in range(1, steps(9.4)):
        start = 0 if place * STEP < samples(4.5) else samples(4.5)
        silence = STEP * 6 if place == steps(4.0) else 0
        assert cutter.step(place * STEP, silence, start) is None


@settings(deadline=None)
@given(st.text(alphabet="v.", min_size=200, max_size=1000), st.integers(0, 100))
def test_the_parts_follow_one_another_in_pauses(said: str, first: int) -> None:
    before = start = first * STEP
    for made, cut in cuts(said, start):
        assert cut.start == start
        assert made - before >= FULL
        assert cut.end - before >= LEAST
        assert cut.end - cut.silent >= PAUSE // 2
        assert set(said[cut.silent // STEP : cut.end // STEP]) == {"."}
        assert said[made // STEP - 1] == "v"
        before = cut.end


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("I bought it three weeks ago, and since yesterday it makes no sound", True),
        ("And I would like to know a", True),
        ("I bought it from you about three weeks ago.", True),
        ("", True),
        ("It is the order O R D one two", False),
        ("Where is my order?", False),
        ("my number is", False),
        ("it is 4 5", False),
        ("you can write to me, j o h n", False),
        ("It cost twenty three", False),
    ],
)
def test_numbers_are_not_cut(text: str, may: bool) -> None:
    assert may_be_cut(text) is may


@pytest.mark.parametrize(
    ("head", "tail", "text"),
    [
        ("I bought it here.", "And it broke.", "I bought it here. And it broke."),
        ("I bought the...", "blue one.", "I bought the blue one."),
        ("I bought the blue one.", "yesterday.", "I bought the blue one yesterday."),
        ("Is it?", "I wonder.", "Is it? I wonder."),
    ],
)
def test_a_sentence_that_was_cut_is_one_again(head: str, tail: str, text: str) -> None:
    assert joined(head, tail) == text
