"""Speech by Piper, a clause at a time, at 48 kHz."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np

from voicebot.audio import SPEAKING_RATE, Speech, Waveform, samples, to_pcm
from voicebot.backends.onnx_session import open_session
from voicebot.errors import ModelError, TtsError
from voicebot.resampling import resample
from voicebot.scheduler import SPEAKING_NICENESS, Cancelled, Priority, Worker

_LEAD_S = 0.01  # silence left in front: the first sound comes early
_TAIL_S = 0.12  # silence behind a clause: that between two of them
_SILENCE = 0.01  # of full scale, about -40 dB; the voices' own noise lies below
_LEVEL = 0.11  # RMS of the voiced parts, about -19 dBFS, the same for every clause
_MOST_GAIN = 4.0
_PEAK = 0.97


class PiperSynthesizer:
    """One voice on one thread."""

    def __init__(self, voice: Path, *, speed: float = 1.1, threads: int = 2) -> None:
        """voice: the .onnx file, its .json beside it. speed: 1 is the voice's own. Raises
        ModelError."""
        from piper import PiperVoice, SynthesisConfig
        from piper.config import PiperConfig

        # At DEBUG it writes what is said.
        logging.getLogger("piper").setLevel(logging.WARNING)
        try:
            config = PiperConfig.from_dict(
                json.loads(voice.with_name(f"{voice.name}.json").read_text("utf-8"))
            )
        except (OSError, ValueError, KeyError) as exc:
            raise ModelError(
                f"cannot read {voice}.json: {exc}; run: voicebot models verify"
            ) from exc
        self._voice: Any = PiperVoice(session=open_session(voice, threads=threads), config=config)
        # Its own normalisation would make a short "Yes." as loud as the loudest word of all.
        self._how = SynthesisConfig(length_scale=config.length_scale / speed, normalize_audio=False)
        self._worker = Worker("piper", error=TtsError, niceness=SPEAKING_NICENESS)

    async def synthesize(self, text: str, *, ahead: bool = False) -> AsyncGenerator[Speech, None]:
        """One piece for each sentence of the text, the first with the text; nothing for a text
        without words. Closing it stops between two sentences. Raises TtsError."""
        priority = Priority.SPECULATION if ahead else Priority.SPEAKING
        pieces = self._worker.stream(
            lambda cancelled: self._speak(text, cancelled), priority=priority
        )
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    def close(self) -> None:
        self._worker.close()

    # ---- on the worker's thread

    def _speak(self, text: str, cancelled: Cancelled) -> Iterator[Speech]:
        caption = text
        try:
            for chunk in self._voice.synthesize(speakable(text), self._how):
                if cancelled.cancelled():
                    return
                wave = shape(chunk.audio_float_array, chunk.sample_rate)
                if len(wave):
                    pcm = to_pcm(resample(wave, chunk.sample_rate, SPEAKING_RATE))
                    yield Speech(pcm, caption)
                    caption = ""
        except Exception as exc:  # espeak-ng and onnxruntime share no base below Exception
            raise TtsError(f"piper could not say {len(text)} characters: {exc}") from exc


def speakable(text: str) -> str:
    """text without the brackets by which Piper takes raw phonemes, and on one line."""
    while "[[" in text or "]]" in text:
        text = text.replace("[[", "[").replace("]]", "]")
    return " ".join(text.split())


def shape(wave: Waveform, rate: int) -> Waveform:
    """Even loudness, next to no silence in front, an even pause behind. Empty if all is silent."""
    loud = np.flatnonzero(np.abs(wave) > _SILENCE)
    if not len(loud):
        return wave[:0]
    first = max(0, int(loud[0]) - samples(_LEAD_S, rate))
    voiced = wave[first : int(loud[-1]) + 1]
    level = float(np.sqrt(np.mean(np.square(voiced[np.abs(voiced) > _SILENCE]))))
    gain = min(_MOST_GAIN, _LEVEL / level, _PEAK / float(np.abs(voiced).max()))
    tail = np.zeros(samples(_TAIL_S, rate), np.float32)
    rest = wave[int(loud[-1]) + 1 :][: len(tail)]
    tail[: len(rest)] = rest * np.linspace(1.0, 0.0, len(rest), dtype=np.float32)
    return np.concatenate([voiced, tail]) * np.float32(gain)
