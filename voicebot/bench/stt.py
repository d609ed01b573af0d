"""Transcription: our window that fits against `WhisperModel.transcribe` as its README calls it, and
of long utterances the tail that is left at their end against the whole."""

from __future__ import annotations

import asyncio
import time

from rapidfuzz.distance import Levenshtein

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.faster_whisper import plain_transcribe
from voicebot.bench.long_speech import Listener, fluent, with_pauses
from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples
from voicebot.bench.spoken import Clip, clips
from voicebot.config import Sections
from voicebot.evaluation.statistics import Share
from voicebot.evaluation.words import normalised
from voicebot.stages import Transcriber


async def measure(settings: Sections, count: int) -> Report:
    """Both ways hear each clip, one directly after the other; long ones are heard in parts and
    whole. Raises ModelError, SttError."""
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
    words = sum(_words(clip) for clip in said)
    seconds = sum(clip.seconds for clip in said)
    by_us, by_library = Samples("ours", tuple(ours)), Samples("plain", tuple(plain))
    long, long_errors = await _long(settings, transcriber, max(1, count // 2))
    return Report(
        "stt",
        f"{count} sentences by {', '.join(sorted({clip.voice for clip in said}))}, "
        f"{seconds / count:.1f} s on average; plain is WhisperModel.transcribe, same model; "
        "with pauses, fluent: half as many of 7 to 12 s each, from the end of speech",
        here,
        (by_us, by_library, *long),
        {
            "ours, words wrong": Share(errors[0], words),
            "plain, words wrong": Share(errors[1], words),
            **long_errors,
        },
        {"times faster": by_us.times(by_library), "real-time factor": sum(ours) / 1000 / seconds},
    )


async def _long(
    settings: Sections, transcriber: Transcriber, count: int
) -> tuple[list[Samples], dict[str, Share]]:
    """What long utterances cost after their end, in parts and whole, and the words wrong."""
    listener = await asyncio.to_thread(Listener, settings, transcriber)
    times: list[Samples] = []
    errors: dict[str, Share] = {}
    for kind, speak in (("with pauses", with_pauses), ("fluent", fluent)):
        said = await speak(settings, count)
        words = sum(_words(clip) for clip in said)
        both = [(await listener.in_parts(one.wave), await listener.whole(one.wave)) for one in said]
        for way, heard in zip(("in parts", "whole"), zip(*both, strict=True), strict=True):
            times.append(Samples(f"{kind}, {way}", tuple(one.ms for one in heard)))
            wrong = sum(_errors(clip, one.text) for clip, one in zip(said, heard, strict=True))
            errors[f"{kind}, {way}, words wrong"] = Share(wrong, words)
    return times, errors


def _words(clip: Clip) -> int:
    return len(normalised(clip.text).split())


def _errors(clip: Clip, heard: str) -> int:
    """Words to change, with figures and their words being the same."""
    return Levenshtein.distance(normalised(clip.text).split(), normalised(heard).split())
