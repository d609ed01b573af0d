import asyncio

import numpy as np
import pytest

from tests.backends.conftest import Voice, noise, silence
from voicebot.audio import STEP, Waveform
from voicebot.backends.silero import SileroDetector, SileroStream


def probabilities(stream: SileroStream, wave: Waveform) -> list[float]:
    steps = len(wave) // STEP
    return [stream.probability(wave[i * STEP : (i + 1) * STEP]) for i in range(steps)]


@pytest.mark.models
async def test_speech_is_told_from_noise(silero: SileroDetector, voice: Voice) -> None:
    said = await asyncio.to_thread(voice, "I would like to return my headphones.")
    assert np.median(probabilities(silero.stream(), said)) > 0.9
    assert max(probabilities(silero.stream(), noise(2.0, 0.05))) < 0.5
    assert max(probabilities(silero.stream(), silence(1.0))) < 0.1


@pytest.mark.models
async def test_streams_do_not_hear_each_other(silero: SileroDetector, voice: Voice) -> None:
    said = await asyncio.to_thread(voice, "Where is my order?")
    alone = probabilities(silero.stream(), said)
    first, second = silero.stream(), silero.stream()
    together = []
    for start in range(0, len(said) // STEP * STEP, STEP):
        together.append(first.probability(said[start : start + STEP]))
        second.probability(noise(1.0, 0.1)[:STEP])
    assert together == alone
    first.reset()
    assert probabilities(first, said) == alone


@pytest.mark.models
def test_another_length_is_refused(silero: SileroDetector) -> None:
    with pytest.raises(ValueError, match="512 samples, not 160"):
        silero.stream().probability(np.zeros(160, np.float32))
