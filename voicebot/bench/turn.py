"""Turn-taking: how long Smart Turn looks, and how well it tells an end from a pause."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.audio import Waveform, samples
from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples
from voicebot.bench.spoken import clips
from voicebot.config import Sections
from voicebot.evaluation.speak import LEAD_S, TAIL_S
from voicebot.evaluation.statistics import Share, area_under_curve
from voicebot.stages import TurnJudge

FRAME_S = 0.05
MIDDLE = (0.35, 0.7)  # of a sentence: where somebody may stop to think


async def measure(settings: Sections, count: int) -> Report:
    """Each sentence whole and broken off in its middle, with the silence behind it after which the
    judge is asked. Silence alone would take every one of them for an end. Raises ModelError."""
    here, judge = machine(), assemble.open_judge(Files.of(settings))
    silence = settings.turns.judge_after / 1000
    threshold = settings.turns.judge_threshold
    took: list[float] = []
    ends: list[float] = []
    pauses: list[float] = []
    for clip in await clips(settings, count):
        voice = clip.wave[samples(LEAD_S) : len(clip.wave) - samples(TAIL_S)]
        ends.append(await _judged(judge, voice, silence, took))
        pauses.append(await _judged(judge, _broken_off(voice), silence, took))
    return Report(
        "turn",
        f"{count} sentences, whole and broken off, {settings.turns.judge_after} ms of silence each",
        here,
        (Samples("ours, judgement", tuple(took)),),
        {
            "ours, end known": _above(ends, threshold),
            "ours, pause taken for an end": _above(pauses, threshold),
            "plain, pause taken for an end": Share(count, count),  # by silence alone
        },
        {"area under the curve": area_under_curve(ends, pauses)},
    )


async def _judged(judge: TurnJudge, voice: Waveform, silence: float, took: list[float]) -> float:
    wave = np.pad(voice, (samples(LEAD_S), samples(silence)))
    began = time.perf_counter()
    probability = await judge.finished(wave)
    took.append((time.perf_counter() - began) * 1000)
    return probability


def _broken_off(voice: Waveform) -> Waveform:
    """Up to the quietest moment of its middle: between two words, or at a closure of the lips."""
    frame = samples(FRAME_S)
    frames = voice[: len(voice) // frame * frame].reshape(-1, frame)
    levels = np.square(frames).mean(axis=1)
    first, last = (round(share * len(levels)) for share in MIDDLE)
    quietest = first + int(levels[first : max(first + 1, last)].argmin())
    return voice[: quietest * frame]


def _above(rated: Sequence[float], threshold: float) -> Share:
    return Share(sum(one >= threshold for one in rated), len(rated))
