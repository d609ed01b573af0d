"""The customer as a program, against bots without models."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.rooms.conftest import Parrot, bot_in, tone
from voicebot.audio import to_waveform
from voicebot.errors import RoomError
from voicebot.rooms.customer import Patience, Turn, call
from voicebot.rooms.livekit_api import customer_token
from voicebot.rooms.names import Endpoint
from voicebot.stages import Line, Sound

HASTY = Patience(bot=5.0, ask_for_bot=0.2, greeting=5.0, answer=3.0)


async def test_typed_turns_are_answered_and_written_down(endpoint: Endpoint) -> None:
    parrot = Parrot()
    async with bot_in(endpoint, parrot):
        report = await call(
            endpoint.url,
            customer_token(endpoint, "r1", "c"),
            [Turn("hello", text="hello there"), Turn("again", text="once more")],
            patience=HASTY,
        )
    assert report.bot == "bot-r1"
    assert report.greeting_ms is not None
    assert [t.outcome for t in report.turns] == ["answered", "answered"]
    assert all(t.delay_ms is not None and 0 < t.delay_ms < 3000 for t in report.turns)
    assert [(s.speaker, s.text) for s in report.transcript] == [
        ("bot", "Hello!"),
        ("customer", "hello there"),
        ("customer", "once more"),
    ]
    assert report.recording.shape[1] == 2
    assert len(report.turns[0].answer) > 0.15 * 16_000


class Waiter:
    """Answers a customer's voice with a tone so many samples after it has fallen silent."""

    def __init__(self, delay_s: float, answer_s: float = 0.4) -> None:
        self.silence = round(delay_s * 16_000)
        self.answer = tone(answer_s)

    async def __call__(self, line: Line) -> None:
        await line.play(tone(0.2))
        await line.show_state("listening")
        quiet = -1
        async for item in line.heard():
            if not isinstance(item, Sound):
                continue
            if np.abs(item.wave).max() > 0.05:
                quiet = 0
            elif quiet >= 0:
                quiet += len(item.wave)
                if quiet >= self.silence:
                    quiet = -1
                    await line.play(self.answer)


async def test_the_delay_is_from_the_end_of_the_voice_to_the_first_sound(
    endpoint: Endpoint,
) -> None:
    voice = np.concatenate([np.zeros(4800, np.float32), to_waveform(tone(0.5)), np.zeros(9600)])
    turns = [Turn("a", speech=voice.astype(np.float32), pause_s=0.1) for _ in range(2)]
    async with bot_in(endpoint, Waiter(0.3)):
        report = await call(
            endpoint.url, customer_token(endpoint, "r1", "c"), turns, patience=HASTY
        )
    assert [t.outcome for t in report.turns] == ["answered"] * 2
    for turn in report.turns:
        assert turn.start_s is not None
        assert turn.end_s is not None
        assert turn.end_s - turn.start_s == pytest.approx(0.5, abs=0.02)
        # 300 ms in steps of 32 and two ways through WebRTC; the silence behind the voice is none
        assert turn.delay_ms is not None
        assert 300 < turn.delay_ms < 900


class Interruptible:
    """Speaks for long when the customer has spoken, until he speaks again."""

    async def __call__(self, line: Line) -> None:
        await line.play(tone(0.2))
        await line.show_state("listening")
        talking: asyncio.Task[None] | None = None
        voiced = False
        async for item in line.heard():
            if not isinstance(item, Sound):
                continue
            loud = np.abs(item.wave).max() > 0.05
            if talking is None and voiced and not loud:
                talking = asyncio.create_task(line.play(tone(5)))
            elif talking is not None and loud:
                line.flush()
                talking.cancel()
                await asyncio.gather(talking, return_exceptions=True)
                return
            voiced = voiced or bool(loud)


async def test_barge_in_reports_when_the_bot_was_silent(endpoint: Endpoint) -> None:
    voice = to_waveform(tone(0.3)).astype(np.float32)
    async with bot_in(endpoint, Interruptible()):
        report = await call(
            endpoint.url,
            customer_token(endpoint, "r1", "c"),
            [Turn("ask", speech=voice), Turn("stop", speech=voice, barge_in_s=0.5)],
            patience=HASTY,
        )
    assert report.turns[1].interrupted is True
    assert report.turns[1].silent_ms is not None
    assert 0 < report.turns[1].silent_ms < 1000


async def test_no_bot_is_one_clear_error(endpoint: Endpoint) -> None:
    asked = []

    async def ask() -> None:
        asked.append(True)

    with pytest.raises(RoomError, match="no bot came to room r9"):
        await call(
            endpoint.url,
            customer_token(endpoint, "r9", "c"),
            ask=ask,
            patience=Patience(bot=0.3, ask_for_bot=0.1),
        )
    assert asked == [True]


async def test_no_server_is_one_clear_error(endpoint: Endpoint) -> None:
    with pytest.raises(RoomError, match="is the LiveKit server running"):
        await call("ws://127.0.0.1:9", customer_token(endpoint, "r9", "c"))
