"""The index on disk: versions beside each other, one in force. The only importer of chromadb.

    INDEX/CURRENT           the name of the version in force, replaced in one step
    INDEX/LOCK              held by the one ingest that may write
    INDEX/versions/NAME/    manifest.json   sources with their hashes, the embedder, when built
                            sentences.jsonl vectors.npy   what the index is made of
                            chroma/         the same as Chroma searches it

Chroma must not be opened by two processes, and its files are neither written in one step nor
synced. So a version is written once, by an ingest, and from then on opened by the server alone;
the next ingest copies what did not change from sentences.jsonl and vectors.npy.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import IngestError, StageError
from voicebot.knowledge.passages import MOST_VECTORS, Sentence
from voicebot.scheduler import Cancelled, Worker
from voicebot.stages import Embedder, Hit

_log = logging.getLogger(__name__)

FORMAT = 2  # of what stands in a version; another is built anew
COLLECTION = "sentences"
LOOK_AGAIN = 1.0  # seconds between looks at CURRENT
_BATCH = 2_000  # vectors added at once; Chroma's own limit is 5,461
_REBUILD = "run: voicebot ingest --rebuild"


@dataclass(frozen=True)
class Indexed:
    """One source in the index. origin: its file, absolute; sha256: of the file's bytes."""

    name: str
    origin: str
    sha256: str
    pages: int
    sentences: int


@dataclass(frozen=True)
class Manifest:
    """built: seconds since 1970."""

    format: int
    embedder: str
    dimension: int
    built: float
    sentences: int
    sources: tuple[Indexed, ...]


def current(folder: Path) -> Path | None:
    """The folder of the version in force, None where no index is. Raises IngestError when
    CURRENT cannot be read."""
    try:
        name = (folder / "CURRENT").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        raise IngestError(f"the index in {folder} cannot be read: {exc}; {_REBUILD}") from exc
    version = folder / "versions" / Path(name).name
    return version if name else None


def manifest(version: Path) -> Manifest:
    """What a version holds. Raises IngestError, also for a version of another format."""
    try:
        data: dict[str, Any] = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
        if data["format"] == FORMAT:
            sources = tuple(Indexed(**source) for source in data.pop("sources"))
            return Manifest(**data, sources=sources)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise IngestError(f"the index in {version} is damaged: {exc}; {_REBUILD}") from exc
    raise IngestError(f"the index in {version} is of another format; {_REBUILD}")


def describe(folder: Path) -> Manifest | None:
    """What the current version holds, None where no index is; no database is opened.
    Raises IngestError."""
    version = current(folder)
    return manifest(version) if version else None


