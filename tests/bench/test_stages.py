"""What the stages' benchmarks reckon, without the models' own speed."""

from __future__ import annotations

import numpy as np
import pytest

from voicebot.audio import HEARING_RATE, STEP, Waveform, samples
from voicebot.bench import turn
from voicebot.bench.plain import SILENCE_S, _Turn
from voicebot.bench.report import Samples
from voicebot.bench.voice import calls_of
from voicebot.evaluation.statistics import area_under_curve
from voicebot.rooms.customer import Turn


def _tone(seconds: float) -> Waveform:
    return np.ones(samples(seconds), np.float32) * 0.3


def test_times_compares_medians() -> None:
    assert Samples("ours", (1.0, 2.0, 90.0)).times(Samples("plain", (5.0, 8.0, 9.0))) == 4.0


def test_a_sentence_is_broken_off_where_it_is_quietest() -> None:
    wave = np.concatenate([_tone(1.0), np.zeros(samples(0.1), np.float32), _tone(1.0)])
    broken = turn._broken_off(wave)
    assert len(broken) == pytest.approx(samples(1.0), abs=samples(turn.FRAME_S))


@pytest.mark.parametrize(
    ("ends", "pauses", "area"), [([0.9, 0.8], [0.1, 0.2], 1.0), ([0.5], [0.5], 0.5)]
)
def test_area_is_the_chance_of_the_right_order(
    ends: list[float], pauses: list[float], area: float
) -> None:
    assert area_under_curve(ends, pauses) == area


def test_the_plain_way_takes_a_turn_after_its_silence() -> None:
    heard, step = _Turn(), np.zeros(STEP, np.float32)
    silent = int(SILENCE_S * HEARING_RATE / STEP) + 1
    assert all(heard.hear(step, False) is None for _ in range(200))  # nobody has spoken yet
    assert heard.hear(_tone(STEP / HEARING_RATE), True) is None
    ends = [heard.hear(step, False) for _ in range(silent)]
    assert [one is not None for one in ends] == [False] * (silent - 1) + [True]
    taken = ends[-1]
    assert taken is not None
    assert len(taken) < samples(2)  # of the long silence in front only the lead-in is kept


def test_every_call_has_a_turn_of_each_kind() -> None:
    turns = [Turn(kind) for _ in range(3) for kind in ("policy", "search", "small talk")]
    calls = [*calls_of(turns, 10)]
    assert sum(len(one) for one in calls) == 12
    assert all([turn.name for turn in one] == ["policy", "search", "small talk"] for one in calls)
