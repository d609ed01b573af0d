"""Files of the shop to documents, each read by a child process (`reader.py`), so that a bad one
costs its own time and memory and nobody else's."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.errors import IngestError
from voicebot.knowledge import ocr
from voicebot.knowledge.layout import Block, Heading, Note, Prose
from voicebot.knowledge.tables import Table
from voicebot.knowledge.text import clean, squeeze

SUFFIXES = (".pdf", ".md", ".txt")
MAX_BYTES = 100 << 20
READ_SECONDS = 240.0  # for one file, on a busy box too; the child limits its processor time
OCR_SECONDS = 15.0  # more for each page that is a picture
_OCR_HINT = "install tesseract (tesseract-ocr) or put the file through OCR, and ingest again"
_KINDS: dict[str, Callable[..., Block]] = {
    kind.__name__: kind for kind in (Heading, Prose, Table, Note)
}


@dataclass(frozen=True)
class Source:
    """A file on disk. name: how the index and the customer's page call it."""

    name: str
    path: Path


@dataclass(frozen=True)
class Document:
    """pages: blocks of each page, the first page first. note: what the shop should know of it,
    such as pages that could not be read; "" for nothing."""

    source: str
    title: str
    pages: tuple[tuple[Block, ...], ...]
    note: str = ""


def find(roots: Sequence[Path]) -> Iterator[Source]:
    """Every document under the roots, in a fixed order. Folders are walked without following
    links, which `load` refuses; hidden files are left out. Raises IngestError for a root that
    does not exist or is of a kind that is not read."""
    for root in roots:
        if root.is_dir():
            for path in sorted(_walk(root)):
                yield Source(path.relative_to(root).as_posix(), path)
        elif not root.exists():
            raise IngestError(f"{root} does not exist")
        elif root.suffix.lower() not in SUFFIXES:
            raise IngestError(f"{root} is not one of {', '.join(SUFFIXES)}")
        else:
            yield Source(root.name, root.resolve())


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(parent, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith("."):
                yield path


def load(path: Path) -> bytes:
    """The file's bytes. Raises IngestError with a reason."""
    try:
        # A pipe would keep us waiting for its writer, a link could lead anywhere.
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(opened, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise IngestError("not an ordinary file: take it away, or put a document there")
            if about.st_size > MAX_BYTES:
                raise IngestError(f"larger than {MAX_BYTES >> 20} MB: split it")
            return file.read(MAX_BYTES + 1)
    except OSError as exc:
        if exc.errno == errno.ELOOP:
            raise IngestError("only a link: put the file itself there") from exc
        raise IngestError(f"cannot be opened: {exc.strerror}") from exc


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(
    source: Source, data: bytes, language: str = "en", seconds: float = READ_SECONDS
) -> Document:
    """The document in `data`. language: conversation.language, for OCR. Blocks while the child
    reads. Raises IngestError with a reason that stands behind the file's name."""
    kind = source.path.suffix.lower()
    answer = _answer([kind], data, seconds)
    pictures, note = answer["pictures"], ""
    if pictures and ocr.available():
        answer = _answer([kind, language], data, seconds + OCR_SECONDS * len(pictures))
        note = f"{_numbered(pictures)} by OCR"
    elif pictures:
        note = f"{_numbered(pictures)} only images, not read: {_OCR_HINT}"
    pages = tuple(tuple(_block(*block) for block in page) for page in answer["pages"])
    if not any(isinstance(block, Prose | Table) for page in pages for block in page):
        if not pictures:
            raise IngestError("no text in it")
        read = "OCR found none" if ocr.available() else _OCR_HINT
        raise IngestError(f"only images, no text: {read}")
    stem = squeeze(clean(re.sub(r"[-_]+", " ", source.path.stem).capitalize()))
    return Document(source.name, answer["title"] or stem, pages, note)


def _numbered(pages: Sequence[int]) -> str:
    listed = ", ".join(map(str, pages[:8])) + (", ..." if len(pages) > 8 else "")
    return f"page{'s' if len(pages) > 1 else ''} {listed}:"


def _answer(arguments: Sequence[str], data: bytes, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "voicebot.knowledge.reader", *arguments]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise IngestError(f"took longer than {seconds:.0f} s to read: split it") from exc
    except OSError as exc:
        raise IngestError(f"its reader cannot be started: {exc.strerror}") from exc
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as exc:
        # What the limits of memory and time stop dies without a word.
        raise IngestError(
            f"damaged, or asks for too much memory or time (its reader ended with code "
            f"{done.returncode}): open it and print it to a new PDF, or split it"
        ) from exc
    if "error" in answer:
        raise IngestError(squeeze(clean(str(answer["error"]))))
    return answer


def _block(kind: str, fields: dict[str, Any]) -> Block:
    plain = {
        name: tuple(tuple(part) if isinstance(part, list) else part for part in value)
        if isinstance(value, list)
        else value
        for name, value in fields.items()
    }
    return _KINDS[kind](**plain)
