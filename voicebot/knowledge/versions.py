"""The index on disk: versions beside each other, one in force.

    INDEX/CURRENT           the name of the version in force, replaced in one step
    INDEX/LOCK              held by the one ingest that may write
    INDEX/versions/NAME/    manifest.json   sources with their hashes, the embedder, when built
                            sentences.db    sentences and keywords (`archive`)
                            vectors.npy     a row for each view of a sentence
                            chroma/         the same vectors as Chroma searches them (`vectors`)

A version is written once, by an ingest, and from then on only read: by any number of processes, and
from a folder that cannot be written. The next ingest copies what did not change.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from voicebot.errors import IngestError

FORMAT = 3  # of what stands in a version; another is built anew
REBUILD = "run: voicebot ingest --rebuild"


@dataclass(frozen=True)
class Indexed:
    """One source in the index. origin: its file, absolute; sha256: of the file's bytes; modified:
    the file's time when those bytes were first read, seconds since 1970."""

    name: str
    origin: str
    sha256: str
    pages: int
    sentences: int
    modified: float
    passages: int = 0


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
        raise IngestError(f"the index in {folder} cannot be read: {exc}; {REBUILD}") from exc
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
        raise IngestError(f"the index in {version} is damaged: {exc}; {REBUILD}") from exc
    raise IngestError(f"the index in {version} is of another format; {REBUILD}")


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


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """A folder for a new version. Under `exclusive`. What is not in force when the block is left
    is removed; what a killed ingest left goes before the next begins. Raises IngestError where the
    disk does not take it; the version in force stays."""
    name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}-{os.urandom(3).hex()}"
    old = current(folder)
    version = folder / "versions" / name
    try:
        _sweep(folder / "versions", old.name if old else "")
        version.mkdir()
        yield version
    except OSError as exc:
        free = shutil.disk_usage(folder).free >> 20
        raise IngestError(
            f"the index in {folder} cannot be written: {exc.strerror or exc} ({free} MB are free "
            "there); the old one stays"
        ) from exc
    finally:
        if current(folder) != version:
            shutil.rmtree(version, ignore_errors=True)


def _sweep(versions: Path, keep: str) -> None:
    """Remove what killed ingests left, and versions that were replaced before the last time: the
    last one may still be open in a server that has not looked again."""
    versions.mkdir(parents=True, exist_ok=True)
    for version in versions.iterdir():
        if version.name != keep:
            shutil.rmtree(version, ignore_errors=True)


def describe_as(version: Path, about: Manifest) -> None:
    """Write a draft's manifest. Raises OSError."""
    text = json.dumps(asdict(about), indent=2)
    (version / "manifest.json").write_text(text, encoding="utf-8")


def put_in_force(folder: Path, version: Path) -> None:
    """Make a draft the current version: from one moment to the next, and lasting. Everything is
    on the disk before CURRENT names it. Raises OSError."""
    for path in version.rglob("*"):
        _sync(path)
    _sync(version)
    fresh = folder / "CURRENT.new"
    fresh.write_text(version.name + "\n", encoding="ascii")
    _sync(fresh)
    _sync(folder / "versions")
    fresh.replace(folder / "CURRENT")
    _sync(folder)


def copy(folder: Path, to: Path) -> bool:
    """Put the version in force into another index's folder, in force there as well: for boxes that
    only read it. False where it is there already. Raises IngestError; the other index stays."""
    source = current(folder)
    if source is None:
        raise IngestError(f"there is no index in {folder} to copy; run: voicebot ingest")
    about = manifest(source)
    with exclusive(to):
        there = current(to)
        if there is not None and (there / "manifest.json").exists() and manifest(there) == about:
            return False
        with draft(to) as version:
            shutil.copytree(source, version, dirs_exist_ok=True)
            put_in_force(to, version)
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
