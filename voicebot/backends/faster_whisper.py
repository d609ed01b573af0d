"""Transcription by whisper, with an encoder window that fits the utterance.

faster-whisper always encodes 30 s, of which a kiosk's utterances need a tenth. CTranslate2 takes
shorter features, so its `encode` and `generate` are called directly. Too short a window makes the
decoder repeat itself; the floor and the margin prevent most of that, and what is left is noticed
(loops.py) and tried again with a longer one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from voicebot.audio import HEARING_RATE, Waveform, level_db, samples
from voicebot.backends.forced import Encoded
from voicebot.backends.inventions import invented
from voicebot.backends.loops import echoes, find_loop
from voicebot.backends.mel import HOP, log_mel
from voicebot.errors import ModelError, SttError
from voicebot.scheduler import Cancelled, Priority, Worker
from voicebot.stages import Transcript, Waits

log = logging.getLogger(__name__)

_LONGEST_S = 30.0  # whisper's own window
_PIECE_S = 28.0  # longer utterances are cut, so that the margin still fits
_SEARCH_S = 6.0  # before the end of a piece, where its quietest point is looked for
SILENT_DB = -55.0  # loudest 100 ms in dBFS: below it there are no words
_NO_SPEECH = 0.6  # whisper's own threshold, which counts only with a low confidence
_LOW_CONFIDENCE = -1.0  # whisper's own threshold for trying again
_DOUBTFUL = -0.35  # confidence below which the words are looked for more widely, with the hint
_BEAM = 5  # transcripts that are followed then; 100 ms and more
_HINT_TOKENS = 96


@dataclass(frozen=True)
class _Attempt:
    window_s: float
    temperature: float


class FasterWhisper:
    """One CTranslate2 whisper model on one thread."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 1,
        language: str = "en",
        min_window_s: float = 8.0,
        margin_s: float = 2.0,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        hint: str = "",
    ) -> None:
        """folder: with tokenizer.json. The encoder's window is the utterance and margin_s, at least
        min_window_s. auto is CUDA where CTranslate2 sees one. hint: what customers ask for, in
        sentences: doubtful words are heard with it in mind. Raises ModelError."""
        self._min_window_s = min_window_s
        self._margin_s = margin_s
        self._hint = hint
        self._model = _load(folder, threads, device)
        self._bands = int(self._model.model.n_mels)
        self._tokens = self._model.hf_tokenizer
        self._start = self._start_tokens(language)
        self._worker = Worker("whisper", error=SttError)

    async def transcribe(
        self, utterance: Waveform, *, after: str = "", waits: Waits | None = None
    ) -> Transcript:
        """utterance at 16 kHz; whisper hears it as what follows `after`. What nobody waits for lets
        all else go first. Cancelling frees the caller; a running attempt ends by itself. Raises
        SttError."""

        def urgency() -> Priority:
            return Priority.HEARING if waits is None or waits() else Priority.SPECULATION

        return await self._worker.run(
            lambda cancelled: self._transcribe(utterance, after, cancelled), priority=urgency
        )

    def close(self) -> None:
        """Stop the thread and free the model, whose own threads must not outlive the process."""
        self._worker.close()
        self._model = None

    # ---- on the worker's thread

    def _transcribe(self, utterance: Waveform, after: str, cancelled: Cancelled) -> Transcript:
        parts: list[Transcript] = []
        for piece in pieces(utterance):
            if cancelled.cancelled():
                break
            part = self._believed(piece, after, cancelled)
            if part:
                parts.append(part)
        if not parts:
            return Transcript("")
        return replace(
            min(parts, key=lambda part: part.confidence),
            text=" ".join(part.text for part in parts),
            attempts=max(part.attempts for part in parts),
            acoustics=parts[0].acoustics if len(parts) == 1 else None,
        )

    def _believed(self, wave: Waveform, after: str, cancelled: Cancelled) -> Transcript | None:
        """What was heard, or None where it was rather made up."""
        loudest, voice_s = loudness(wave)
        if loudest < SILENT_DB:
            return None
        part = self._piece(wave, after, cancelled)
        sound = {"confidence": part.confidence, "no_speech": part.no_speech}
        if invented(part.text, **sound, level_db=loudest, voice_s=voice_s):
            return None
        return part if cancelled.cancelled() else self._expected(part)

    def _expected(self, part: Transcript) -> Transcript:
        """Heard with the hint in mind, where the words are doubtful. Out of mere noise, which is
        like no words at all, it would make up what it was told."""
        doubtful = _LOW_CONFIDENCE <= part.confidence < _DOUBTFUL
        if not (self._hint and doubtful and isinstance(part.acoustics, Encoded)):
            return part
        text = part.acoustics.hear(self._hint, _BEAM)
        found = text and not echoes(text, self._hint) and find_loop(text) is None
        return replace(part, text=text) if found else part

    def _piece(self, wave: Waveform, after: str, cancelled: Cancelled) -> Transcript:
        seconds = len(wave) / HEARING_RATE
        found: list[Transcript] = []
        for number, attempt in enumerate(self._attempts(seconds), 1):
            ended, heard = self._attempt(wave, attempt, after, cancelled)
            after = ""  # it may be what has led astray
            found.append(replace(heard, attempts=number))
            if cancelled.cancelled():
                break
            if heard.no_speech > _NO_SPEECH and heard.confidence < _LOW_CONFIDENCE:
                return Transcript("", heard.confidence, heard.no_speech, heard.window_s, number)
            if ended and (heard.confidence >= _LOW_CONFIDENCE or number > 1):
                # A low confidence is worth one more try; a third would cost a second and more.
                break
        return _best(found)

    def _attempts(self, seconds: float) -> Iterator[_Attempt]:
        window = min(_LONGEST_S, max(self._min_window_s, seconds + self._margin_s))
        yield _Attempt(window, 0.0)
        if window < _LONGEST_S:
            yield _Attempt(min(_LONGEST_S, 2 * window), 0.0)
        yield _Attempt(_LONGEST_S, 0.4)

    def _attempt(
        self, wave: Waveform, attempt: _Attempt, after: str, cancelled: Cancelled
    ) -> tuple[bool, Transcript]:
        """Whether it ended as speech does, and what was heard; nothing when nobody waits."""
        cap = 12 + round(10 * len(wave) / HEARING_RATE)  # nobody says 10 tokens a second
        try:
            encoded = self._encode(wave, attempt.window_s)
            if cancelled.cancelled():  # who went on speaking is heard again, and soon
                return True, Transcript("")
            ids, score, no_speech = self._decode(encoded, attempt, cap, after)
            text = self._text(ids)
        except Exception as exc:  # CTranslate2 raises RuntimeError and ValueError, tokenizers more
            raise SttError(f"whisper could not transcribe {len(wave)} samples: {exc}") from exc

        def hear(hint: str, beam: int = 1) -> str:
            try:
                return self._text(self._decode(encoded, attempt, cap, hint, beam=beam)[0])
            except Exception as exc:  # as above
                raise SttError(f"whisper could not hear it once more: {exc}") from exc

        model = self._model.model
        acoustics = Encoded(
            model, self._worker, encoded, self._plain, self._start, hear, text, score
        )
        heard = Transcript(text, score, no_speech, attempt.window_s, acoustics=acoustics)
        return len(ids) < cap and find_loop(text) is None, heard

    def _text(self, ids: list[int]) -> str:
        return str(self._tokens.decode(ids)).strip()

    def _encode(self, wave: Waveform, window_s: float) -> Any:
        from ctranslate2 import StorageView

        padded = np.zeros(samples(window_s) // HOP * HOP, np.float32)
        padded[: len(wave)] = wave[: len(padded)]
        features = StorageView.from_array(log_mel(padded, self._bands)[None])
        return self._model.model.encode(features)

    def _decode(
        self, encoded: Any, attempt: _Attempt, cap: int, hint: str = "", *, beam: int = 1
    ) -> tuple[list[int], float, float]:
        prompt = [*self._hint_tokens(hint), *self._start]
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=beam,
            max_length=min(448, len(prompt) + cap),
            sampling_temperature=attempt.temperature or 1.0,
            sampling_topk=0 if attempt.temperature and beam == 1 else 1,
            suppress_blank=True,
            suppress_tokens=[-1],  # the model's own list of what is never said
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        ids = [token for token in result.sequences_ids[0] if token < self._end]
        # Of CTranslate2's mean over the text to whisper's, which counts the end as well.
        confidence = result.scores[0] * len(ids) / (len(ids) + 1)
        return ids, float(confidence), float(result.no_speech_prob)

    def _start_tokens(self, language: str) -> tuple[int, ...]:
        self._end = self._token("<|endoftext|>")
        start = [self._token("<|startoftranscript|>")]
        if self._model.model.is_multilingual:
            start += [self._token(f"<|{language}|>"), self._token("<|transcribe|>")]
        return (*start, self._token("<|notimestamps|>"))

    def _hint_tokens(self, hint: str) -> list[int]:
        if not hint.strip():
            return []
        return [self._token("<|startofprev|>"), *self._plain(hint)[-_HINT_TOKENS:]]

    def _plain(self, text: str) -> list[int]:
        """As whisper writes it: a space first, no control tokens."""
        ids = self._tokens.encode(" " + text.strip(), add_special_tokens=False).ids
        plain = [token for token in ids if token < self._end]
        return plain if self._text(plain) else []

    def _token(self, name: str) -> int:
        token = self._tokens.token_to_id(name)
        if token is None:
            raise ModelError(f"this whisper model has no token {name}: check conversation.language")
        return int(token)


def pieces(utterance: Waveform) -> Iterator[Waveform]:
    """The utterance in parts of at most 28 s, cut where it is quietest."""
    longest, search, frame = samples(_PIECE_S), samples(_SEARCH_S), samples(0.1)
    while len(utterance) > longest:
        tail = utterance[longest - search : longest]
        levels = np.square(tail[: len(tail) // frame * frame].reshape(-1, frame)).mean(axis=1)
        cut = longest - search + int(levels.argmin()) * frame + frame // 2
        yield utterance[:cut]
        utterance = utterance[cut:]
    if len(utterance):
        yield utterance


def loudness(wave: Waveform) -> tuple[float, float]:
    """The level of the loudest 100 ms in dBFS, and the seconds that come within 20 dB of it."""
    frame = samples(0.1)
    if len(wave) < frame:
        return level_db(wave), len(wave) / HEARING_RATE
    frames = wave[: len(wave) // frame * frame].reshape(-1, frame)
    levels = 10 * np.log10(np.square(frames, dtype=np.float64).mean(axis=1) + 1e-12)
    loudest = float(levels.max())
    return loudest, float((levels > loudest - 20).sum()) * 0.1


def _best(found: list[Transcript]) -> Transcript:
    """The last attempt if it is no loop; else the most confident that is no certain one; else
    nothing."""
    loops = [find_loop(one.text) for one in found]
    if loops[-1] is None and found[-1].confidence >= _LOW_CONFIDENCE:
        return found[-1]
    usable = [
        one for one, loop in zip(found, loops, strict=True) if loop is None or not loop.certain
    ]
    if not usable:
        return replace(found[-1], text="")
    return replace(max(usable, key=lambda one: one.confidence), attempts=len(found))


def plain_transcribe(
    folder: Path, *, threads: int, language: str, device: str
) -> Callable[[Waveform], str]:
    """The library's own way with the same model, to measure ours against. Raises ModelError."""
    model = _load(folder, threads, device)

    def transcribe(utterance: Waveform) -> str:
        found, _ = model.transcribe(utterance, language=language)
        return " ".join(segment.text.strip() for segment in found)

    return transcribe


def _load(folder: Path, threads: int, device: str) -> Any:
    if not (folder / "tokenizer.json").is_file():
        raise ModelError(f"{folder} holds no tokenizer.json; run: voicebot models verify")
    if device == "auto" and gpus():
        try:
            return _opened(folder, threads, "cuda")
        except ModelError as exc:
            log.warning("there is a GPU, and yet whisper runs on the CPU: %s", exc)
    return _opened(folder, threads, "cpu" if device == "auto" else device)


def gpus() -> int:
    """That CTranslate2 can use."""
    import ctranslate2

    return int(ctranslate2.get_cuda_device_count())


def _opened(folder: Path, threads: int, device: str) -> Any:
    from faster_whisper import WhisperModel

    try:
        model = WhisperModel(
            str(folder),
            device=device,
            compute_type="int8" if device == "cpu" else "float16",
            cpu_threads=threads,
            num_workers=1,
            local_files_only=True,
        )
        if device == "cuda":  # cuBLAS and cuDNN are looked for only when they are first used
            model.encode(np.zeros((model.model.n_mels, 3000), np.float32))
    except (RuntimeError, ValueError, OSError) as exc:
        raise ModelError(f"cannot load whisper from {folder} for {device}: {exc}") from exc
    log.info("whisper runs on the %s", "GPU" if device == "cuda" else "CPU")
    return model
