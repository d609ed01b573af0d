"""What the benchmark of interruptions makes and counts, without rooms or models."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes import ScriptedDetector, ScriptedJudge, ScriptedTranscriber, Voice
from voicebot.audio import HEARING_RATE, Waveform, level_db, samples
from voicebot.bench import barge_in
from voicebot.config import Turns, Vad
from voicebot.ears import Ears, Hearing
from voicebot.rooms.report import CallReport, TurnReport
from voicebot.telemetry.turns import TurnRecord


@pytest.mark.parametrize("seed", range(5))
def test_a_cough_is_short_loud_noise(seed: int) -> None:
    wave = barge_in.cough(seed)
    loud = np.abs(wave) > 0.05
    assert 0.03 < loud.sum() / HEARING_RATE < 0.6
    assert 0.4 < np.abs(wave).max() <= 0.5
    assert np.array_equal(wave, barge_in.cough(seed))


@pytest.mark.parametrize("db", [-20.0, -10.0])
def test_an_echo_is_so_much_weaker_and_later(db: float) -> None:
    said = np.random.default_rng(1).standard_normal(samples(4)).astype(np.float32) * 0.1
    back = barge_in.echo(said, db, 0.25, seed=2)
    assert level_db(back[samples(0.5) :]) - level_db(said) == pytest.approx(db, abs=0.5)
    assert level_db(back[: samples(0.24)]) < -60
    assert len(back) == len(said)


def ears() -> Ears:
    hearing = Hearing(ScriptedDetector(), ScriptedJudge(), ScriptedTranscriber(Voice()))
    return Ears(hearing, Turns(), Vad())


def swelling(seed: int) -> Waveform:
    """Loud and soft by turns, as speech is."""
    random = np.random.default_rng(seed)
    swell = np.repeat(random.uniform(0.05, 1.0, 60), samples(0.1))
    return (random.standard_normal(len(swell)) * swell * 0.25).astype(np.float32)


def test_what_stops_the_bot_is_counted() -> None:
    assert barge_in.in_silence(ears(), swelling(1), swelling(2) * 0)["Interrupted"] == 1
    own = barge_in.echo(swelling(1), -6.0, 0.1, seed=1)
    assert barge_in.in_silence(ears(), own, swelling(1))["Interrupted"] == 0


def called(*voices: tuple[str, bool | None, float | None]) -> CallReport:
    turns = [
        turn
        for name, interrupted, silent_ms in voices
        for turn in (
            TurnReport("question", "answered"),
            TurnReport(name, "answered", interrupted=interrupted, silent_ms=silent_ms),
        )
    ]
    nothing = np.zeros(0, np.float32)
    both = np.zeros((0, 2), np.int16)
    return CallReport("room-1", "bot", 0.0, tuple(turns), None, None, (), nothing, both)


def answer(*, interrupted: bool, room: str = "room-1") -> TurnRecord:
    return TurnRecord(room, 1, user=barge_in.QUESTIONS[0], interrupted=interrupted)


def test_each_voice_is_told_with_what_became_of_its_answer() -> None:
    report = called(("words", True, 240.0), ("cough", True, 90.0), ("backchannel", False, None))
    noted = [
        TurnRecord("room-1", 0),
        answer(interrupted=True, room="room-2"),
        answer(interrupted=True),
        TurnRecord("room-1", 2, user="Wait, stop please."),
        answer(interrupted=False),
        answer(interrupted=False),
    ]
    met = [*barge_in._meetings(report, noted)]
    assert [(one.kind, one.ended, one.silent_ms) for one in met] == [
        ("words", True, 240.0),
        ("cough", False, None),
    ]  # the third came when the bot had finished
    assert barge_in._share(met, "cough", ended=True).n == 1
