"""The canceller that a local microphone needs: WebRTC's own, on made-up sound."""

from __future__ import annotations

import numpy as np

from voicebot.audio import SPEAKING_RATE, Pcm, samples
from voicebot.rooms.microphone import Canceller
from voicebot.rooms.recording import FRAME

DELAY = samples(0.06, SPEAKING_RATE)


def noise(seconds: float, seed: int) -> Pcm:
    """Louder and softer, as speech is."""
    length = samples(seconds, SPEAKING_RATE) // FRAME * FRAME
    swell = 0.6 + 0.4 * np.sin(np.arange(length) * 2 * np.pi * 4 / SPEAKING_RATE)
    sound = np.random.default_rng(seed).standard_normal(length) * swell * 3000
    return np.clip(sound, -32000, 32000).astype(np.int16)


def power(pcm: Pcm) -> float:
    return float(np.mean(np.square(pcm, dtype=np.float64)))


def through(canceller: Canceller, heard: Pcm, spoken: Pcm) -> Pcm:
    """The second half of what is left of `heard`."""
    left = []
    for start in range(0, len(heard), FRAME):
        left.append(canceller.heard(heard[start : start + FRAME]))
        canceller.spoken(spoken[start : start + FRAME])
    return np.concatenate(left)[len(heard) // 2 :]


def test_the_loudspeakers_echo_is_taken_out() -> None:
    spoken = noise(4.0, 1)
    echo = np.concatenate([np.zeros(DELAY, np.int16), spoken // 3])[: len(spoken)]
    left = through(Canceller(), echo, spoken)
    assert power(left) < power(echo[len(echo) // 2 :]) / 100


def test_a_customer_is_heard_while_nothing_is_spoken() -> None:
    voice = noise(2.0, 2)
    left = through(Canceller(), voice, np.zeros_like(voice))
    assert power(left) > power(voice[len(voice) // 2 :]) / 4
