"""A call as two tracks on one clock, and what can be measured on them afterwards.

Second 0 is when the customer's microphone starts; all positions are samples at SPEAKING_RATE.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import SPEAKING_RATE, Pcm, Waveform

FRAME = SPEAKING_RATE // 100  # 10 ms
AUDIBLE_DB = -50.0  # dBFS, RMS of 10 ms: above it the bot is heard
BRIDGE_S = 0.2  # a shorter silence is part of what is being said
CLICK_FRAMES = 1  # a single loud frame is no speech
VOICED_DB = -40.0  # below the loudest 10 ms: the voice has not begun, or has ended


class Recording:
    """One track; sound is put at positions, the rest is silence."""

    def __init__(self) -> None:
        self._data: Pcm = np.zeros(30 * SPEAKING_RATE, np.int16)
        self.end = 0

    def put(self, position: int, pcm: Pcm) -> None:
        """What lies before second 0 is left out."""
        if position < 0:
            pcm, position = pcm[-position:], 0
        end = position + len(pcm)
        if end > len(self._data):
            more = np.zeros(max(end, 2 * len(self._data)), np.int16)
            more[: self.end] = self._data[: self.end]
            self._data = more
        self._data[position:end] = pcm
        self.end = max(self.end, end)

    def between(self, start_s: float, end_s: float) -> Pcm:
        first, last = (max(0, round(s * SPEAKING_RATE)) for s in (start_s, end_s))
        return self._data[first : min(last, self.end)].copy()

    @property
    def pcm(self) -> Pcm:
        return self._data[: self.end]

    def levels_db(self) -> NDArray[np.float64]:
        """RMS of each 10 ms."""
        frames = self.pcm[: self.end // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
        return np.asarray(10 * np.log10(np.mean(np.square(frames / 32768), axis=1) + 1e-12))

    def first_audible_s(self, from_s: float) -> float:
        """The first sample over the threshold in the 10 ms from here."""
        start = round(from_s * SPEAKING_RATE)
        loud = np.abs(self._data[start : start + FRAME].astype(np.int32)) > amplitude(AUDIBLE_DB)
        return (start + int(np.argmax(loud))) / SPEAKING_RATE


class Arrivals:
    """Places frames that come over the network on the clock.

    Frames arrive late by more or less; the earliest of the last half second tells where the
    stream really is. The track moves only when that differs by more than a frame.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._leads: deque[float] = deque(maxlen=50)
        self._received = 0
        self._next: int | None = None

    def put(self, arrived_s: float, pcm: Pcm) -> None:
        self._leads.append(arrived_s * SPEAKING_RATE - self._received)
        place = int(min(self._leads)) + self._received
        if self._next is None or abs(place - self._next) > FRAME:
            self._next = place
        self._recording.put(self._next, pcm)
        self._next += len(pcm)
        self._received += len(pcm)


@dataclass(frozen=True)
class Span:
    """Seconds in which somebody was heard."""

    start_s: float
    end_s: float


def amplitude(db: float) -> float:
    return float(10 ** (db / 20) * 32768)


def spans(levels_db: NDArray[np.float64], bridge_s: float = BRIDGE_S) -> list[Span]:
    """Where it is audible, silences up to bridge_s included."""
    loud = np.concatenate([[False], levels_db > AUDIBLE_DB, [False]]).astype(np.int8)
    starts, ends = np.flatnonzero(np.diff(loud) == 1), np.flatnonzero(np.diff(loud) == -1)
    found: list[Span] = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        span = Span(start / 100, end / 100)
        if found and span.start_s - found[-1].end_s <= bridge_s + 1e-9:
            found[-1] = Span(found[-1].start_s, span.end_s)
        elif end - start > CLICK_FRAMES:
            found.append(span)
    return found


def voice_bounds(wave: Waveform) -> tuple[int, int]:
    """First and one past the last sample of the voice in speech at SPEAKING_RATE: where the energy
    of 10 ms is within VOICED_DB of the loudest. Raises ValueError where there is none."""
    power = np.concatenate([[0.0], np.cumsum(np.square(wave, dtype=np.float64))])
    starts = np.arange(0, max(1, len(wave) - FRAME), FRAME // 4)
    energy = power[np.minimum(starts + FRAME, len(wave))] - power[starts]
    if not energy.max() > 0:
        raise ValueError("there is no voice in it")
    voiced = np.flatnonzero(energy > energy.max() * 10 ** (VOICED_DB / 10))
    return int(starts[voiced[0]]), min(len(wave), int(starts[voiced[-1]]) + FRAME)
