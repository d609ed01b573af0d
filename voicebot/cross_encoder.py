"""How likely a sentence of the documents answers a question, from both read together.

Two vectors, made apart, tell what a question and a sentence are about; that "before noon" speaks of
another day than the one asked for shows only where each word of the one sees the words of the
other (a cross-encoder, Nogueira and Cho 2019). The embedder's layers, fitted to this by
benchmarks/fit_verdicts.py, give a vector for the pair; one linear layer on it tells. It costs a
whole run of the model for every pair, so it reads only what similarity and keywords have found.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import EmbeddingError
from voicebot.stages import Embedder

FILE = "{}.verdict-head.npz"  # of an embedding model's name, beside the models' manifest
_BETWEEN = " [SEP] "  # the model's own token between two texts


class CrossEncoder:
    """Shared by all conversations. weights: one for each dimension, and the constant."""

    def __init__(self, embedder: Embedder, weights: NDArray[np.float32]) -> None:
        self._embedder, self._weights = embedder, weights

    async def log_odds(self, question: str, texts: Sequence[str]) -> list[float]:
        """For each text, that it answers the question; nothing where that cannot be known.
        Cancelling frees the caller; a running batch ends by itself."""
        try:
            vectors = await self._embedder.embed([f"{question}{_BETWEEN}{text}" for text in texts])
        except EmbeddingError:
            return []
        odds: list[float] = (vectors @ self._weights[:-1] + self._weights[-1]).tolist()
        return odds
