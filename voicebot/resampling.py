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
