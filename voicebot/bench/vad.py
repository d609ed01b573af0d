"""Voice detection: what a step of 32 ms costs, and how soon a voice is noticed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.audio import HEARING_RATE, STEP, Waveform, level_db, samples
from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples
from voicebot.bench.spoken import Clip, clips
from voicebot.config import Sections
from voicebot.evaluation.statistics import Share
from voicebot.stages import VoiceDetector

SILENCE_S = 6.0  # between two sentences: a kiosk hears little speech
ROOM_DB = -65.0  # a quiet room's hiss
STEP_S = STEP / HEARING_RATE


async def measure(settings: Sections, count: int) -> Report:
    """Steps through the model only where something can be heard, as a conversation does, against
    every step through it. Raises ModelError."""
    here, detector = machine(), assemble.open_detector(Files.of(settings))
    said = await clips(settings, count)
    heard = _day(said)
    quiet = settings.vad.min_level_db
    gated, plain = _steps(detector, heard, quiet), _steps(detector, heard, -200.0)
    onsets = [_onset(detector, clip.wave, settings.vad.threshold) for clip in said]
    noticed = [ms for ms in onsets if ms is not None]
    return Report(
        "vad",
        f"{count} sentences with {SILENCE_S:.0f} s of silence before each, in steps of 32 ms",
        here,
        (
            Samples("ours, step", gated),
            Samples("plain, step", plain),
            Samples("ours, voice until noticed", tuple(noticed)),
        ),
        {"sentences noticed": Share(len(noticed), len(onsets))},
        {
            "times less work": sum(plain) / sum(gated),
            "share of a core, one customer": sum(gated) / 1000 / (len(gated) * STEP_S),
        },
    )


def _day(said: Sequence[Clip]) -> Waveform:
    noise = np.random.default_rng(0)
    parts: list[Waveform] = []
    for clip in said:
        parts += [np.zeros(samples(SILENCE_S), np.float32), clip.wave]
    wave = np.concatenate(parts)
    hiss = noise.standard_normal(len(wave)) * 10 ** (ROOM_DB / 20)
    return (wave + hiss).astype(np.float32)[: len(wave) // STEP * STEP]


def _steps(detector: VoiceDetector, wave: Waveform, quiet_db: float) -> tuple[float, ...]:
    voice, took = detector.stream(), []
    for step in wave.reshape(-1, STEP):
        began = time.perf_counter()
        if level_db(step) >= quiet_db:
            voice.probability(step)
        took.append((time.perf_counter() - began) * 1000)
    return tuple(took)


def _onset(detector: VoiceDetector, wave: Waveform, threshold: float) -> float | None:
    """Milliseconds from the first sound until the end of the step that is held for speech."""
    voice = detector.stream()
    begin = int(np.flatnonzero(np.abs(wave) > 0.02 * np.abs(wave).max())[0])
    for place in range(len(wave) // STEP):
        step = wave[place * STEP : (place + 1) * STEP]
        if voice.probability(step) >= threshold:
            return max(0.0, ((place + 1) * STEP - begin) * 1000 / HEARING_RATE)
    return None
