"""Measures what `tuning` decides from: each stage alone, then all three at the same moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from statistics import median

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.audio import HEARING_RATE, SPEAKING_RATE, Waveform, to_waveform
from voicebot.backends.closing import close
from voicebot.bench.tuning import Reading, Stage
from voicebot.config import Sections
from voicebot.errors import ModelError
from voicebot.judging import Judge
from voicebot.knowledge.quotes import candidates
from voicebot.resampling import resample
from voicebot.stages import Hit, Synthesizer, Transcriber

ROUNDS = 5
QUESTION = "Where is my order, and when will it come?"
CLAUSE = "You have thirty days from the day it came."
SENTENCE = "Returns: Goods that were not used can be brought back within {} days."


async def measure(
    settings: Sections,
    models: Sequence[str],
    threads: Sequence[int],
    told: Callable[[str], None],
) -> list[Reading]:
    """models: the language models to try. told: gets a line before each step. Raises ModelError,
    StageError. Cancelling ends the work under way within its bound and frees the models."""
    Files.of(settings).require(("stt", "tts"))
    readings: list[Reading] = []
    for count in threads:
        for number, name in enumerate(models):
            told(f"{name}, {count} {'thread' if count == 1 else 'threads'} for each stage")
            found = await _with(tried(settings, name, count), name, count)
            readings += found if number == 0 else [r for r in found if r.stage == "llm"]
    return readings


def tried(settings: Sections, llm: str, threads: int) -> Sections:
    """The settings with local models, this language model, asked for its opinion, and so many
    threads for each stage."""
    stt, model, tts = settings.stt, settings.llm, settings.tts
    whisper = stt.faster_whisper.model_copy(update={"threads": threads})
    llama = model.llama_cpp.model_copy(update={"threads": threads, "model": llm})
    piper = tts.piper.model_copy(update={"threads": threads})
    return settings.model_copy(
        update={
            "stt": stt.model_copy(
                update={"backend": "faster_whisper", "fallback": "", "faster_whisper": whisper}
            ),
            "llm": model.model_copy(
                update={"backend": "llama_cpp", "fallback": "", "llama_cpp": llama}
            ),
            "tts": tts.model_copy(update={"backend": "piper", "fallback": "", "piper": piper}),
            "knowledge": settings.knowledge.model_copy(update={"judge": "always"}),
        }
    )


def installed(files: Files) -> list[str]:
    """Language models of the profiles whose files are here, the smallest first."""
    found: dict[str, int] = {}
    for profile in files.store.manifest.profiles.values():
        name = profile.llm
        try:
            files.store.require([name])
        except ModelError:
            continue
        found[name] = sum(file.size or 0 for file in files.store.manifest.models[name].files)
    return sorted(found, key=lambda name: found[name])


async def _with(settings: Sections, llm: str, threads: int) -> list[Reading]:
    async with _opened(settings) as (transcriber, judge, synthesizer):
        wave = await _spoken(synthesizer, QUESTION)
        await judge.warm()
        days = iter(
            range(10, 10_000, 10)
        )  # new sentences each time, which nothing has evaluated yet
        works: dict[Stage, Callable[[], Awaitable[float]]] = {
            "stt": lambda: _ms(transcriber.transcribe(wave)),
            "llm": lambda: _ms(_opinions(judge, next(days))),
            "tts": lambda: _first_sound_ms(synthesizer, CLAUSE),
        }
        for work in works.values():
            await work()  # the first time is never like the others
        alone = {stage: [await work() for _ in range(ROUNDS)] for stage, work in works.items()}
        rounds = [await asyncio.gather(*(work() for work in works.values())) for _ in range(ROUNDS)]
    names: dict[Stage, str] = {"stt": "whisper", "llm": llm, "tts": "piper"}
    return [
        Reading(stage, names[stage], threads, median(alone[stage]), median(together))
        for stage, together in zip(works, zip(*rounds, strict=True), strict=True)
    ]


@asynccontextmanager
async def _opened(settings: Sections) -> AsyncIterator[tuple[Transcriber, Judge, Synthesizer]]:
    files = Files.of(settings)
    async with AsyncExitStack() as stack:
        stages = await asyncio.gather(
            asyncio.to_thread(assemble.open_transcriber, settings, files),
            asyncio.to_thread(assemble.open_model, settings, files),
            asyncio.to_thread(assemble.open_synthesizer, settings, files),
        )
        for stage in stages:
            stack.push_async_callback(close, stage)
        judge = await asyncio.to_thread(assemble.open_answer_judge, settings, files, stages[1])
        assert judge is not None, "tried() wants one"
        stack.push_async_callback(close, judge)
        yield stages[0], judge, stages[2]


async def _opinions(judge: Judge, days: int) -> None:
    """On as many sentences as one question may take."""
    hits = [Hit(SENTENCE.format(days + one), 0.5, "returns.pdf", 1) for one in range(judge.most)]
    async with aclosing(judge.opinions(QUESTION, candidates(QUESTION, hits))) as opinions:
        async for _ in opinions:
            pass


async def _spoken(synthesizer: Synthesizer, text: str) -> Waveform:
    async with aclosing(synthesizer.synthesize(text)) as pieces:
        waves = [to_waveform(piece.pcm) async for piece in pieces]
    return resample(waves[0], SPEAKING_RATE, HEARING_RATE)


async def _first_sound_ms(synthesizer: Synthesizer, text: str) -> float:
    """The rest of it is made too, as in a call."""
    began, first = time.monotonic(), 0.0
    async with aclosing(synthesizer.synthesize(text)) as pieces:
        async for _ in pieces:
            first = first or time.monotonic() - began
    return first * 1000


async def _ms(work: Awaitable[object]) -> float:
    began = time.monotonic()
    await work
    return (time.monotonic() - began) * 1000
