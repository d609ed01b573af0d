"""Sound as values. Two rates are used inside: what is heard is 16 kHz, what is spoken is 48 kHz."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

HEARING_RATE = 16_000  # Hz; silero-vad, Smart Turn and whisper all take it
SPEAKING_RATE = 48_000  # Hz; Opus' own rate, so that WebRTC does not resample again
STEP = 512  # samples at HEARING_RATE (32 ms): one step of voice detection

Pcm: TypeAlias = NDArray[np.int16]  # shape (n,), mono
Waveform: TypeAlias = NDArray[np.float32]  # shape (n,), mono, -1.0 .. 1.0


@dataclass(frozen=True)
class Speech:
    """Synthesised sound and the words it carries.

    pcm: mono at SPEAKING_RATE. text: what a caption shows; empty when an earlier piece of the same
    clause already carried it. expected: samples of this and the pieces of its sentence that are
    still to be made, about; 0 where that is not known, or was said before.
    """

    pcm: Pcm
    text: str = ""
    expected: int = 0

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SPEAKING_RATE


def to_waveform(pcm: Pcm) -> Waveform:
    return pcm.astype(np.float32) / np.float32(32768)


def to_pcm(wave: Waveform) -> Pcm:
    return (np.clip(wave, -1.0, 1.0) * 32767).astype(np.int16)


def level_db(wave: Waveform) -> float:
    """RMS in dBFS; -120 for digital silence or nothing."""
    if not len(wave):
        return -120.0
    return float(10 * np.log10(np.mean(np.square(wave, dtype=np.float64)) + 1e-12))


def samples(seconds: float, rate: int = HEARING_RATE) -> int:
    return round(seconds * rate)


class Tape:
    """The last `seconds` of what was heard, addressed by samples since the beginning."""

    def __init__(self, seconds: float, rate: int = HEARING_RATE) -> None:
        self._ring: Waveform = np.zeros(samples(seconds, rate), np.float32)
        self.end = 0  # samples written so far

    def write(self, wave: Waveform) -> None:
        places = (np.arange(len(wave)) + self.end) % len(self._ring)
        self._ring[places] = wave
        self.end += len(wave)

    def cut(self, start: int, end: int) -> Waveform:
        """Samples start..end, as much of them as there is: a copy."""
        first = max(start, self.end - len(self._ring), 0)
        places = np.arange(first, min(end, self.end)) % len(self._ring)
        return self._ring[places]
