"""Ingest: the shop's files into a new version of the index, as little work as the changes ask."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import IngestError
from voicebot.knowledge import archive, documents, index, vectors, versions
from voicebot.knowledge.archive import Archive
from voicebot.knowledge.documents import Source
from voicebot.knowledge.passages import Sentence, cut
from voicebot.knowledge.versions import Indexed, Manifest
from voicebot.stages import Embedder

READERS = 2  # PDFs read at once, each by a process of its own
_AHEAD = 2 * READERS  # files that are read before they are wanted
_BATCH = 256  # texts embedded between two words of progress

T = TypeVar("T")
R = TypeVar("R")
Outcome = Literal["added", "changed", "unchanged", "removed", "failed"]


@dataclass(frozen=True)
class FileReport:
    """What became of one file. reason: why it failed. note: what of it could not be read."""

    name: str
    outcome: Outcome
    pages: int = 0
    sentences: int = 0
    reason: str = ""
    note: str = ""
    passages: int = 0


@dataclass(frozen=True)
class Report:
    """sentences: in the whole index. written: whether a new version was put in force. anew: why
    everything was read again although there was an index, "" if it was not."""

    files: tuple[FileReport, ...]
    sentences: int
    written: bool
    anew: str = ""

    @property
    def failed(self) -> tuple[FileReport, ...]:
        return tuple(file for file in self.files if file.outcome == "failed")


Progress = Callable[[str, int, int], None]  # what is being done, how much is done, of how much


@dataclass(frozen=True)
class _Old:
    """The version to build upon, None where there is none, and its sources by name."""

    version: Path | None = None
    sources: Mapping[str, Indexed] = field(default_factory=dict)
    anew: str = ""

    @property
    def sentences(self) -> int:
        return sum(source.sentences for source in self.sources.values())


@dataclass(frozen=True)
class _Read:
    """A file's sentences, or the reason why there are none."""

    indexed: Indexed | None = None
    sentences: tuple[Sentence, ...] = ()
    reason: str = ""
    note: str = ""


async def ingest(
    roots: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    language: str = "en",
    rebuild: bool = False,
    progress: Progress = lambda doing, done, total: None,
) -> Report:
    """Bring the index in `folder` up to date with the files under `roots`.

    Files that are gone from under the roots leave the index; what came from elsewhere stays. A
    file that cannot be read is reported, and what the index held of it stays. rebuild: everything
    anew, from the roots alone. roots: absolute. language: of scanned pages, for OCR. Reading and
    writing block the event loop: this is a command's work, not a server's. Cancelling takes effect
    while sentences are embedded and leaves the old index in force, as does a kill at any moment.
    Raises IngestError when the index cannot be written or another ingest holds it, EmbeddingError.
    """
    with versions.exclusive(folder), ThreadPoolExecutor(READERS, "ingest") as pool:
        old = _Old() if rebuild else _in_force(folder, embedder)
        sources = _distinct(documents.find(roots))
        known = pool.map(lambda source: _known(source, old), sources.values())
        reports = dict(zip(sources, known, strict=True))
        for name in _gone(roots, old, sources):
            reports[name] = FileReport(name, "removed")
        if all(report and report.outcome != "removed" for report in reports.values()):
            return _report(reports, old.sentences, False, old.anew)
        with versions.draft(folder) as version:
            unread = [sources[name] for name in sorted(reports) if reports[name] is None]
            read = _ahead(pool, lambda source: _read(source, language), unread)
            with archive.writing(version, old.version) as writer:
                held = _gather(writer, old, reports, read, len(unread), progress)
                if not any(r and r.outcome in _CHANGES for r in reports.values()):
                    return _report(reports, old.sentences, False, old.anew)
                sentences, views = writer.settle()
                made = vectors.create(version, views, embedder.dimension)
                await _embed(writer, old, made, embedder, progress)
            progress("writing", 0, 1)
            _finish(folder, version, made, embedder, held, sentences)
            progress("writing", 1, 1)
            return _report(reports, sentences, True, old.anew)


_CHANGES: tuple[Outcome, ...] = ("added", "changed", "removed")
# By name; None: the file has to be read.
_Reports = dict[str, FileReport | None]


def _report(reports: _Reports, sentences: int, written: bool, anew: str) -> Report:
    return Report(tuple(r for r in reports.values() if r), sentences, written, anew)


def _in_force(folder: Path, embedder: Embedder) -> _Old:
    """The version in force, or why it cannot be built upon."""
    again = "everything is read again"
    try:
        version = versions.current(folder)
        if version is None:
            return _Old()
        about = versions.manifest(version)
        if (about.embedder, about.dimension) != (embedder.name, embedder.dimension):
            made = f"the index was made with {about.embedder}; {embedder.name} is in force"
            return _Old(anew=f"{made}: {again}")
        with closing(Archive(version)) as old:
            old.check()
            if len(vectors.mapped(version)) != old.views:
                raise IngestError(f"the index in {version} is damaged: its parts differ")
    except IngestError as exc:
        return _Old(anew=f"{str(exc).split(';')[0]}: {again}")
    return _Old(version, {source.name: source for source in about.sources})


