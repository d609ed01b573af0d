from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio import Speech, Tape, level_db, samples, to_pcm, to_waveform

RATE = 10  # samples a second, so that the numbers can be read


def ramp(start: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.arange(start, start + count, dtype=np.float32)


def test_a_tape_gives_back_what_was_written() -> None:
    tape = Tape(2, RATE)
    tape.write(ramp(0, 5))
    tape.write(ramp(5, 5))
    assert tape.end == 10
    assert tape.cut(3, 7).tolist() == [3, 4, 5, 6]


@pytest.mark.parametrize(
    ("start", "end", "first", "last"), [(-5, 12, 5, 11), (0, 6, 5, 5), (20, 99, 20, 24)]
)
def test_a_tape_gives_as_much_as_there_is(start: int, end: int, first: int, last: int) -> None:
    tape = Tape(2, RATE)
    for place in range(0, 25, 5):
        tape.write(ramp(place, 5))
    assert tape.cut(start, end).tolist() == list(range(first, last + 1))


def test_what_is_not_there_is_empty() -> None:
    tape = Tape(1, RATE)
    assert len(tape.cut(0, 10)) == 0
    tape.write(ramp(0, 30))
    assert len(tape.cut(0, 15)) == 0
    assert len(tape.cut(40, 50)) == 0
    assert len(tape.cut(25, 22)) == 0


def test_a_cut_is_a_copy() -> None:
    tape = Tape(1, RATE)
    tape.write(ramp(0, 10))
    cut = tape.cut(0, 10)
    tape.write(ramp(10, 10))
    assert cut.tolist() == list(range(10))


@given(st.lists(st.integers(0, 35), max_size=12), st.integers(-5, 200), st.integers(-5, 200))
def test_a_tape_is_the_end_of_all_that_was_heard(sizes: list[int], start: int, end: int) -> None:
    tape = Tape(2, RATE)
    for size in sizes:
        tape.write(ramp(tape.end, size))
    kept = range(max(0, tape.end - 20), tape.end)
    assert tape.cut(start, end).tolist() == [n for n in kept if start <= n < end]


def test_levels() -> None:
    assert level_db(np.zeros(0, np.float32)) == -120.0
    assert level_db(np.zeros(100, np.float32)) == pytest.approx(-120)
    assert level_db(np.ones(100, np.float32)) == pytest.approx(0, abs=0.01)
    assert level_db(np.full(100, 0.1, np.float32)) == pytest.approx(-20, abs=0.01)


def test_sound_too_loud_is_clipped_and_does_not_wrap() -> None:
    assert to_pcm(np.array([2.0, -2.0, 0.0], np.float32)).tolist() == [32767, -32767, 0]


@given(st.lists(st.integers(-32767, 32767)))
def test_there_and_back_is_the_same_sound(values: list[int]) -> None:
    pcm = np.array(values, np.int16)
    wave = to_waveform(pcm)
    assert wave.dtype == np.float32
    assert np.abs(to_pcm(wave).astype(int) - pcm).max(initial=0) <= 1


def test_durations() -> None:
    assert samples(0.25) == 4000
    assert Speech(np.zeros(24_000, np.int16)).seconds == 0.5
