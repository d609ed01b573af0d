from __future__ import annotations

import shutil
import subprocess
from typing import Any

import numpy as np
import pytest

from voicebot.audio import HEARING_RATE, Waveform, samples
from voicebot.errors import ConfigError
from voicebot.evaluation import speak
from voicebot.evaluation.outcome import Condition

needs_flite = pytest.mark.skipif(shutil.which("flite") is None, reason="needs Flite")
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs eSpeak NG")


def power_db(wave: Waveform) -> float:
    return float(10 * np.log10(np.mean(np.square(wave, dtype=np.float64))))


def tone(seconds: float, amplitude: float = 0.3) -> Waveform:
    at = np.arange(samples(seconds)) / HEARING_RATE
    return (amplitude * np.sin(2 * np.pi * 220 * at)).astype(np.float32)


@pytest.mark.parametrize("snr_db", [20.0, 10.0, 0.0])
def test_the_ratio_is_of_speech_while_somebody_speaks(snr_db: float) -> None:
    speech = np.concatenate(
        [tone(1, 0.05), np.zeros(samples(3), np.float32)]
    )  # three quarters silent
    noise = np.random.default_rng(1).normal(0, 0.02, len(speech)).astype(np.float32)
    both = speak.mixed(speech, noise, snr_db)
    heard_noise = both[samples(1) :]
    assert power_db(tone(1, 0.05)) - power_db(heard_noise) == pytest.approx(snr_db, abs=0.2)


def test_what_would_clip_is_made_quieter_as_a_whole() -> None:
    noise = np.random.default_rng(1).normal(0, 1, samples(1)).astype(np.float32)
    both = speak.mixed(tone(1, 0.9), noise, -10)
    assert np.abs(both).max() == pytest.approx(1.0)


def test_babble_is_the_same_for_a_seed_and_another_for_another() -> None:
    pools = [np.random.default_rng(n).normal(0, 1, 5000).astype(np.float32) for n in range(3)]
    first = speak.babble(pools, 8000, seed=1)
    assert first.shape == (8000,)
    assert np.array_equal(first, speak.babble(pools, 8000, seed=1))
    assert not np.array_equal(first, speak.babble(pools, 8000, seed=2))


@needs_flite
def test_an_utterance_has_silence_around_it() -> None:
    said = speak.utterance("Where is order ORD123?", Condition("slt"), seed=1)
    assert said.dtype == np.float32
    lead = said[: samples(speak.LEAD_S)]
    assert not lead.any()
    assert np.abs(said).max() == pytest.approx(speak.PEAK)
    # The number is spelled: that takes longer than a word would.
    assert len(said) > len(speak.utterance("Where is order orchid?", Condition("slt"), seed=1))


@needs_flite
def test_in_babble_there_is_no_silence() -> None:
    said = speak.utterance("Hello there.", Condition("slt", 10.0), seed=1)
    quiet = speak.utterance("Hello there.", Condition("slt"), seed=1)
    assert len(said) == len(quiet)
    assert said[: samples(speak.LEAD_S)].any()


@needs_flite
def test_a_voice_that_flite_does_not_have_is_told() -> None:
    with pytest.raises(ConfigError, match=r"no voice 'slz'.*slt"):
        speak.check(["slt", "slz"])


@needs_espeak
def test_espeaks_voices_are_named_by_language() -> None:
    speak.check(["espeak-ng", "espeak-ng:en-gb"])
    with pytest.raises(ConfigError, match="cannot speak"):
        speak.check(["espeak-ng:klingon-moon"])


def test_a_program_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*args: Any, **more: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(ConfigError, match="apt install espeak-ng"):
        speak.check(["espeak-ng:de"])