# ------------------------------------------------------------------ files


def _distinct(found: Iterable[Source]) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    for source in found:
        other = sources.setdefault(source.name, source)
        if other.path != source.path:
            raise IngestError(f"{source.path} and {other.path} have the same name: rename one")
    return sources


def _known(source: Source, old: _Old) -> FileReport | None:
    """The report of a file that needs no reading."""
    known = old.sources.get(source.name)
    if known is None:
        return None
    if known.origin != str(source.path):
        reason = f"the index holds another file of this name, {known.origin}"
        return FileReport(source.name, "failed", reason=reason)
    try:
        if documents.digest(documents.load(source.path)) != known.sha256:
            return None
    except IngestError as exc:
        return FileReport(source.name, "failed", reason=str(exc))
    return FileReport(
        source.name, "unchanged", known.pages, known.sentences, passages=known.passages
    )


def _read(source: Source, language: str) -> _Read:
    try:
        data = documents.load(source.path)
        modified = source.path.stat().st_mtime
        document = documents.read(source, data, language)
    except OSError as exc:
        return _Read(reason=f"cannot be opened: {exc.strerror}")
    except IngestError as exc:
        return _Read(reason=str(exc))
    sentences = tuple(cut(document))
    sha256, pages = documents.digest(data), len(document.pages)
    passages = len({sentence.passage_id for sentence in sentences})
    about = Indexed(
        source.name, str(source.path), sha256, pages, len(sentences), modified, passages
    )
    return _Read(about, sentences, note=document.note)


def _gone(roots: Sequence[Path], old: _Old, present: Iterable[str]) -> list[str]:
    """Sources that came from under the roots and are there no more."""
    there = set(present)
    return sorted(
        name
        for name, source in old.sources.items()
        if name not in there and any(Path(source.origin).is_relative_to(root) for root in roots)
    )


def _ahead(pool: ThreadPoolExecutor, job: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The jobs' results in order, with at most _AHEAD of them begun before they are wanted."""
    begun: deque[Future[R]] = deque()
    for item in items:
        begun.append(pool.submit(job, item))
        if len(begun) > _AHEAD:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


# ------------------------------------------------------------------ the new version


def _gather(
    writer: archive.Writer,
    old: _Old,
    reports: _Reports,
    read: Iterator[_Read],
    count: int,
    progress: Progress,
) -> list[Indexed]:
    """Every source that belongs into the new version, by name: what was read, else what the old
    one has. Completes the reports."""
    held: list[Indexed] = []
    done = 0
    for name in sorted(reports.keys() | old.sources):
        report, known = reports.get(name), old.sources.get(name)
        if name in reports and report is None:
            fresh = next(read)
            done += 1
            progress("reading", done, count)
            if fresh.indexed is not None:
                writer.add(fresh.indexed, fresh.sentences)
                held.append(fresh.indexed)
                outcome: Outcome = "changed" if known else "added"
                about = fresh.indexed
                counts = (about.pages, about.sentences)
                reports[name] = FileReport(
                    name, outcome, *counts, note=fresh.note, passages=about.passages
                )
                continue
            reports[name] = FileReport(name, "failed", reason=fresh.reason)
        if known and not (report and report.outcome == "removed"):
            writer.copy(known)
            held.append(known)
    return held


async def _embed(
    writer: archive.Writer,
    old: _Old,
    made: NDArray[np.float32],
    embedder: Embedder,
    progress: Progress,
) -> None:
    """Fill in the vectors: those that the old version has of the same texts, and new ones."""
    before = vectors.mapped(old.version) if old.version else made
    for start, views in writer.views(_BATCH):
        progress("embedding", start, len(made))
        texts = list(dict.fromkeys(text for text, row in views if row is None))
        fresh = dict(zip(texts, await embedder.embed(texts), strict=True)) if texts else {}
        for number, (text, row) in enumerate(views, start):
            made[number] = fresh[text] if row is None else before[row]
    progress("embedding", len(made), len(made))


def _finish(
    folder: Path,
    version: Path,
    made: NDArray[np.float32],
    embedder: Embedder,
    sources: Sequence[Indexed],
    sentences: int,
) -> None:
    """Chroma's part, a look whether all of it answers, and the change of versions."""
    vectors.build(version, made)
    about = Manifest(
        versions.FORMAT, embedder.name, embedder.dimension, time.time(), sentences, tuple(sources)
    )
    versions.describe_as(version, about)
    index.Version(version, embedder.name, embedder.dimension).close()
    versions.put_in_force(folder, version)
