"""Goods found by what is meant, where no word of the catalogue was said: "counting my steps" for a
pedometer. Cancelling drops the work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.stages import Embedder

MOST = 1000  # goods; a larger catalogue is found by its words alone. Some 3 ms each, once
LIKE = 0.33  # similarity of the words to a product's description, from which it may be meant
LEAD = 0.1  # of the product over the next one: what is like many is like none


class Nearest:
    """Shared by all conversations. Keeps the vectors of at most MOST texts; where they are more,
    those of goods that were not asked for again are made anew."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}

    async def find(self, text: str, goods: Sequence[str]) -> int | None:
        """Which of the goods is meant, each given by its name and description; None where that is
        not sure. Raises EmbeddingError."""
        if not 0 < len(goods) <= MOST:
            return None
        await self.learn(goods)
        asked = (await self._embedder.embed([text]))[0]
        likeness = np.stack([self._known[good] for good in goods]) @ asked
        best = int(likeness.argmax())
        others = np.delete(likeness, best)
        clear = not others.size or likeness[best] - others.max() >= LEAD
        return best if likeness[best] >= LIKE and clear else None

    async def learn(self, goods: Sequence[str]) -> None:
        """Raises EmbeddingError."""
        new = [good for good in dict.fromkeys(goods) if good not in self._known]
        if not new or len(goods) > MOST:
            return
        vectors = await self._embedder.embed(new)
        if len(self._known) + len(new) > MOST:
            self._known = {good: self._known[good] for good in goods if good in self._known}
        self._known |= dict(zip(new, vectors, strict=True))
