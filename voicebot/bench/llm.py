"""The language model: with the fixed part of its prompts kept, against evaluating it each time."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.llama_cpp import LlamaCpp
from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples
from voicebot.config import Sections
from voicebot.dialogue import prompt
from voicebot.dialogue.history import History
from voicebot.errors import ConfigError

SAID = (
    "Good morning, how are you today?",
    "You have a very nice voice.",
    "Is it warm where you are?",
    "What do you like best about your work?",
    "I had a really long day.",
    "Do you know a joke?",
)


@dataclass(frozen=True)
class _Answered:
    """first_ms: until the first text. Tokens: in the prompt, of these from a copy, and sampled."""

    first_ms: float
    rest_s: float
    prompt: int
    reused: int
    sampled: int


async def measure(settings: Sections, count: int) -> Report:
    """The same small talk, first with nothing kept. Raises ModelError, LlmError, ConfigError where
    the model is not on this box."""
    here, files = machine(), Files.of(settings)
    model = await asyncio.to_thread(assemble.open_model, settings, files)
    if not isinstance(model, LlamaCpp):
        raise ConfigError('bench llm measures llm.backend = "llama_cpp"; another one is set')
    said = [SAID[place % len(SAID)] for place in range(count)]
    shop = settings.conversation.shop
    cold = [await _answered(model, shop, text) for text in said]
    await model.warm(prompt.to_talk(shop))
    kept = [await _answered(model, shop, text) for text in said]
    ours = Samples("ours, first token", tuple(one.first_ms for one in kept))
    plain = Samples("plain, first token", tuple(one.first_ms for one in cold))
    prefilled = sum(one.prompt for one in cold) / sum(one.first_ms for one in cold) * 1000
    decoded = sum(one.sampled - 1 for one in kept) / sum(one.rest_s for one in kept)
    return Report(
        "llm",
        f"{count} times small talk with {files.name('llm')}; plain keeps nothing of the prompt",
        here,
        (ours, plain),
        facts={
            "times faster": ours.times(plain),
            "prefill, tokens a second": prefilled,
            "decode, tokens a second": decoded,
            "tokens in a prompt, mean": float(np.mean([one.prompt for one in kept])),
            "of these kept": float(np.mean([one.reused for one in kept])),
            "threads": settings.llm.llama_cpp.threads,
        },
    )


async def _answered(model: LlamaCpp, shop: str, text: str) -> _Answered:
    began, first = time.perf_counter(), 0.0
    async with aclosing(model.generate(prompt.talk(shop, History(0), text, 0.0))) as deltas:
        async for _ in deltas:
            first = first or time.perf_counter()
    stats, ended = model.last, time.perf_counter()
    first = first or ended
    return _Answered(
        (first - began) * 1000, ended - first, stats.prompt, stats.reused, stats.sampled
    )
