"""Transcription by a server with OpenAI's API."""

from __future__ import annotations

import io
import wave
from typing import Any

from voicebot.audio import HEARING_RATE, Waveform, to_pcm
from voicebot.backends.faster_whisper import SILENT_DB, loudness
from voicebot.backends.inventions import invented
from voicebot.backends.openai.server import Server
from voicebot.config import OpenAIStt
from voicebot.errors import SttError
from voicebot.events import Emit, RemoteUsed, of_this_work
from voicebot.stages import Transcript, Waits


class OpenAITranscriber:
    """whisper-1 and its like tell how sure they are; the newer models take and give plain text."""

    def __init__(self, settings: OpenAIStt, emit: Emit, *, language: str = "en") -> None:
        """Raises ConfigError."""
        self._settings, self._emit, self._language = settings, emit, language
        self._server = Server(settings, SttError)
        self._create = self._server.client.audio.transcriptions.create
        self._verbose = "whisper" in settings.model.lower()

    async def transcribe(
        self, utterance: Waveform, *, after: str = "", waits: Waits | None = None
    ) -> Transcript:
        """utterance at 16 kHz, sent at once in any case; silence is not sent. after: told behind
        the prompt. Cancelling ends the request. Raises SttError."""
        loudest, voice_s = loudness(utterance)
        if loudest < SILENT_DB:
            return Transcript("")
        heard = await self._server.value(self._asked(utterance, after))
        sound = {"confidence": heard.confidence, "no_speech": heard.no_speech}
        if invented(heard.text, **sound, level_db=loudest, voice_s=voice_s):
            return Transcript("", heard.confidence, heard.no_speech)
        return heard

    async def aclose(self) -> None:
        await self._server.aclose()

    async def _asked(self, utterance: Waveform, after: str) -> Transcript:
        fields: dict[str, Any] = {
            "model": self._settings.model,
            "file": ("speech.wav", as_wav(utterance), "audio/wav"),
            "language": self._language,
            "response_format": "verbose_json" if self._verbose else "json",
            "temperature": 0.0,
        }
        if prompt := f"{self._settings.prompt} {after}".strip():
            fields["prompt"] = prompt
        answer = await self._create(**self._server.fields(fields))
        self._count(len(utterance) / HEARING_RATE)
        return read(answer)

    def _count(self, seconds: float) -> None:
        cost = seconds / 60 * self._settings.price_minute
        used = RemoteUsed(stage="stt", host=self._server.host, seconds=seconds, cost=cost)
        self._emit(of_this_work(used))


def as_wav(utterance: Waveform) -> bytes:
    """16-bit mono at 16 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(HEARING_RATE)
        writer.writeframes(to_pcm(utterance).tobytes())
    return file.getvalue()


def read(answer: Any) -> Transcript:
    """The text, and how sure the server is where it tells: by segments, or by tokens."""
    if not isinstance(answer.text, str):
        raise TypeError("no text")
    segments = getattr(answer, "segments", None) or ()
    sure = [one.avg_logprob for one in segments if isinstance(one.avg_logprob, float)]
    silent = [one.no_speech_prob for one in segments if isinstance(one.no_speech_prob, float)]
    return Transcript(answer.text.strip(), min(sure, default=0.0), min(silent, default=0.0))