# ------------------------------------------------------------------ writing


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """The right to write the index. Raises IngestError at once where another process has it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "LOCK", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as exc:
        raise IngestError(f"the index in {folder} cannot be written: {exc.strerror}") from exc
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise IngestError(
                f"another ingest is writing the index in {folder}; wait until it has ended"
            ) from exc
        yield
    finally:
        os.close(handle)


def contents(version: Path) -> tuple[list[Sentence], NDArray[np.float32]]:
    """The sentences of a version, and the vectors of each in turn. Raises IngestError."""
    try:
        with (version / "sentences.jsonl").open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        sentences = [Sentence(**{**row, "embed": tuple(row["embed"])}) for row in rows]
        vectors: NDArray[np.float32] = np.load(version / "vectors.npy", allow_pickle=False)
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise IngestError(f"the index in {version} is damaged: {exc}; {_REBUILD}") from exc
    if len(vectors) != sum(len(sentence.embed) for sentence in sentences):
        raise IngestError(f"the index in {version} is damaged: its parts differ; {_REBUILD}")
    return sentences, vectors


def write(
    folder: Path,
    sentences: Sequence[Sentence],
    vectors: NDArray[np.float32],
    embedder: Embedder,
    sources: Sequence[Indexed],
) -> Manifest:
    """A new version, checked, then put in force. Under `exclusive`. vectors: a row for each of
    the sentences' `embed`, in order. Whatever stops it leaves the old version in force. Raises
    IngestError."""
    versions = folder / "versions"
    old = current(folder)
    built = time.time()
    name = (
        f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(built))}-{os.getpid()}-{os.urandom(3).hex()}"
    )
    about = Manifest(
        FORMAT, embedder.name, embedder.dimension, built, len(sentences), tuple(sources)
    )
    keep = {old.name if old else "", name}
    try:
        _sweep(versions, keep)
        _fill(versions / name, sentences, vectors, about)
        _put_in_force(folder, name)
    except OSError as exc:
        raise IngestError(
            f"the index in {folder} cannot be written: {exc.strerror or exc}; the old one stays"
        ) from exc
    finally:
        if current(folder) != versions / name:
            shutil.rmtree(versions / name, ignore_errors=True)
    return about


def _sweep(versions: Path, keep: set[str]) -> None:
    """Remove what killed ingests left, and versions that were replaced before the last time: the
    last one may still be open in a server that has not looked again."""
    versions.mkdir(parents=True, exist_ok=True)
    for version in versions.iterdir():
        if version.name not in keep:
            shutil.rmtree(version, ignore_errors=True)


def _fill(
    version: Path, sentences: Sequence[Sentence], vectors: NDArray[np.float32], about: Manifest
) -> None:
    version.mkdir()
    with (version / "sentences.jsonl").open("w", encoding="utf-8") as file:
        for sentence in sentences:
            file.write(json.dumps(asdict(sentence), ensure_ascii=False) + "\n")
    np.save(version / "vectors.npy", vectors, allow_pickle=False)
    (version / "manifest.json").write_text(json.dumps(asdict(about), indent=2), encoding="utf-8")
    with _translated(version), _Chroma.open(version, create=True) as chroma:
        of = [sentence for sentence in sentences for _ in sentence.embed]
        for start in range(0, len(of), _BATCH):
            part = slice(start, start + _BATCH)
            chroma.add(start, of[part], vectors[part])
        if chroma.count() != len(of):
            raise IngestError(f"the new index holds {chroma.count()} of {len(of)} vectors")
        if sentences and not chroma.query(vectors[0], 1):
            raise IngestError("the new index does not answer; the old one stays")
    for path in version.rglob("*"):
        _sync(path)
    _sync(version)


def _put_in_force(folder: Path, name: str) -> None:
    fresh = folder / "CURRENT.new"
    fresh.write_text(name + "\n", encoding="ascii")
    _sync(fresh)
    _sync(folder / "versions")
    fresh.replace(folder / "CURRENT")
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ------------------------------------------------------------------ Chroma


@contextmanager
def _translated(version: Path) -> Iterator[None]:
    """Chroma raises errors of its own, of SQLite's and plain ones of its Rust core."""
    try:
        yield
    except (IngestError, OSError):
        raise
    except Exception as exc:
        raise IngestError(f"the index in {version} fails: {exc}; {_REBUILD}") from exc


