"""Transcription: our window that fits against `WhisperModel.transcribe` as its README calls it."""

from __future__ import annotations

import asyncio
import time

from rapidfuzz.distance import Levenshtein

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.faster_whisper import plain_transcribe
from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples
from voicebot.bench.spoken import Clip, clips
from voicebot.config import Sections
from voicebot.evaluation.statistics import Share
from voicebot.evaluation.words import normalised


async def measure(settings: Sections, count: int) -> Report:
    """Both hear each clip, one directly after the other. Raises ModelError, SttError."""
    here, files = machine(), Files.of(settings)
    transcriber = await asyncio.to_thread(assemble.open_transcriber, settings, files)
    local = settings.stt.faster_whisper
    plainly = await asyncio.to_thread(
        plain_transcribe,
        files.folder("stt"),
        threads=local.threads,
        language=settings.conversation.language,
        device=local.device,
    )
    said = await clips(settings, count)
    await transcriber.transcribe(said[0].wave)
    await asyncio.to_thread(plainly, said[0].wave)
    ours: list[float] = []
    plain: list[float] = []
    errors = [0, 0]
    for clip in said:
        began = time.perf_counter()
        heard = (await transcriber.transcribe(clip.wave)).text
        between = time.perf_counter()
        heard_plainly = await asyncio.to_thread(plainly, clip.wave)
        ours.append((between - began) * 1000)
        plain.append((time.perf_counter() - between) * 1000)
        errors[0] += _errors(clip, heard)
        errors[1] += _errors(clip, heard_plainly)
    words = sum(len(normalised(clip.text).split()) for clip in said)
    seconds = sum(clip.seconds for clip in said)
    by_us, by_library = Samples("ours", tuple(ours)), Samples("plain", tuple(plain))
    return Report(
        "stt",
        f"{count} sentences by {', '.join(sorted({clip.voice for clip in said}))}, "
        f"{seconds / count:.1f} s on average; plain is WhisperModel.transcribe, same model",
        here,
        (by_us, by_library),
        {
            "ours, words wrong": Share(errors[0], words),
            "plain, words wrong": Share(errors[1], words),
        },
        {"times faster": by_us.times(by_library), "real-time factor": sum(ours) / 1000 / seconds},
    )


def _errors(clip: Clip, heard: str) -> int:
    """Words to change, with figures and their words being the same."""
    return Levenshtein.distance(normalised(clip.text).split(), normalised(heard).split())
