"""The vectors of a version: in a file, and as Chroma searches them. The only importer of chromadb.

Chroma writes to its database when it opens it, and two processes that open one can hang each other.
What it keeps there is small once its queue is empty; the graph with the vectors is only read. So a
reader opens a copy of the database of its own, beside a link to the graph.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import IngestError
from voicebot.knowledge.versions import REBUILD

COLLECTION = "sentences"
# HNSW. Of the exact search's best 8 among 205,000 vectors it finds, with EF_SEARCH 200, 400, 800
# and 1,600: 97.7, 98.8, 99.5 and 99.6%, in 3, 3, 4 and 7 ms; an exact product takes 47 ms.
NEIGHBOURS = 16
EF_BUILD = 100
EF_SEARCH = 800
# Vectors that wait in Chroma's queue, in memory too, before the graph takes them in and is saved.
_PART = 50_000
_BATCH = 5_000  # vectors added at once; Chroma's own limit is 5,461
_DATABASE = "chroma.sqlite3"
_PREFIX = "voicebot-index-"


@contextmanager
def translated(where: Path) -> Iterator[None]:
    """Chroma raises errors of its own, of SQLite's and plain ones of its Rust core."""
    try:
        yield
    except (IngestError, OSError):
        raise
    except Exception as exc:
        raise IngestError(f"the index in {where} fails: {exc}; {REBUILD}") from exc


def _client(folder: Path) -> Any:
    # Chroma's default embedder would load onnxruntime, which reports to its maker.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False, allow_reset=False)
    return chromadb.PersistentClient(str(folder), settings=settings)


# ------------------------------------------------------------------ the file


def create(version: Path, rows: int, dimension: int) -> NDArray[np.float32]:
    """A new file of so many vectors, mapped into memory and to be filled. Raises OSError also
    where the disk has no room for it: a mapped file that finds none ends the process."""
    path = version / "vectors.npy"
    made = np.lib.format.open_memmap(path, "w+", np.float32, (rows, dimension))
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return made


def mapped(version: Path) -> NDArray[np.float32]:
    """A version's vectors, mapped and read-only. Raises IngestError."""
    try:
        found: NDArray[np.float32] = np.load(
            version / "vectors.npy", mmap_mode="r", allow_pickle=False
        )
    except (OSError, ValueError) as exc:
        raise IngestError(f"the index in {version} is damaged: {exc}; {REBUILD}") from exc
    return found


# ------------------------------------------------------------------ Chroma


def build(version: Path, vectors: NDArray[np.float32]) -> None:
    """Put all vectors into Chroma, by the numbers of their rows. Raises OSError."""
    folder = version / "chroma"
    # What is left in the queue at the end is indexed anew at every opening: so parts of one size,
    # which leave fewer vectors than there are parts.
    count = len(vectors)
    size = max(count // max(1, -(-count // _PART)), 1)
    try:
        client = _client(folder)
        collection = client.create_collection(
            COLLECTION,
            embedding_function=None,
            configuration={
                "hnsw": {
                    "space": "cosine",
                    "max_neighbors": NEIGHBOURS,
                    "ef_construction": EF_BUILD,
                    "ef_search": EF_SEARCH,
                    "sync_threshold": max(size, 2),
                }
            },
        )
        start = 0
        while start < count:
            end = min(count, start + _BATCH, (start // size + 1) * size)
            ids = [str(row) for row in range(start, end)]
            collection.add(ids=ids, embeddings=np.asarray(vectors[start:end]))
            start = end
        if collection.count() != len(vectors):
            raise OSError(f"Chroma holds {collection.count()} of {len(vectors)} vectors")
        client.close()
        base = sqlite3.connect(folder / _DATABASE)
        base.execute("VACUUM")  # gives back what the queue took: most of the file
        base.close()
    except OSError:
        raise
    except Exception as exc:  # Chroma's own errors, SQLite's, plain ones of its Rust core
        raise OSError(str(exc)) from exc


def _copy_folder() -> tuple[Path, IO[str]]:
    """A folder for the copy, and the lock that says that it is in use. Those of processes that were
    killed go."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/lock"):
        with suppress(OSError), left.open() as lock:  # in use, or somebody else's
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left.parent, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    held = (folder / "new").open("w")
    fcntl.flock(held, fcntl.LOCK_EX)
    (folder / "new").rename(folder / "lock")  # nobody sees it unlocked
    return folder, held


class Nearest:
    """A version's collection, searched by one thread at a time."""

    def __init__(self, version: Path) -> None:
        """Opens it; the first search loads the graph into memory, and like any search leaves the
        interpreter to other threads meanwhile (`count` would not). Raises IngestError."""
        self._where = version
        held = version / "chroma"
        if not (held / _DATABASE).is_file():  # Chroma would make an empty one
            raise IngestError(f"the index in {version} is gone; {REBUILD}")
        try:
            self._copy, self._lock = _copy_folder()
        except OSError as exc:
            raise IngestError(f"no place for a copy of the index's database: {exc}") from exc
        self._client: Any = None
        try:
            with translated(version):
                shutil.copyfile(held / _DATABASE, self._copy / _DATABASE)
                for path in held.iterdir():
                    if path.is_dir():
                        (self._copy / path.name).symlink_to(path.absolute())
                self._client = _client(self._copy)
                self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
        except OSError as exc:
            self.close()
            raise IngestError(f"the index in {version} cannot be opened: {exc}") from exc
        except BaseException:
            self.close()
            raise

    def find(self, vector: NDArray[np.float32], count: int) -> list[tuple[int, float]]:
        """The nearest rows and their cosine similarity, the nearest first. Raises IngestError."""
        with translated(self._where):
            found = self._collection.query(
                query_embeddings=vector.reshape(1, -1),
                n_results=count,
                include=["distances"],
            )
            ids: Sequence[str] = found["ids"][0]
            return [
                (int(row), 1.0 - float(away))
                for row, away in zip(ids, found["distances"][0], strict=True)
            ]

    def close(self) -> None:
        if self._client is not None:
            with suppress(Exception):  # nothing more is wanted of it
                self._client.close()
        self._client = None
        shutil.rmtree(self._copy, ignore_errors=True)
        self._lock.close()