class _Chroma:
    """The collection of one version. Used by one thread at a time."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._client = client
        self._collection = collection

    @classmethod
    @contextmanager
    def open(cls, version: Path, *, create: bool = False) -> Iterator[_Chroma]:
        chroma = cls.opened(version, create=create)
        try:
            yield chroma
        finally:
            chroma.close()

    @classmethod
    def opened(cls, version: Path, *, create: bool = False) -> _Chroma:
        # Chroma's default embedder would load onnxruntime, which reports to its maker.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import chromadb
        from chromadb.config import Settings

        folder = version / "chroma"
        if not create and not folder.is_dir():  # Chroma would make an empty one
            raise IngestError(f"the index in {version} is gone; {_REBUILD}")
        client = chromadb.PersistentClient(
            str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
        )
        if create:
            collection = client.create_collection(
                COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
        else:
            collection = client.get_collection(COLLECTION, embedding_function=None)
        return cls(client, collection)

    def add(self, start: int, sentences: Sequence[Sentence], vectors: NDArray[np.float32]) -> None:
        self._collection.add(
            ids=[str(start + n) for n in range(len(sentences))],
            embeddings=vectors,
            documents=[sentence.text for sentence in sentences],
            metadatas=[
                {k: v for k, v in asdict(sentence).items() if k not in ("text", "embed")}
                for sentence in sentences
            ],
        )

    def count(self) -> int:
        return int(self._collection.count())

    def query(self, vector: NDArray[np.float32], count: int) -> list[Hit]:
        """Each sentence once, by the nearest of its vectors."""
        found = self._collection.query(
            query_embeddings=vector.reshape(1, -1),
            n_results=count * MOST_VECTORS,
            include=["documents", "metadatas", "distances"],
        )
        rows = zip(found["documents"][0], found["metadatas"][0], found["distances"][0], strict=True)
        best: dict[tuple[str, int], Hit] = {}
        for text, about, away in rows:  # nearest first
            hit = Hit(sentence=text, score=1.0 - float(away), **about)
            best.setdefault((hit.passage_id, hit.position), hit)
        return list(best.values())[:count]

    def close(self) -> None:
        self._client.close()


# ------------------------------------------------------------------ searching


class ChromaKnowledge:
    """`stages.Knowledge` over the current version; it takes up a newer one by itself.

    Chroma runs on a thread of its own. clock: seconds, monotonic.
    """

    def __init__(
        self, folder: Path, embedder: Embedder, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._embedder = embedder
        self._clock = clock
        self._worker = Worker("knowledge")
        self._version: Path | None = None
        self._chroma: _Chroma | None = None
        self._looked = float("-inf")

    async def warm(self) -> None:
        """Open the index now, which takes a second or two, and not in front of a customer.
        Cancelling leaves it to the first search. Raises IngestError."""
        await self._worker.run(self._up_to_date)

    async def search(
        self, question: str, count: int = 8, *, vector: NDArray[np.float32] | None = None
    ) -> list[Hit]:
        """Best sentences first; none where there is no index. vector: the question's, by the same
        embedder, where it is known. Cancelling drops a search that has not begun; one that has
        ends within milliseconds. Raises StageError, so that a call goes on where the index cannot
        be read, and EmbeddingError."""
        if not question.strip():
            return []
        near = (await self._embedder.embed([question]))[0] if vector is None else vector
        try:
            return await self._worker.run(lambda cancelled: self._query(near, count, cancelled))
        except IngestError as exc:
            raise StageError(str(exc)) from exc

    def close(self) -> None:
        """End the thread and close the index."""
        self._worker.close()
        self._shut()

    def _query(self, vector: NDArray[np.float32], count: int, cancelled: Cancelled) -> list[Hit]:
        self._up_to_date(cancelled)
        if self._chroma is None or self._version is None or cancelled.cancelled():
            return []
        with _translated(self._version):
            return self._chroma.query(vector, count)

    def _up_to_date(self, cancelled: Cancelled) -> None:
        """Open the current version, if it is another than the one that is open. A new one that
        cannot be opened leaves the old one in use."""
        if self._clock() - self._looked < LOOK_AGAIN:
            return
        try:
            version = current(self._folder)
            if version != self._version:
                fresh = self._opened(version) if version else None
                self._shut()
                self._version, self._chroma = version, fresh
        except IngestError as exc:
            if self._chroma is None:
                raise
            _log.warning("keeping the index that is open: %s", exc)
        self._looked = self._clock()

    def _opened(self, version: Path) -> _Chroma:
        about = manifest(version)
        if (about.embedder, about.dimension) != (self._embedder.name, self._embedder.dimension):
            raise IngestError(
                f"the index in {self._folder} was made with {about.embedder}, "
                f"the embedding model in force is {self._embedder.name}; {_REBUILD}"
            )
        with _translated(version):
            return _Chroma.opened(version)

    def _shut(self) -> None:
        if self._chroma is not None:
            with suppress(Exception):  # nothing more is wanted of it
                self._chroma.close()
        self._chroma = None
