"""Speech: heard from its first piece on, against the whole answer at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples
from voicebot.config import Sections
from voicebot.dialogue.ear import for_the_ear
from voicebot.dialogue.sentences import clauses
from voicebot.stages import Synthesizer

ANSWERS = (  # 12 words each, as customers hear them
    "Your order has shipped and should arrive on Friday, the fifth of December.",
    "You can return most of our items within thirty days of delivery.",
    "We have two headphones under sixty dollars, both of them in stock.",
    "Express delivery takes two to three days and costs twelve dollars more.",
    "On Sundays the shop is open from eleven until five in the evening.",
    "The warranty covers defects in material and workmanship for two whole years.",
)


async def measure(settings: Sections, count: int) -> Report:
    """First sound of answers of twelve words. Raises ModelError, TtsError."""
    here = machine()
    synthesizer = await asyncio.to_thread(assemble.open_synthesizer, settings, Files.of(settings))
    await _first_sound(synthesizer, ["Hello."])
    ours: list[float] = []
    plain: list[float] = []
    seconds = spent = 0.0
    for place in range(count):
        answer = ANSWERS[place % len(ANSWERS)]
        ours.append((await _first_sound(synthesizer, clauses(answer)))[0])
        _, all_ms, length = await _first_sound(synthesizer, [answer])
        plain.append(all_ms)
        seconds, spent = seconds + length, spent + all_ms / 1000
    clause, whole = Samples("ours, first sound", tuple(ours)), Samples("plain", tuple(plain))
    return Report(
        "tts",
        f"{count} answers of 12 words; plain synthesises the whole before it sounds",
        here,
        (clause, whole),
        facts={
            "times faster": clause.times(whole),
            "real-time factor": spent / seconds,
            "seconds of an answer, mean": seconds / count,
            "threads": settings.tts.piper.threads,
        },
    )


async def _first_sound(
    synthesizer: Synthesizer, texts: Sequence[str]
) -> tuple[float, float, float]:
    """Milliseconds until the first sound and until all of it, and its seconds."""
    began, first, seconds = time.perf_counter(), 0.0, 0.0
    for text in texts:
        async for piece in synthesizer.synthesize(for_the_ear(text)):
            first = first or time.perf_counter() - began
            seconds += piece.seconds
    return first * 1000, (time.perf_counter() - began) * 1000, seconds
