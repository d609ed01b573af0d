"""The small profile's models, each loaded once. `voicebot models pull` fetches them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from voicebot.audio import HEARING_RATE, SPEAKING_RATE, Speech, Waveform, samples, to_waveform
from voicebot.backends.faster_whisper import FasterWhisper
from voicebot.backends.llama_cpp import LlamaCpp
from voicebot.backends.piper import PiperSynthesizer
from voicebot.backends.sentence_transformers import OnnxEmbedder
from voicebot.backends.silero import SileroDetector
from voicebot.backends.smart_turn import SmartTurn
from voicebot.dialogue import phrases
from voicebot.models import models_dir
from voicebot.models.places import voices_dir
from voicebot.resampling import resample

QWEN = "qwen2.5-coder-0.5b-instruct-q4_k_m"


def model_path(*parts: str) -> Path:
    return models_dir().joinpath(*parts)


@pytest.fixture(scope="session")
def llama() -> Iterator[LlamaCpp]:
    model = LlamaCpp(model_path(QWEN, f"{QWEN}.gguf"), context=512)
    yield model
    model.close()


@pytest.fixture(scope="session")
def whisper() -> Iterator[FasterWhisper]:
    model = FasterWhisper(model_path("whisper-base"), hint=phrases.LIKELY_SENTENCES)
    yield model
    model.close()


@pytest.fixture(scope="session")
def piper() -> Iterator[PiperSynthesizer]:
    model = PiperSynthesizer(
        model_path("en_US-joe-medium", "en_US-joe-medium.onnx"), kept=voices_dir()
    )
    yield model
    model.close()


@pytest.fixture(scope="session")
def smart_turn() -> Iterator[SmartTurn]:
    model = SmartTurn(model_path("smart-turn-v3.2", "smart-turn-v3.2-cpu.onnx"))
    yield model
    model.close()


@pytest.fixture(scope="session")
def embedder() -> Iterator[OnnxEmbedder]:
    model = OnnxEmbedder(model_path("all-MiniLM-L6-v2"))
    yield model
    model.close()


@pytest.fixture(scope="session")
def silero() -> SileroDetector:
    return SileroDetector(model_path("silero-vad-6.2.3", "silero_vad.onnx"))


class Voice:
    """Sentences as a customer's microphone hears them, the same at every run: Piper's noise, drawn
    anew for each sentence, now and then makes one that whisper mishears."""

    def __init__(self, piper: PiperSynthesizer) -> None:
        self._piper = piper
        piper._scales = (0.0, piper._scales[1], 0.0)
        self._said: dict[str, Waveform] = {}

    def __call__(self, text: str) -> Waveform:
        """At 16 kHz."""
        if text not in self._said:
            spoken = asyncio.run(collect(self._piper.synthesize(text)))
            pcm = np.concatenate([piece.pcm for piece in spoken])
            self._said[text] = resample(to_waveform(pcm), SPEAKING_RATE, HEARING_RATE)
        return self._said[text]


@pytest.fixture(scope="session")
def voice() -> Iterator[Voice]:
    model = PiperSynthesizer(
        model_path("en_US-joe-medium", "en_US-joe-medium.onnx"), kept=voices_dir()
    )
    yield Voice(model)
    model.close()


async def collect(pieces: AsyncIterator[Speech]) -> list[Speech]:
    return [piece async for piece in pieces]


def silence(seconds: float) -> Waveform:
    return np.zeros(samples(seconds), np.float32)


def noise(seconds: float, level: float, seed: int = 0) -> Waveform:
    """White noise of that RMS."""
    random = np.random.default_rng(seed)
    return (random.standard_normal(samples(seconds)) * level).astype(np.float32)
