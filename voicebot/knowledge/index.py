"""Searching the index: by meaning and by words, in the version that is in force."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import IngestError, StageError
from voicebot.knowledge import archive, fusion, vectors, versions
from voicebot.knowledge.archive import Archive
from voicebot.knowledge.vectors import Nearest
from voicebot.scheduler import Cancelled, Worker
from voicebot.stages import Embedder, Hit

_log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0  # seconds between looks at which version is in force
# Sentences that each way of searching hands to the other. Words get more: all that is said of one
# product has its name in common.
NEAR = 32
NAMED = 64
_VIEWS = 3  # looked at for each sentence that is wanted: few have more that are near a question


class Version:
    """One version of the index, open. Searched by one thread at a time."""

    def __init__(self, folder: Path, embedder: str, dimension: int) -> None:
        """Loads what a search needs and searches once: seconds for a large index. embedder,
        dimension: of the model in force. Raises IngestError."""
        self.folder = folder
        about = versions.manifest(folder)
        if (about.embedder, about.dimension) != (embedder, dimension):
            raise IngestError(
                f"the index in {folder} was made with {about.embedder}, "
                f"the embedding model in force is {embedder}; {versions.REBUILD}"
            )
        self._vectors = vectors.mapped(folder)
        self._archive = Archive(folder)
        try:
            self._nearest = Nearest(folder)
        except IngestError:
            self._archive.close()
            raise
        try:
            rows = len(self._vectors)
            found = self._nearest.find(np.ones(dimension, np.float32), 1)
            if rows != self._archive.views or len(found) != min(rows, 1):
                raise IngestError(
                    f"the index in {folder} is damaged: its parts differ; {versions.REBUILD}"
                )
        except IngestError:
            self.close()
            raise

    def search(self, question: str, vector: NDArray[np.float32], count: int) -> list[Hit]:
        """The best sentences, each once, by the nearest of its vectors. Raises IngestError."""
        with archive.translated(self.folder):
            similarity = self._similar(vector, max(count, NEAR))
            shares = self._archive.named(question, max(count, NAMED), [*similarity])
            similarity |= self._compared(vector, [*shares.keys() - similarity])
            return self._archive.hits(fusion.fuse(similarity, shares, count))

    def close(self) -> None:
        self._nearest.close()
        self._archive.close()

    def _similar(self, vector: NDArray[np.float32], count: int) -> dict[int, float]:
        """The nearest sentences and their similarity, the nearest first."""
        rows = self._nearest.find(vector, count * _VIEWS)
        of = self._archive.sentences_of([row for row, _ in rows])
        found: dict[int, float] = {}
        for row, score in rows:
            found.setdefault(of[row], score)
        return dict(list(found.items())[:count])

    def _compared(self, vector: NDArray[np.float32], sentences: list[int]) -> dict[int, float]:
        """The similarity of sentences that were found by their words."""
        views = self._archive.views_of(sentences)
        if not views:
            return {}
        scores = self._vectors[[row for _, row in views]] @ vector
        found: dict[int, float] = {}
        for (sentence, _), score in zip(views, scores, strict=True):
            found[sentence] = max(found.get(sentence, -1.0), float(score))
        return found


class ChromaKnowledge:
    """`stages.Knowledge` over the version in force.

    Searches run on a thread of their own. Another looks, every `look_again` seconds, whether there
    is a newer version; it opens that one beside the old, so that a search waits no longer than it
    takes to put one in the other's place.
    """

    def __init__(self, folder: Path, embedder: Embedder, *, look_again: float = LOOK_AGAIN) -> None:
        self._folder = folder
        self._embedder = embedder
        self._worker = Worker("knowledge")
        self._version: Version | None = None
        self._fault: IngestError | None = None  # of a newer version than the one that is open
        self._using = threading.Lock()  # while the open version is searched, or replaced
        self._opening = threading.Lock()  # one opener at a time
        self._look_again = look_again
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    async def warm(self) -> None:
        """Open the version in force now, which takes a second or two, and not in front of a
        customer. Cancelling leaves it to the first search. Raises IngestError."""
        await self._worker.run(lambda cancelled: self._take_up())

    async def search(self, question: str, count: int = 8) -> list[Hit]:
        """Best sentences first; none where there is no index. Cancelling drops a search that has
        not begun; one that has ends within milliseconds. Raises StageError, so that a call goes on
        where the index cannot be read, and EmbeddingError."""
        if not question.strip():
            return []
        near = (await self._embedder.embed([question]))[0]
        try:
            return await self._worker.run(
                lambda cancelled: self._search(question, near, count, cancelled)
            )
        except IngestError as exc:
            raise StageError(str(exc)) from exc

    def close(self) -> None:
        """End the threads and close the index."""
        self._closed.set()
        self._worker.close()
        if self._watcher is not None:
            self._watcher.join()
        with self._opening, self._using:
            version, self._version = self._version, None
        if version is not None:
            version.close()

    def _search(
        self, question: str, vector: NDArray[np.float32], count: int, cancelled: Cancelled
    ) -> list[Hit]:
        if self._watcher is None:
            self._take_up()
        with self._using:
            if self._version is None and self._fault is not None:
                raise self._fault
            if self._version is None or cancelled.cancelled():
                return []
            return self._version.search(question, vector, count)

    def _take_up(self) -> None:
        """Open the version in force, if it is another than the one that is open, and watch from
        then on. Raises IngestError; the version that is open stays so."""
        with self._opening:
            found = versions.current(self._folder)
            fresh = self._version
            if found != (fresh and fresh.folder) and not self._closed.is_set():
                name, dimension = self._embedder.name, self._embedder.dimension
                fresh = Version(found, name, dimension) if found else None
            with self._using:
                old, self._version, self._fault = self._version, fresh, None
            if old is not None and old is not fresh:
                old.close()
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="index", daemon=True)
                self._watcher.start()

    def _watch(self) -> None:
        seen = self._version and self._version.folder
        while not self._closed.wait(self._look_again):
            try:
                found = versions.current(self._folder)
                if found != seen:
                    seen = found  # what cannot be opened is not tried again and again
                    self._take_up()
            except IngestError as exc:
                self._fault = exc
                _log.warning("the new index is not taken up: %s", exc)
