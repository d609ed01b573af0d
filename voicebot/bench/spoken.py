"""Customers' sentences, said aloud: what the benchmarks of hearing hear."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.audio import HEARING_RATE, SPEAKING_RATE, Waveform, samples, to_waveform
from voicebot.config import Sections
from voicebot.dialogue.ear import for_the_ear
from voicebot.evaluation import speak
from voicebot.evaluation.outcome import Condition
from voicebot.resampling import resample

SENTENCES = (
    "What is your return policy?",
    "When will I get my refund?",
    "How much does express shipping cost?",
    "How long is the warranty on these headphones?",
    "What time do you open on Sunday?",
    "Do you match the prices of other stores?",
    "Can I return earbuds that I have opened?",
    "Is the fitness tracker water resistant?",
    "Where is my order? It is O R D, one two three.",
    "I would like to know where my order is.",
    "My last name is Miller.",
    "Do you have headphones under sixty dollars?",
    "I want to send something back that does not work.",
    "Could you call somebody from the staff, please?",
    "How many days do I have to change my mind?",
    "I bought a charger last week and it gets very hot, what can I do about it?",
)
PIPER = "the bot's own voice"


@dataclass(frozen=True)
class Clip:
    """text said by voice. wave: at HEARING_RATE, with a little silence around the words."""

    text: str
    voice: str
    wave: Waveform

    @property
    def seconds(self) -> float:
        return len(self.wave) / HEARING_RATE


async def clips(settings: Sections, count: int, sentences: Sequence[str] = SENTENCES) -> list[Clip]:
    """The first `count` sentences, over and over, each time by the next voice: Flite's where it is
    installed, else the bot's own (which whisper hears well)."""
    said = [sentences[place % len(sentences)] for place in range(count)]
    if not shutil.which("flite"):
        return await _by_piper(settings, said)
    voices = speak.DEFAULT_VOICES
    turns = [(place + place // len(sentences)) % len(voices) for place in range(count)]
    return [
        await asyncio.to_thread(_by_flite, text, voices[turn])
        for text, turn in zip(said, turns, strict=True)
    ]


def _by_flite(text: str, voice: str) -> Clip:
    return Clip(text, voice, speak.utterance(text, Condition(voice), seed=0))


async def _by_piper(settings: Sections, said: Sequence[str]) -> list[Clip]:
    synthesizer = assemble.open_synthesizer(settings, Files.of(settings))
    found = []
    for text in said:
        parts = [piece.pcm async for piece in synthesizer.synthesize(for_the_ear(text))]
        wave = resample(to_waveform(np.concatenate(parts)), SPEAKING_RATE, HEARING_RATE)
        padded = np.pad(wave, (samples(speak.LEAD_S), samples(speak.TAIL_S)))
        found.append(Clip(text, PIPER, padded))
    return found
