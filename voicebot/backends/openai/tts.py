"""Speech by a server with OpenAI's API."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np

from voicebot.audio import SPEAKING_RATE, Speech, Waveform, samples, to_pcm
from voicebot.backends.openai.server import Server
from voicebot.config import OpenAITts
from voicebot.errors import TtsError
from voicebot.events import Emit, RemoteUsed, of_this_work
from voicebot.resampling import Resampler

MILLION = 1_000_000
_SILENCE = 0.01  # of full scale, about -40 dB
_LEAD_S = 0.01  # silence left in front: the first sound comes early
_PIECE_S = 0.02  # least sound in a piece, but for the last


class OpenAISynthesizer:
    """Raw PCM, spoken as it comes."""

    def __init__(self, settings: OpenAITts, emit: Emit) -> None:
        """Raises ConfigError."""
        self._settings, self._emit = settings, emit
        self._server = Server(settings, TtsError)
        self._create = self._server.client.audio.speech.with_streaming_response.create

    async def synthesize(self, text: str, *, ahead: bool = False) -> AsyncGenerator[Speech, None]:
        """Pieces of sound as they come, the first with the text; nothing for a text without words.
        ahead changes nothing: the server has its own order. Closing it ends the request. Raises
        TtsError."""
        if not any(letter.isalnum() for letter in text):
            return
        caption = text
        async with aclosing(self._server.stream(self._sound(text))) as pieces:
            async for wave in pieces:
                yield Speech(to_pcm(wave), caption)
                caption = ""
        if caption:
            raise TtsError(f"{self._server.host} sent no sound for {len(text)} characters")

    async def aclose(self) -> None:
        await self._server.aclose()

    async def _sound(self, text: str) -> AsyncGenerator[Waveform, None]:
        """At SPEAKING_RATE, without the silence in front."""
        fields = {
            "model": self._settings.model,
            "voice": self._settings.voice,
            "input": text,
            "response_format": "pcm",
            "speed": self._settings.speed,
        }
        rate, held = self._settings.sample_rate, b""
        resampler, begun = Resampler(rate, SPEAKING_RATE), False
        async with self._create(**self._server.fields(fields)) as answer:
            self._refuse_other(answer.headers.get("content-type", ""))
            self._count(text)
            async for received in answer.iter_bytes():
                held += received
                if len(held) < 2 * samples(_PIECE_S, rate):
                    continue
                wave, held = _decoded(held)
                wave = wave if begun else _without_lead(wave, rate)
                begun = begun or len(wave) > 0
                if len(ready := resampler.push(wave)):
                    yield ready
        wave, _ = _decoded(held)
        if len(ready := resampler.push(wave if begun else _without_lead(wave, rate), last=True)):
            yield ready

    def _refuse_other(self, kind: str) -> None:
        """What is certainly no PCM: played, it would be a loud noise."""
        if kind.startswith(("text/", "application/json")) or "mpeg" in kind or "ogg" in kind:
            raise TtsError(f"{self._server.host} sent {kind.partition(';')[0]} instead of PCM")

    def _count(self, text: str) -> None:
        cost = len(text) * self._settings.price_characters / MILLION
        used = RemoteUsed(stage="tts", host=self._server.host, characters=len(text), cost=cost)
        self._emit(of_this_work(used))


def _decoded(received: bytes) -> tuple[Waveform, bytes]:
    """Whole samples of 16-bit little-endian PCM, and the odd byte behind them."""
    whole = len(received) // 2 * 2
    wave = np.frombuffer(received[:whole], "<i2").astype(np.float32) / np.float32(32768)
    return wave, received[whole:]


def _without_lead(wave: Waveform, rate: int) -> Waveform:
    loud = np.flatnonzero(np.abs(wave) > _SILENCE)
    return wave[max(0, int(loud[0]) - samples(_LEAD_S, rate)) :] if len(loud) else wave[:0]
