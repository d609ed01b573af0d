"""The benchmark of turn-taking: what it makes of what the models say."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from tests.fakes import ScriptedDetector, ScriptedJudge, ScriptedTranscriber, Voice
from voicebot.audio import HEARING_RATE, STEP, samples
from voicebot.bench import pauses
from voicebot.bench.hesitations import FADE_S, SENTENCES, hesitation
from voicebot.config import Turns, Vad
from voicebot.ears import Ears, Hearing

STEP_S = STEP / HEARING_RATE


@pytest.mark.parametrize(
    ("probability", "text", "silence_ms"),
    [
        (0.95, "Where is my parcel now.", Turns().judge_after),
        (0.05, "Where is my parcel now.", Turns().patience),
        (0.95, "I am looking for a", Turns().identifier_patience),
    ],
)
async def test_when_a_turn_is_taken(probability: float, text: str, silence_ms: int) -> None:
    voice = Voice()
    hearing = Hearing(ScriptedDetector(), ScriptedJudge(probability), ScriptedTranscriber(voice))
    wave = np.concatenate([sound.wave for sound in voice.sound(text, 1.0)])
    taken = await pauses._taken_after(Ears(hearing, Turns(), Vad()), wave)
    assert silence_ms / 1000 <= taken <= silence_ms / 1000 + 3 * STEP_S


def test_pauses_of_all_lengths_are_as_frequent() -> None:
    lengths = pauses._pauses(71)
    assert sorted(lengths) == pytest.approx(np.linspace(0.5, 1.2, 71))
    assert lengths != sorted(lengths)


def test_every_sentence_is_said_by_every_voice() -> None:
    turns = {(place % len(SENTENCES), pauses._voice(place)) for place in range(3 * len(SENTENCES))}
    assert len(turns) == 3 * len(SENTENCES)


@pytest.mark.skipif(not shutil.which("flite"), reason="needs flite")
@pytest.mark.parametrize("text", SENTENCES[:4])
def test_who_stops_to_think_has_said_just_the_beginning(text: str) -> None:
    one = hesitation(text, "slt")
    same = len(one.first) - samples(FADE_S)
    assert np.array_equal(one.first[:same], one.whole[:same])
    share = len(text.split("|")[0]) / len(text)
    assert share / 2 < len(one.first) / len(one.whole) < (1 + share) / 2
    assert abs(float(one.first[-1])) < 0.01
