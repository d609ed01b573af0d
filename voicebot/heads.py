"""The heads of long utterances, transcribed while the customer still speaks (`dialogue/heads.py`
says where they end), and what becomes of head and tail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicebot.audio import Waveform
from voicebot.dialogue.heads import joined
from voicebot.errors import SttError
from voicebot.stages import Acoustics, Transcriber, Transcript


@dataclass(frozen=True)
class Head:
    """What was said from start, where the utterance begins, up to end."""

    start: int
    end: int
    heard: Transcript


class WholeSound:
    """The sound of an utterance that was heard in parts: heard whole when somebody asks for it,
    which is seldom, so that a name or number in it is held against the same sound as ever."""

    def __init__(
        self, transcriber: Transcriber, wave: Waveform, *, plain: str, confidence: float
    ) -> None:
        """plain, confidence: see `Acoustics`."""
        self._transcriber, self._wave = transcriber, wave
        self.plain, self.confidence = plain, confidence
        self._acoustics: Acoustics | None = None

    async def again(self, hint: str) -> str:
        """See `Acoustics`."""
        return await (await self._whole()).again(hint)

    async def score(self, texts: Sequence[str]) -> tuple[float, ...]:
        """See `Acoustics`."""
        return await (await self._whole()).score(texts)

    async def _whole(self) -> Acoustics:
        if self._acoustics is None:
            self._acoustics = (await self._transcriber.transcribe(self._wave)).acoustics
        if self._acoustics is None:
            raise SttError("the transcriber keeps no sound of this utterance")
        return self._acoustics


def both(
    head: Transcript, tail: Transcript, transcriber: Transcriber, whole: Waveform
) -> Transcript:
    """As sure as the less sure of the two; one without words counts for nothing. whole: the sound
    of both."""
    if not head.text or not tail.text:
        return head if head.text else tail
    one, other, sound = head.acoustics, tail.acoustics, None
    if one is not None and other is not None:
        sound = WholeSound(
            transcriber,
            whole,
            plain=joined(one.plain, other.plain),
            confidence=min(one.confidence, other.confidence),
        )
    return replace(
        tail,
        text=joined(head.text, tail.text),
        confidence=min(head.confidence, tail.confidence),
        no_speech=max(head.no_speech, tail.no_speech),
        attempts=max(head.attempts, tail.attempts),
        acoustics=sound,
    )
