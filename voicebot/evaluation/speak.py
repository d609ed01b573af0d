"""Customers' voices: Flite or eSpeak NG, none of which the bot can have, and babble around them."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from voicebot.audio import HEARING_RATE, Waveform, samples
from voicebot.dialogue.ear import for_the_ear
from voicebot.errors import ConfigError
from voicebot.evaluation.outcome import Condition
from voicebot.resampling import resample

DEFAULT_VOICES = ("slt", "rms")
TALKERS = ("rms", "slt", "awb", "kal16")  # who may babble; not the customer himself
ESPEAK = "espeak-ng"
PEAK = 0.5
LEAD_S, TAIL_S = 0.3, 0.5  # around the voice; the babble is heard in them too
BABBLERS = 6  # voices at once: single words can no longer be made out
VOICED_DB = -40.0  # frames this far below the loudest count as pauses
_SYNTHESIS_S = 60.0
_SLOW = 1.1  # Flite's own pace is hasty
_CHATTER = (
    "So I told her that we would rather go on Thursday, because the train is always late.",
    "Have you seen the blue one over there? I think it would look good in the kitchen.",
    "He said nine or ten people, but then nobody brought any chairs, can you believe it?",
    "No, wait, I have to ask my brother first, he knows much more about these things.",
    "It was raining all week, and on Sunday the dog ran away with half of the sausages.",
)


def utterance(text: str, condition: Condition, seed: int) -> Waveform:
    """The text said in that condition, at HEARING_RATE. Blocks for the synthesis. Raises
    ConfigError for a voice that this machine does not have."""
    speech = synthesized(condition.voice, for_the_ear(text))
    if condition.snr_db is None:
        return _with_silence(speech)
    others = tuple(name for name in TALKERS if name != condition.voice)
    noise = babble(_pools(others), len(speech) + samples(LEAD_S + TAIL_S), seed)
    return mixed(_with_silence(speech), noise, condition.snr_db)


@cache
def synthesized(voice: str, text: str) -> Waveform:
    """Speech without silence around it, its peak at PEAK; kept for the other conditions."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "said.wav")
        _run(_command(voice, text, file), voice)
        wave, rate = soundfile.read(file, dtype="float32")
    loud = np.flatnonzero(np.abs(wave) > 0.01 * np.abs(wave).max(initial=0.0))
    if not len(loud):
        raise ConfigError(f"the voice {voice} says nothing for {text!r}")
    wave = resample(wave[loud[0] : loud[-1] + 1], rate, HEARING_RATE)
    return wave * np.float32(PEAK / np.abs(wave).max())


@dataclass(frozen=True)
class Phone:
    """end_s: seconds since the beginning of what is synthesized, its silence included."""

    name: str
    end_s: float


def phones(voice: str, text: str) -> list[Phone]:
    """What one of Flite's voices makes of the text, in order. Raises ConfigError."""
    listed = _run([*_flite(voice), "-psdur", "-t", text, "none"], voice).split()
    pairs = (one.rsplit(":", 1) for one in listed)
    return [Phone(name, float(end)) for name, end in pairs]


def babble(pools: Sequence[Waveform], length: int, seed: int) -> Waveform:
    """BABBLERS pieces of the pools from random places on top of each other."""
    random = np.random.default_rng(seed)
    noise = np.zeros(length, np.float32)
    for place in range(BABBLERS):
        pool = pools[place % len(pools)]
        noise += np.resize(np.roll(pool, -random.integers(len(pool))), length)
    return noise


def mixed(speech: Waveform, noise: Waveform, snr_db: float) -> Waveform:
    """Speech over noise of the same length, so that the speech's mean power while somebody speaks
    is snr_db above the noise's; scaled down as a whole where it would clip."""
    gain = np.sqrt(_voiced_power(speech) / _power(noise) / 10 ** (snr_db / 10))
    both = speech + noise * np.float32(gain)
    return (both / max(1.0, float(np.abs(both).max()))).astype(np.float32)


def _voiced_power(speech: Waveform) -> float:
    frame = samples(0.02)
    frames = speech[: len(speech) // frame * frame].reshape(-1, frame).astype(np.float64)
    powers = np.mean(np.square(frames), axis=1)
    return float(np.mean(powers[powers > powers.max() * 10 ** (VOICED_DB / 10)]))


def _power(wave: Waveform) -> float:
    return float(np.mean(np.square(wave, dtype=np.float64)))


def _with_silence(speech: Waveform) -> Waveform:
    return np.pad(speech, (samples(LEAD_S), samples(TAIL_S)))


@cache
def _pools(voices: tuple[str, ...]) -> tuple[Waveform, ...]:
    """A chatter for each voice, all equally loud."""
    pools = [np.concatenate([synthesized(voice, text) for text in _CHATTER]) for voice in voices]
    return tuple((pool / np.sqrt(_power(pool))).astype(np.float32) for pool in pools)


# ------------------------------------------------------------------ the programs


def check(voices: Sequence[str]) -> None:
    """Raises ConfigError for the first voice that cannot be had."""
    for voice in voices:
        if not voice.startswith(ESPEAK) and voice not in _flite_voices():
            raise ConfigError(
                f"Flite has no voice {voice!r}: it has {', '.join(_flite_voices())};"
                f" or name one of eSpeak NG's, as {ESPEAK}:en-gb"
            )
        synthesized(voice, "Hello.")


def _command(voice: str, text: str, file: Path) -> list[str]:
    if voice.startswith(ESPEAK):
        language = voice.removeprefix(ESPEAK).removeprefix(":") or "en-us"
        return [ESPEAK, "-v", language, "-w", str(file), "--", text]
    return [*_flite(voice), "-t", text, "-o", str(file)]


def _flite(voice: str) -> list[str]:
    return ["flite", "-voice", voice, "--setf", f"duration_stretch={_SLOW}"]


@cache
def _flite_voices() -> tuple[str, ...]:
    """Flite takes its default for a voice that it does not know, without a word."""
    listed = _run(["flite", "-lv"], "Flite").partition(":")[2]
    return tuple(sorted(set(listed.split()) - {"awb_time"}))  # which can only tell the time


def _run(command: Sequence[str], voice: str) -> str:
    try:
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=_SYNTHESIS_S
        ).stdout
    except FileNotFoundError as exc:
        raise ConfigError(
            f"{command[0]} is not installed: spoken scenarios need it (apt install {command[0]})"
        ) from exc
    except (subprocess.SubprocessError, OSError) as exc:
        raise ConfigError(f"{voice} cannot speak: {exc}") from exc
