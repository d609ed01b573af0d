"""A word in front of an answer that takes its time, and none in front of one that is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest

from tests.fakes import Gate, Journal, Kit, settled
from voicebot import events
from voicebot.audio import Speech
from voicebot.dialogue import phrases
from voicebot.late import late

LONG_S = 3600.0


async def counted(gate: Gate, count: int) -> AsyncGenerator[int, None]:
    for number in range(count):
        await gate.passed()
        yield number


async def collected(gate: Gate, count: int, after_s: float | None) -> list[int | None]:
    async with (
        aclosing(counted(gate, count)) as numbers,
        aclosing(late(numbers, after_s)) as parts,
    ):
        return [part async for part in parts]


@pytest.mark.parametrize("after_s", [LONG_S, None])
@pytest.mark.parametrize("count", [0, 1, 3])
async def test_nothing_in_front_of_what_is_ready(count: int, after_s: float | None) -> None:
    assert await collected(Gate(), count, after_s) == list(range(count))


async def test_one_word_however_long_it_takes() -> None:
    gate = Gate()
    gate.close()
    collecting = asyncio.ensure_future(collected(gate, 3, 0.0))
    await gate.reached()
    gate.open()
    assert await collecting == [None, 0, 1, 2]


async def test_cancelling_ends_the_work() -> None:
    gate = Gate()
    gate.close()
    collecting = asyncio.ensure_future(collected(gate, 3, LONG_S))
    await gate.reached()
    collecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await collecting
    assert (gate.cancelled, gate.inside) == (1, 0)


async def test_an_error_comes_through() -> None:
    async def broken() -> AsyncGenerator[int, None]:
        raise ValueError("no")
        yield 0

    async with aclosing(broken()) as numbers, aclosing(late(numbers, LONG_S)) as parts:
        with pytest.raises(ValueError, match="no"):
            await anext(parts)


async def test_a_customer_hears_it_once_and_then_the_answer(kit: Kit, journal: Journal) -> None:
    speaker = replace(kit.replier.speaker, filler_after_s=0.0)
    replier, dialogue = replace(kit.replier, speaker=speaker), kit.dialogue(journal)
    kit.model.gate.close()
    captions: list[str] = []

    async def listen() -> None:
        async with aclosing(replier.sound(dialogue, "Tell me a joke.")) as sound:
            captions.extend([s.text async for s in sound if isinstance(s, Speech) and s.text])

    listening = asyncio.ensure_future(listen())
    await journal.next(events.ClauseReady)
    kit.model.gate.open()
    await listening
    assert captions == [phrases.MOMENT, "Fine, thank you!"]
    await settled()
    assert dialogue.state.said == "Fine, thank you!"
