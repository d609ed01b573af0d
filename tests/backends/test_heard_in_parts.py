"""A long utterance, heard in parts while it goes on: real voices, voice detection and whisper."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from tests.backends.conftest import Voice, silence
from tests.fakes import ScriptedJudge
from voicebot.audio import STEP, Waveform
from voicebot.backends.faster_whisper import FasterWhisper
from voicebot.backends.silero import SileroDetector
from voicebot.config import Turns, Vad
from voicebot.dialogue.turns import Paused
from voicebot.ears import Ears, Hearing
from voicebot.evaluation.words import normalised
from voicebot.events import Event, Transcribed

pytestmark = pytest.mark.models

SAID = (
    "I bought a pair of headphones from you about three weeks ago,",
    "and since yesterday the left side makes no sound at all,",
    "so I would like to know whether I can have another one.",
)


async def spoken(voice: Voice, pause_s: float) -> Waveform:
    parts = [await asyncio.to_thread(voice, text) for text in SAID]
    pause = silence(pause_s)
    return np.concatenate([piece for part in parts for piece in (pause, part)] + [silence(0.5)])


@pytest.mark.parametrize("pause_s", [0.05, 0.4])
async def test_no_word_is_lost_where_it_is_cut(
    whisper: FasterWhisper, silero: SileroDetector, voice: Voice, pause_s: float
) -> None:
    ears, told = Ears(Hearing(silero, ScriptedJudge(), whisper), Turns(), Vad()), list[Event]()
    wave, last = await spoken(voice, pause_s), Paused(0, 0)
    for place in range(0, len(wave) - STEP + 1, STEP):
        found = ears.hear(wave[place : place + STEP], np.zeros(0, np.int16))
        last = next((event for event in found if isinstance(event, Paused)), last)
        if ears.cut is not None:
            await ears.hear_head(ears.cut, told.append)
    heard = await ears.words(last.start, last.end, told.append)
    assert heard is not None
    *heads, tail = [event for event in told if isinstance(event, Transcribed)]
    assert heads
    assert tail.audio_s < 7
    said = normalised(" ".join(SAID)).split()
    assert Levenshtein.distance(normalised(heard.text).split(), said) <= 1
    assert heard.acoustics is not None
    assert "left side" in await heard.acoustics.again("Headphones.")
