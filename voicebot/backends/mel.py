"""Whisper's log-mel features in numpy, for whisper itself and for Smart Turn."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import HEARING_RATE, Waveform

HOP = 160  # samples: 100 frames a second
FFT = 400  # samples

_LINEAR_HZ = 200.0 / 3  # Slaney's mel scale: linear below 1 kHz ...
_KNEE_HZ = 1000.0
_KNEE_MEL = _KNEE_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27.0  # ... logarithmic above


def log_mel(wave: Waveform, bands: int = 80) -> NDArray[np.float32]:
    """Shape (bands, len(wave) // HOP), in about -1 .. 1.5; the loudest point sets the scale.

    As whisper was trained: periodic Hann window, centred frames with reflected edges, power, the
    range cut 80 dB below the peak (openai/whisper, audio.py). wave: at least FFT samples.
    """
    padded = np.pad(wave.astype(np.float32, copy=False), FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP][: len(wave) // HOP]
    spectrum = np.fft.rfft(frames * _window(), axis=-1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    mel = np.log10(np.maximum(_filters(bands) @ power.T.astype(np.float32), 1e-10))
    scaled: NDArray[np.float32] = (np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0
    return np.ascontiguousarray(scaled, np.float32)


@lru_cache(maxsize=1)
def _window() -> NDArray[np.float32]:
    window: NDArray[np.float64] = np.hanning(FFT + 1)[:-1]
    return window.astype(np.float32)


@lru_cache(maxsize=2)
def _filters(bands: int) -> NDArray[np.float32]:
    """Triangles of equal area, shape (bands, FFT // 2 + 1)."""
    top = HEARING_RATE / 2
    top_mel = _KNEE_MEL + np.log(top / _KNEE_HZ) / _LOG_STEP
    mels = np.linspace(0.0, top_mel, bands + 2)
    edges = np.where(
        mels < _KNEE_MEL, mels * _LINEAR_HZ, _KNEE_HZ * np.exp(_LOG_STEP * (mels - _KNEE_MEL))
    )
    bins = np.linspace(0.0, top, FFT // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    filters: NDArray[np.float32] = triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return filters.astype(np.float32)
