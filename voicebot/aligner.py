"""A question held against sentences token by token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.knowledge.alignment import Alignment, align
from voicebot.stages import TokenEmbedder, Tokens

MOST = 1000  # sentences whose tokens are kept, some 25 KB each; the one used longest ago goes


class Aligner:
    """Shared by all conversations."""

    def __init__(self, embedder: TokenEmbedder) -> None:
        self._embedder = embedder
        self._kept: dict[str, tuple[tuple[str, ...], NDArray[np.float16]]] = {}

    async def align(self, question: str, texts: Sequence[str]) -> list[Alignment]:
        """One for each text. Some 10 ms for each that was not seen lately. Cancelling drops the
        work. Raises EmbeddingError."""
        known = {text: self._known(text) for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        asked, *read = await self._embedder.tokens([question, *new])
        known |= dict(zip(new, read, strict=True))
        for text, tokens in known.items():
            self._kept.pop(text, None)
            self._kept[text] = (tokens.texts, tokens.vectors.astype(np.float16))
        while len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        return [align(asked, known[text]) for text in texts]

    def _known(self, text: str) -> Tokens:
        texts, vectors = self._kept[text]
        return Tokens(texts, vectors.astype(np.float32))
