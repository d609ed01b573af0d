"""The bot is fed its own voice, and interrupted over it: real voices, real voice detection."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.backends.conftest import Voice
from tests.fakes import ScriptedJudge, ScriptedTranscriber
from tests.fakes import Voice as Words
from voicebot.audio import STEP, Waveform, samples
from voicebot.backends.silero import SileroDetector
from voicebot.bench.barge_in import echo, in_silence
from voicebot.config import Turns, Vad
from voicebot.dialogue.turns import Interrupted
from voicebot.ears import Ears, Hearing

pytestmark = pytest.mark.models

AUDIO = Path(__file__).parents[1] / "audio"
ANSWER = (
    "You can return anything within thirty days, as long as it is in its box.",
    "Your order was shipped on Monday, and arrives on Friday between nine and five.",
    "I'm sorry, I don't know that. Shall I call a colleague?",
)
PAUSE = samples(0.3)


def ears(silero: SileroDetector) -> Ears:
    hearing = Hearing(silero, ScriptedJudge(), ScriptedTranscriber(Words()))
    return Ears(hearing, Turns(), Vad())


@cache
def customer(name: str) -> Waveform:
    wave, _ = soundfile.read(AUDIO / f"{name}.wav", dtype="float32")
    return np.asarray(wave * 0.5 / np.abs(wave).max(), np.float32)


async def spoken(voice: Voice) -> Waveform:
    parts = [await asyncio.to_thread(voice, text) for text in ANSWER]
    return np.concatenate([np.pad(part, (PAUSE, 0)) for part in parts])


@pytest.mark.parametrize("delay_s", [0.03, 0.2, 0.45])
@pytest.mark.parametrize("db", [-20.0, -10.0])
async def test_its_own_voice_neither_stops_nor_is_answered_by_the_bot(
    silero: SileroDetector, voice: Voice, db: float, delay_s: float
) -> None:
    said = await spoken(voice)
    found = in_silence(ears(silero), echo(said, db, delay_s, seed=1), said)
    assert (found["Interrupted"], found["Began"], found["Ended"]) == (0, 0, 0)


async def test_without_the_guard_it_would(silero: SileroDetector, voice: Voice) -> None:
    said = await spoken(voice)
    found = in_silence(ears(silero), echo(said, -10.0, 0.2, seed=1), np.zeros_like(said))
    assert found["Interrupted"] > 0


@pytest.mark.parametrize("db", [-20.0, -10.0])
@pytest.mark.parametrize("name", ["wait_stop", "where_is_order_123", "no_thank_you"])
async def test_a_customer_over_its_echo_interrupts(
    silero: SileroDetector, voice: Voice, db: float, name: str
) -> None:
    said = await spoken(voice)
    heard = echo(said, db, 0.2, seed=1)
    at = len(said) // 2
    over = customer(name)[: len(heard) - at]
    heard[at : at + len(over)] += over
    before: Counter[str] = in_silence(ears(silero), heard[: at // STEP * STEP], said)
    assert before["Interrupted"] == 0
    assert in_silence(ears(silero), heard, said)[Interrupted.__name__] > 0
