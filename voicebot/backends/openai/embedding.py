"""Sentence vectors of a server with OpenAI's API."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.backends.openai.server import Server
from voicebot.config import OpenAIEmbedding
from voicebot.errors import EmbeddingError
from voicebot.events import Emit, RemoteUsed, of_this_work

BATCH = 128  # texts a request; the API takes 2,048, but the time limit is for a short answer
MILLION = 1_000_000


class OpenAIEmbedder:
    """Its name is that of the model, with which an index is made and read."""

    def __init__(self, settings: OpenAIEmbedding, emit: Emit) -> None:
        """Raises ConfigError."""
        self._settings, self._emit = settings, emit
        self._server = Server(settings, EmbeddingError)
        self._create = self._server.client.embeddings.create
        self.name, self.dimension = settings.model, settings.dimensions

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension). Cancelling ends the request. Raises
        EmbeddingError."""
        parts = [np.zeros((0, self.dimension), np.float32)]
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            parts.append(await self._server.value(self._embedded(batch)))
        return np.concatenate(parts)

    async def aclose(self) -> None:
        await self._server.aclose()

    async def _embedded(self, texts: list[str]) -> NDArray[np.float32]:
        fields = {
            "model": self._settings.model,
            "input": texts,
            "dimensions": self.dimension,
            "encoding_format": "float",
        }
        answer = await self._create(**self._server.fields(fields))
        if answer.usage:
            sent = int(answer.usage.prompt_tokens or 0)
            cost = sent * self._settings.price_in / MILLION
            used = RemoteUsed(stage="embedding", host=self._server.host, tokens_in=sent, cost=cost)
            self._emit(of_this_work(used))
        rows = [row.embedding for row in sorted(answer.data, key=lambda row: row.index)]
        vectors = np.array(rows, np.float32)
        if vectors.shape != (len(texts), self.dimension):
            raise EmbeddingError(
                f"{self._server.host} sent vectors of shape {vectors.shape}, not "
                f"{(len(texts), self.dimension)}: check embedding.openai.dimensions"
            )
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
