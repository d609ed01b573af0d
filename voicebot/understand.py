"""From a customer's words to what is wanted: similarity first, the model where two readings stay.

Cancelling any of it drops the work; nothing here changes anything.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from voicebot.dialogue import intents, prompt
from voicebot.errors import LlmError
from voicebot.nearest import Nearest
from voicebot.stages import Embedder, Hit, Knowledge, LanguageModel


@dataclass(frozen=True)
class Understanding:
    """intent: a tool's name or one of `intents`. hits: the documents' best sentences."""

    intent: str
    hits: tuple[Hit, ...]
    scores: Mapping[str, float] = field(default_factory=dict)
    asked_model: bool = False
    ms: float = 0.0
    retrieval_ms: float = 0.0


@dataclass(frozen=True)
class _Examples:
    names: tuple[str, ...]  # the intent of each row
    vectors: NDArray[np.float32]


class Understander:
    """Shared by all conversations; `prepare` once before use."""

    def __init__(
        self,
        embedder: Embedder,
        knowledge: Knowledge,
        model: LanguageModel,
        examples: Mapping[str, Sequence[str]],
        *,
        passages: int,
        own: Collection[str] = (),
    ) -> None:
        self._embedder, self._knowledge, self._model = embedder, knowledge, model
        self._sentences = {**intents.EXAMPLES, **examples}
        self._passages, self._own = passages, own
        self.nearest = Nearest(embedder)
        self._examples: _Examples | None = None

    async def prepare(self) -> None:
        rows = [(name, text) for name, texts in self._sentences.items() for text in texts]
        vectors = await self._embedder.embed([text for _, text in rows])
        self._examples = _Examples(tuple(name for name, _ in rows), vectors)
        await self._knowledge.search(rows[0][1], self._passages)  # opens the index

    async def understand(self, text: str, possible: Sequence[str] = ()) -> Understanding:
        """What is wanted, of `possible` where any are given. Raises EmbeddingError; a model that
        fails only costs its opinion."""
        began = time.monotonic()
        vectors, (hits, retrieval_ms) = await asyncio.gather(
            self._embedder.embed([text]), self._search(text)
        )
        scores = self._similarity(vectors[0])
        passage = max((hit.score for hit in hits), default=0.0)
        possible = possible or tuple(self._sentences)
        found = intents.readings(scores, passage, possible, self._own)
        intent, asked = found.intents[0], False
        if len(found.intents) > 1:
            intent, asked = await self._ask(text, found.intents), True
        ms = (time.monotonic() - began) * 1000
        return Understanding(intent, tuple(hits), found.scores, asked, ms, retrieval_ms)

    async def search(self, text: str) -> list[Hit]:
        """The documents' best sentences. Raises EmbeddingError."""
        return (await self._search(text))[0]

    async def _search(self, text: str) -> tuple[list[Hit], float]:
        began = time.monotonic()
        hits = await self._knowledge.search(text, self._passages)
        return hits, (time.monotonic() - began) * 1000

    def _similarity(self, vector: NDArray[np.float32]) -> dict[str, float]:
        assert self._examples is not None, "prepare() first"
        best: dict[str, float] = {}
        similarities = self._examples.vectors @ vector
        for name, score in zip(self._examples.names, similarities, strict=True):
            best[name] = max(best.get(name, -1.0), float(score))
        return best

    async def _ask(self, text: str, candidates: Sequence[str]) -> str:
        words = {prompt.WORDS.get(name, name): name for name in candidates}
        request = prompt.sort(text, words)
        said = ""
        try:
            async with aclosing(self._model.generate(request)) as deltas:
                async for delta in deltas:
                    said += delta
        except LlmError:
            return candidates[0]
        return words.get(said.strip(), candidates[0])
