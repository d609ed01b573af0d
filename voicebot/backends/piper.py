"""Speech by Piper, at 48 kHz: heard from its first third of a second on, while the rest is made."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import SPEAKING_RATE, Speech, Waveform, samples, to_pcm
from voicebot.backends.vits import VitsVoice
from voicebot.errors import ModelError, TtsError
from voicebot.resampling import Resampler
from voicebot.scheduler import SPEAKING_NICENESS, Cancelled, Priority, Worker

_LEAD_S = 0.01  # silence left in front: the first sound comes early
_TAIL_S = 0.12  # silence behind a clause: that between two of them
_SILENCE = 0.01  # of full scale, about -40 dB; the voices' own noise lies below
_LEVEL = 0.11  # RMS of the voiced parts, about -19 dBFS, the same for every clause
_MOST_GAIN = 4.0
_PEAK = 0.97
_KNOWN_S, _MEMORY_S = 2.0, 60.0  # of voice, from which its usual level is taken


class PiperSynthesizer:
    """One voice on one thread."""

    def __init__(self, voice: Path, *, kept: Path, speed: float = 1.1, threads: int = 2) -> None:
        """voice: the .onnx file, its .json beside it. kept: a folder for what is made of voices.
        speed: 1 is the voice's own. Raises ModelError."""
        from piper import PiperVoice
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
        self._rate = config.sample_rate
        # How the sound is made; how long; how the lengths of the phonemes vary.
        self._scales = (config.noise_scale, config.length_scale / speed, config.noise_w_scale)
        self._speaker = config.default_speaker_id if config.num_speakers > 1 else None
        self._phonemes = PiperVoice(session=None, config=config)
        self._voice = VitsVoice(voice, kept=kept, threads=threads)
        self._level = UsualLevel(config.sample_rate)
        self._worker = Worker("piper", error=TtsError, niceness=SPEAKING_NICENESS)

    async def synthesize(self, text: str, *, ahead: bool = False) -> AsyncGenerator[Speech, None]:
        """Pieces as they are made, the first with the text; nothing for a text without words.
        Closing it stops between two pieces. Raises TtsError."""
        priority = Priority.SPECULATION if ahead else Priority.SPEAKING
        pieces = self._worker.stream(
            lambda cancelled: self._speak(text, cancelled),
            priority=priority,
            # While the first piece sounds, another customer's first may be made.
            after_first=max(priority, Priority.THINKING),
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
            for phonemes in filter(None, self._phonemes.phonemize(speakable(text))):
                for piece in self._sentence(self._phonemes.phonemes_to_ids(phonemes)):
                    if cancelled.cancelled():
                        return
                    yield replace(piece, text=caption)
                    caption = ""
        except Exception as exc:  # espeak-ng and onnxruntime share no base below Exception
            raise TtsError(f"piper could not say {len(text)} characters: {exc}") from exc

    def _sentence(self, phonemes: Sequence[int]) -> Iterator[Speech]:
        """The first piece says how long all of them are. How loud a sentence is, is known at its
        end: until then it is taken for as loud as the voice usually is."""
        resampler = Resampler(self._rate, SPEAKING_RATE)
        made: list[Waveform] = []
        shaper: Shaper | None = None
        expected = 0
        for wave, length in self._voice.speak(self._inputs(phonemes)):
            made.append(wave)
            if self._level.usual is None or len(wave) == length:
                continue
            if shaper is None:
                shaper = Shaper(self._rate, self._level.usual)
                expected = round(length * SPEAKING_RATE / self._rate)
            if len(ready := resampler.push(shaper.push(wave))):
                yield Speech(to_pcm(ready), expected=expected)
                expected = 0
        whole = np.concatenate(made)
        level = self._level.learn(whole)
        if shaper is None:
            shaper = Shaper(self._rate, level)
            rest = np.concatenate([shaper.push(whole), shaper.close()])
        else:
            rest = shaper.close()
        if len(ready := resampler.push(rest, last=True)):
            yield Speech(to_pcm(ready), expected=expected)

    def _inputs(self, phonemes: Sequence[int]) -> dict[str, NDArray[Any]]:
        inputs: dict[str, NDArray[Any]] = {
            "input": np.array([phonemes], np.int64),
            "input_lengths": np.array([len(phonemes)], np.int64),
            "scales": np.array(self._scales, np.float32),
        }
        if self._speaker is not None:
            inputs["sid"] = np.array([self._speaker], np.int64)
        return inputs


def speakable(text: str) -> str:
    """text without the brackets by which Piper takes raw phonemes, and on one line."""
    while "[[" in text or "]]" in text:
        text = text.replace("[[", "[").replace("]]", "]")
    return " ".join(text.split())


class UsualLevel:
    """How loud a voice's sentences are before they are made equally loud: RMS of what was voiced
    in the last minute or so of it."""

    def __init__(self, rate: int) -> None:
        self._known, self._most = samples(_KNOWN_S, rate), samples(_MEMORY_S, rate)
        self._power, self._voiced = 0.0, 0.0  # summed squares; samples

    @property
    def usual(self) -> float | None:
        """None as long as too little was heard."""
        if self._voiced < self._known:
            return None
        return float(np.sqrt(self._power / self._voiced))

    def learn(self, wave: Waveform) -> float:
        """A whole sentence; returns its own level, 0 if all is silent."""
        voiced = wave[np.abs(wave) > _SILENCE]
        if not len(voiced):
            return 0.0
        power = float(np.sum(np.square(voiced)))
        self._power, self._voiced = self._power + power, self._voiced + len(voiced)
        fades = min(1.0, self._most / self._voiced)
        self._power, self._voiced = self._power * fades, self._voiced * fades
        return float(np.sqrt(power / len(voiced)))


class Shaper:
    """One sentence as it comes: even loudness, next to no silence in front, an even pause
    behind."""

    def __init__(self, rate: int, level: float) -> None:
        """level: RMS of its voiced parts."""
        self._gain = np.float32(min(_MOST_GAIN, _LEVEL / level) if level else 1.0)
        self._lead, self._tail = samples(_LEAD_S, rate), samples(_TAIL_S, rate)
        self._held: Waveform = np.zeros(0, np.float32)  # silence so far: the end, or a pause
        self._begun = False

    def push(self, wave: Waveform) -> Waveform:
        """What is sure to be heard of it, and of what was held."""
        wave = np.concatenate([self._held, wave])
        loud = np.flatnonzero(np.abs(wave) > _SILENCE)
        if not len(loud):
            self._held = wave if self._begun else wave[max(0, len(wave) - self._lead) :]
            return wave[:0]
        first = 0 if self._begun else max(0, int(loud[0]) - self._lead)
        last = int(loud[-1]) + 1
        self._begun, self._held = True, wave[last:]
        even: Waveform = np.clip(wave[first:last] * self._gain, -_PEAK, _PEAK)
        return even

    def close(self) -> Waveform:
        """The pause."""
        if not self._begun:
            return self._held[:0]
        tail: Waveform = np.zeros(self._tail, np.float32)
        rest = self._held[: len(tail)]
        tail[: len(rest)] = rest * np.linspace(1.0, 0.0, len(rest), dtype=np.float32)
        return tail * self._gain
