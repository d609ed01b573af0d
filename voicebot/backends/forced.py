"""What whisper has encoded already, heard once more: with a hint, or against given texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from voicebot.errors import SttError
from voicebot.scheduler import Cancelled, Priority, Worker

_LEAST = 1e-10  # of a token's probability: one that is all but impossible must not decide alone


@dataclass(frozen=True, eq=False)
class Encoded:
    """An utterance as the encoder left it, 100 kB for each second of its window. tokens: of a text
    as whisper writes it; start: what every transcript begins with; hear: decodes
    it with a hint, following so many transcripts; plain, confidence: what was heard without one."""

    model: Any  # ctranslate2.models.Whisper
    worker: Worker
    features: Any  # StorageView
    tokens: Callable[[str], list[int]]
    start: tuple[int, ...]
    hear: Callable[..., str]
    plain: str
    confidence: float

    async def again(self, hint: str) -> str:
        """The words, where the hint's are likelier; some 100 ms. Cancelling frees the caller.
        Raises SttError."""
        return await self.worker.run(lambda cancelled: self.hear(hint), priority=Priority.HEARING)

    async def score(self, texts: Sequence[str]) -> tuple[float, ...]:
        """Natural log probability of each text's tokens, as if it had been all that was said; some
        20 ms a text. Cancelling frees the caller; the text that is scored just then is finished.
        Raises SttError."""
        return await self.worker.run(
            lambda cancelled: self._scores(texts, cancelled), priority=Priority.HEARING
        )

    def _scores(self, texts: Sequence[str], cancelled: Cancelled) -> tuple[float, ...]:
        found: list[float] = []
        for text in texts:
            if cancelled.cancelled():
                break
            found.append(self._score(text))
        return tuple(found)

    def _score(self, text: str) -> float:
        ids = self.tokens(text)
        if not ids:
            raise SttError("whisper cannot score an empty text")
        frames = int(self.features.shape[1])
        try:
            [aligned] = self.model.align(self.features, list(self.start), [ids], [frames])
        except (RuntimeError, ValueError) as exc:
            raise SttError(f"whisper could not score {len(ids)} tokens: {exc}") from exc
        return float(np.log(np.maximum(aligned.text_token_probs, _LEAST)).sum())
