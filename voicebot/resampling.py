"""Sample rate conversion. The only importer of soxr."""

from __future__ import annotations

import numpy as np

from voicebot.audio import Waveform


def resample(wave: Waveform, source: int, target: int) -> Waveform:
    """A whole sound from one rate in Hz to another."""
    if source == target or not len(wave):
        return wave
    import soxr

    converted: Waveform = soxr.resample(wave.astype(np.float32, copy=False), source, target, "MQ")
    return converted


class Resampler:
    """The same for a sound that comes in pieces."""

    def __init__(self, source: int, target: int) -> None:
        import soxr

        self._stream = soxr.ResampleStream(source, target, 1, "float32", "MQ")

    def push(self, wave: Waveform, *, last: bool = False) -> Waveform:
        """What is ready of all that came so far; last: the rest."""
        converted: Waveform = self._stream.resample_chunk(wave, last=last)
        return converted
