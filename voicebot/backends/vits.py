"""A VITS voice in two halves, so that its first sound comes before its last is made.

A voice is one graph: the first half makes, of phonemes, a frame of features for each 256 samples or
so; the second, most of the work, makes the sound of them. The second is convolutions all the way:
a frame's sound depends on no frame further away than CONTEXT, so that pieces of the frames with so
many on either side give the same samples as the whole. (Kong et al. 2020, HiFi-GAN; Kim et al.
2021, VITS.)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import Waveform
from voicebot.backends.onnx_session import open_session
from voicebot.backends.vits_halves import halves

CONTEXT = 14  # frames on either side; from 12 on the samples are the same
# Frames of the first piece, of the second and so on, and of all that follow: short, that it sounds
# soon, then longer, since each costs its context, and the one before it plays meanwhile.
PIECES = (32, 96, 288)
REST = 48  # frames that are no piece of their own


class VitsVoice:
    """One voice. A graph that cannot be parted makes its sound in one piece. May be used from one
    thread at a time."""

    def __init__(self, model: Path, *, kept: Path, threads: int = 1) -> None:
        """kept: where halves are kept from one start to the next. Raises ModelError."""
        parts, name = halves(model, kept), str(model)
        self._first = open_session(parts.encoder, threads=threads, name=name)
        self._decoder = (
            open_session(parts.decoder, threads=threads, name=name) if parts.decoder else None
        )
        self._between = parts.between

    def speak(self, inputs: dict[str, NDArray[Any]]) -> Iterator[tuple[Waveform, int]]:
        """The sound of one sentence in pieces, each with the samples of the whole sentence. inputs:
        as the voice's own graph takes them."""
        features, *others = self._first.run(None, inputs)
        if not self._decoder:
            wave = _flat(features)
            yield wave, len(wave)
            return
        given = dict(zip(self._between[1:], others, strict=True))
        frames = features.shape[2]
        for first, last in spans(frames):
            begin, end = max(0, first - CONTEXT), min(frames, last + CONTEXT)
            part = {self._between[0]: features[:, :, begin:end], **given}
            wave = _flat(self._decoder.run(None, part)[0])
            hop = len(wave) // (end - begin)
            yield wave[(first - begin) * hop : (last - begin) * hop], frames * hop


def _flat(wave: NDArray[Any]) -> Waveform:
    return np.asarray(wave, np.float32).reshape(-1)


def spans(frames: int) -> Iterator[tuple[int, int]]:
    """From where to where each piece goes."""
    first = place = 0
    while first < frames:
        length = PIECES[min(place, len(PIECES) - 1)]
        last = first + length if frames - first - length > REST else frames
        yield first, last
        first, place = last, place + 1
