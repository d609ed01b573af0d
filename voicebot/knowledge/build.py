"""Ingest: the shop's files into a new version of the index, as little work as the changes ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import IngestError
from voicebot.knowledge import documents, index
from voicebot.knowledge.documents import Source
from voicebot.knowledge.index import Indexed
from voicebot.knowledge.passages import Sentence, cut
from voicebot.stages import Embedder

READERS = 2  # PDFs read at once, each by a process of its own
_BATCH = 64  # texts embedded between two words of progress

Outcome = Literal["added", "changed", "unchanged", "removed", "failed"]


@dataclass(frozen=True)
class FileReport:
    """What became of one file. reason: why it failed."""

    name: str
    outcome: Outcome
    pages: int = 0
    sentences: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """sentences: in the whole index. written: whether a new version was put in force."""

    files: tuple[FileReport, ...]
    sentences: int
    written: bool

    @property
    def failed(self) -> tuple[FileReport, ...]:
        return tuple(file for file in self.files if file.outcome == "failed")


Progress = Callable[[str, int, int], None]  # what is being done, how much is done, of how much


@dataclass(frozen=True)
class _Read:
    """A file's sentences, or the reason why there are none."""

    source: Source
    sha256: str = ""
    pages: int = 0
    sentences: tuple[Sentence, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class _Old:
    """The version in force: its sources by name, and their sentences with their vectors."""

    sources: dict[str, Indexed]
    sentences: dict[str, list[Sentence]]
    vectors: dict[str, NDArray[np.float32]]


async def ingest(
    roots: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    rebuild: bool = False,
    progress: Progress = lambda doing, done, total: None,
) -> Report:
    """Bring the index in `folder` up to date with the files under `roots`.

    Files that are gone from under the roots leave the index; what came from elsewhere stays. A
    file that cannot be read is reported, and what the index held of it stays. rebuild: everything
    anew, from the roots alone. roots: absolute. Reading and writing block the event loop: this is
    a command's work, not a server's. Cancelling takes effect while sentences are embedded and
    leaves the old index in force. Raises IngestError when the index cannot be written or another
    ingest holds it, EmbeddingError.
    """
    with index.exclusive(folder):
        old = _Old({}, {}, {}) if rebuild else _load(folder, embedder)
        read = _read_all(list(documents.find(roots)), old, progress)
        return await _update(roots, folder, embedder, old, read, progress)


def _load(folder: Path, embedder: Embedder) -> _Old:
    """The version in force, or nothing where it cannot be built upon."""
    nothing = _Old({}, {}, {})
    try:
        version = index.current(folder)
        if version is None:
            return nothing
        about = index.manifest(version)
        if (about.embedder, about.dimension) != (embedder.name, embedder.dimension):
            return nothing
        sentences, vectors = index.contents(version)
    except IngestError:  # damaged, or of another format: read everything again
        return nothing
    held: dict[str, list[Sentence]] = {}
    rows: dict[str, list[int]] = {}
    row = 0
    for sentence in sentences:
        held.setdefault(sentence.source, []).append(sentence)
        rows.setdefault(sentence.source, []).extend(range(row, row + len(sentence.embed)))
        row += len(sentence.embed)
    return _Old(
        {source.name: source for source in about.sources},
        held,
        {name: vectors[of] for name, of in rows.items()},
    )


def _read_all(sources: Sequence[Source], old: _Old, progress: Progress) -> list[_Read]:
    seen: dict[str, Path] = {}
    for source in sources:
        other = seen.setdefault(source.name, source.path)
        if other != source.path:
            raise IngestError(f"{source.path} and {other} have the same name: rename one")
    unique = [Source(name, path) for name, path in seen.items()]
    found: list[_Read] = []
    with ThreadPoolExecutor(READERS, "ingest") as pool:
        for result in pool.map(lambda source: _read(source, old), unique):
            found.append(result)
            progress("reading", len(found), len(unique))
    return found


def _read(source: Source, old: _Old) -> _Read:
    known = old.sources.get(source.name)
    if known and known.origin != str(source.path):
        return _Read(source, reason=f"the index holds another file of this name, {known.origin}")
    sha256 = ""
    try:
        data = documents.load(source.path)
        sha256 = documents.digest(data)
        if known and known.sha256 == sha256:
            return _Read(source, sha256)
        document = documents.read(source, data)
    except IngestError as exc:
        return _Read(source, sha256, reason=str(exc))
    return _Read(source, sha256, len(document.pages), tuple(cut(document)))


async def _update(
    roots: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    old: _Old,
    read: Sequence[_Read],
    progress: Progress,
) -> Report:
    reports: list[FileReport] = []
    gone = _gone(roots, old, {each.source.name for each in read})
    held = {name: source for name, source in old.sources.items() if name not in gone}
    sentences = {name: old.sentences.get(name, []) for name in held}
    vectors = {name: old.vectors[name] for name in held if name in old.vectors}
    fresh = {each.source.name: each for each in read if each.sentences}
    made = await _embed([s for each in fresh.values() for s in each.sentences], embedder, progress)
    for each in read:
        name, known = each.source.name, held.get(each.source.name)
        if each.reason:
            reports.append(FileReport(name, "failed", reason=each.reason))
        elif name not in fresh and known:
            reports.append(FileReport(name, "unchanged", known.pages, known.sentences))
        else:
            count = len(each.sentences)
            rows = sum(len(sentence.embed) for sentence in each.sentences)
            vectors[name], made = made[:rows], made[rows:]
            sentences[name] = list(each.sentences)
            held[name] = Indexed(name, str(each.source.path), each.sha256, each.pages, count)
            reports.append(FileReport(name, "changed" if known else "added", each.pages, count))
    reports += [FileReport(name, "removed") for name in sorted(gone)]
    changed = any(report.outcome in ("added", "changed", "removed") for report in reports)
    if changed:
        progress("writing", 0, 1)
        order = sorted(held)
        listed = [sentence for name in order for sentence in sentences[name]]
        parts = [vectors[name] for name in order if name in vectors]
        matrix = np.concatenate(parts) if parts else np.zeros((0, embedder.dimension), np.float32)
        index.write(folder, listed, matrix, embedder, [held[name] for name in order])
        progress("writing", 1, 1)
    return Report(tuple(reports), sum(len(held_) for held_ in sentences.values()), changed)


def _gone(roots: Sequence[Path], old: _Old, present: set[str]) -> set[str]:
    """Sources that came from under the roots and are there no more."""
    return {
        name
        for name, source in old.sources.items()
        if name not in present and any(Path(source.origin).is_relative_to(root) for root in roots)
    }


async def _embed(
    sentences: Sequence[Sentence], embedder: Embedder, progress: Progress
) -> NDArray[np.float32]:
    texts = [text for sentence in sentences for text in sentence.embed]
    made = [np.zeros((0, embedder.dimension), np.float32)]
    for start in range(0, len(texts), _BATCH):
        progress("embedding", start, len(texts))
        made.append(await embedder.embed(texts[start : start + _BATCH]))
    progress("embedding", len(texts), len(texts))
    return np.concatenate(made)
