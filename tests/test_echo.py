"""The bot's own voice, come back through a loudspeaker, a room and a microphone, and customers over
it. Bursts of noise in bands stand for speech."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from voicebot.audio import HEARING_RATE, SPEAKING_RATE, STEP, Pcm, Waveform, samples, to_pcm
from voicebot.echo import EchoGuard
from voicebot.resampling import resample

FIRST = samples(0.3)  # silence before the bot begins
LEVEL = 0.1
CUSTOMER_AT = samples(5.0)


@cache
def speech(seed: int, seconds: float = 6.0) -> Waveform:
    """Syllables of 60 to 200 ms, each with resonances of its own, and pauses between some."""
    random = np.random.default_rng(seed)
    parts = [np.zeros(FIRST)]
    while sum(map(len, parts)) < samples(seconds):
        length = int(random.uniform(0.06, 0.2) * HEARING_RATE)
        spectrum = np.zeros(length // 2 + 1)
        hertz = np.fft.rfftfreq(length, 1 / HEARING_RATE)[: len(spectrum)]
        for centre in random.uniform(200, 3500, 3):
            spectrum += np.exp(-np.square((hertz - centre) / 150))
        sound = np.fft.irfft(spectrum * np.exp(2j * np.pi * random.random(len(spectrum))), length)
        parts.append(sound / np.sqrt(np.mean(np.square(sound))) * np.hanning(length) * LEVEL * 2)
        if random.random() < 0.25:
            parts.append(np.zeros(samples(random.uniform(0.05, 0.3))))
    return np.concatenate(parts)[: samples(seconds)].astype(np.float32)


def echo(sound: Waveform, db: float, delay_s: float) -> Waveform:
    """Through a room with 0.35 s of reverberation."""
    random = np.random.default_rng(9)
    time = np.arange(samples(0.25)) / HEARING_RATE
    room = random.standard_normal(len(time)) * 10 ** (-3 * time / 0.35) * 0.25
    room[0] = 1.0
    back = np.convolve(sound, room)[: len(sound)]
    back *= 10 ** (db / 20) * np.sqrt(np.mean(np.square(sound)) / np.mean(np.square(back)))
    return np.pad(back, (samples(delay_s), 0))[: len(sound)].astype(np.float32)


def steps_taken_for_own(heard: Waveform, played: Waveform) -> list[bool]:
    """For each STEP of what is heard. What is played comes in frames of 10 ms, early or late."""
    random = np.random.default_rng(3)
    noise = random.standard_normal(len(heard)).astype(np.float32) * np.float32(10 ** (-65 / 20))
    sent: Pcm = to_pcm(resample(played, HEARING_RATE, SPEAKING_RATE))
    guard, at, found = EchoGuard(), samples(0.3, SPEAKING_RATE), []
    for start in range(0, len(heard) - STEP + 1, STEP):
        now = (start + STEP) * 3 // 480 * 480 + 480 * int(random.integers(-1, 2))
        now = max(at, min(now, len(sent)))
        found.append(guard.is_own(heard[start : start + STEP] + noise[:STEP], sent[at:now]))
        at = now
    return found


def loud(heard: Waveform) -> list[int]:
    """The steps in which something is to be heard."""
    steps = heard[: len(heard) // STEP * STEP].reshape(-1, STEP)
    return np.flatnonzero(np.sqrt(np.mean(np.square(steps), axis=1)) > 0.005).tolist()


@pytest.mark.parametrize("delay_s", [0.02, 0.18, 0.4])
@pytest.mark.parametrize("db", [-20.0, -10.0])
def test_the_bots_own_voice_is_known(db: float, delay_s: float) -> None:
    back = echo(speech(1), db, delay_s)
    own = steps_taken_for_own(back, speech(1))
    assert np.mean([own[step] for step in loud(back)]) > 0.98


@pytest.mark.parametrize("db", [-20.0, -10.0])
def test_a_customer_over_the_echo_is_heard(db: float) -> None:
    customer = np.pad(speech(2, 1.3)[FIRST:], (CUSTOMER_AT, 0))
    heard = echo(speech(1), db, 0.18)
    heard[: len(customer)] += customer[: len(heard)]
    own = steps_taken_for_own(heard, speech(1))
    first = CUSTOMER_AT // STEP
    assert np.mean(own[first + 1 : first + 9]) < 0.5


def test_where_a_browser_cancels_the_echo_nobody_is_held_back() -> None:
    customer = np.pad(speech(2, 1.3)[FIRST:] * 0.3, (samples(2.0), 0))
    heard = np.zeros_like(speech(1))
    heard[: len(customer)] += customer
    own = steps_taken_for_own(heard, speech(1))
    first = samples(2.0) // STEP
    assert not any(own[first + 1 : first + 9])


def test_while_the_bot_is_silent_nothing_is_its_own() -> None:
    guard = EchoGuard()
    nothing = np.zeros(0, np.int16)
    steps = speech(1)[: samples(3.0) // STEP * STEP].reshape(-1, STEP)
    assert not any(guard.is_own(step, nothing) for step in steps)


def test_whether_there_is_an_echo_at_all_is_known_after_a_sentence() -> None:
    played = to_pcm(resample(speech(1), HEARING_RATE, SPEAKING_RATE))
    for heard, there in ((echo(speech(1), -15.0, 0.1), True), (speech(1) * 0, False)):
        guard = EchoGuard()
        for start in range(0, len(heard) - STEP, STEP):
            guard.is_own(heard[start : start + STEP], played[start * 3 : (start + STEP) * 3])
        assert guard.present is there
