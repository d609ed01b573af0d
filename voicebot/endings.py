"""Whether a customer's words are all that they wanted to say.

The melody of a voice tells a pause from an end badly (Smart Turn cuts in on 35% of pauses at 300 ms
of silence, eot-bench English). The words tell more: "do you match" wants another word, "do you
match the prices of other stores" does not. The embedder's last layers, fitted to this by
benchmarks/fit_endings.py, know it in milliseconds; one linear layer on what they give tells. What
customers of every shop begin with is known to be whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voicebot.dialogue import whole
from voicebot.errors import EmbeddingError
from voicebot.stages import Embedder

KNOWN = 1.5  # log-odds of what is known: a melody that speaks much against it still counts
FILE = "{}.endings.npz"  # of an embedding model's name, beside the models' manifest


class Endings:
    """Shared by all conversations. weights: one for each dimension, and the constant."""

    def __init__(self, embedder: Embedder, weights: NDArray[np.float32]) -> None:
        self._embedder, self._weights = embedder, weights

    async def odds(self, text: str) -> float | None:
        """Log-odds that these words are all; None where that cannot be known."""
        words = plain(text)
        if not words:
            return None
        if whole.is_known(text):
            return KNOWN
        try:
            vector = (await self._embedder.embed([words]))[0]
        except EmbeddingError:
            return None
        return float(vector @ self._weights[:-1] + self._weights[-1])


def plain(text: str) -> str:
    """As it was fitted: the words alone."""
    return " ".join(whole.words(text))
