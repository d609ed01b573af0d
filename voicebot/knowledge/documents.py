"""Files of the shop to documents: PDF, Markdown and plain text.

PDFs are read by a child process each (`pdf.py`), so that a bad one costs its own time and memory
and nobody else's.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from voicebot.errors import IngestError
from voicebot.knowledge import layout
from voicebot.knowledge.layout import Block, Heading, Line, Prose, Style
from voicebot.knowledge.text import clean, squeeze

SUFFIXES = (".pdf", ".md", ".txt")
MAX_BYTES = 100 << 20
READ_SECONDS = 90.0  # for one PDF, start of the child included
_JUNK_TITLE = re.compile(r"microsoft|untitled|\.(docx?|pdf|indd|xlsx?|odt|md)\b|^\W*$", re.I)


@dataclass(frozen=True)
class Source:
    """A file on disk. name: how the index and the customer's page call it."""

    name: str
    path: Path


@dataclass(frozen=True)
class Document:
    """pages: blocks of each page, the first page first."""

    source: str
    title: str
    pages: tuple[tuple[Block, ...], ...]


def find(roots: Sequence[Path]) -> Iterator[Source]:
    """Every document under the roots, in a fixed order. Folders are walked without following
    links; hidden files are left out. Raises IngestError for a root that does not exist or is of
    a kind that is not read."""
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
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and path.is_file():
                if path.is_symlink():
                    continue
                yield path


def load(path: Path) -> bytes:
    """The file's bytes. Raises IngestError with a reason."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise IngestError("not an ordinary file")
            if about.st_size > MAX_BYTES:
                raise IngestError(f"larger than {MAX_BYTES >> 20} MB: split it")
            return file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise IngestError(f"cannot be opened: {exc.strerror}") from exc


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(source: Source, data: bytes, seconds: float = READ_SECONDS) -> Document:
    """The document in `data`. Raises IngestError with a reason that stands behind its name."""
    is_pdf = source.path.suffix.lower() == ".pdf"
    raw = _read_pdf(data, seconds) if is_pdf else _read_text(data)
    pages = [
        [Line(clean(text), float(size), bool(bold)) for text, size, bold in page]
        for page in raw["pages"]
    ]
    pages = layout.without_running_heads(pages)
    style = Style.of(pages)
    words = frozenset(
        re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", " ".join(x.text for p in pages for x in p).lower())
    )
    blocks = [layout.blocks(page, style, words) for page in pages]
    if not any(isinstance(block, Prose | layout.Table) for page in blocks for block in page):
        raise IngestError("no text in it")
    title = _title(blocks, clean(str(raw["title"])), source, style)
    return Document(source.name, title, tuple(tuple(page) for page in _joined(blocks)))


def _read_pdf(data: bytes, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "voicebot.knowledge.pdf"]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise IngestError(f"took longer than {seconds:.0f} s to read") from exc
    except OSError as exc:
        raise IngestError(f"its reader cannot be started: {exc.strerror}") from exc
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as exc:
        raise IngestError(f"its reader ended without an answer (code {done.returncode})") from exc
    if "error" in answer:
        raise IngestError(squeeze(clean(str(answer["error"]))))
    return answer


def _read_text(data: bytes) -> dict[str, Any]:
    """Markdown or plain text as one page of lines, its headings bold and its tables in columns."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise IngestError("not a text file")
    if not text.strip():
        raise IngestError("the file is empty" if not data else "no text in it")
    rows: list[tuple[str, float, bool]] = []
    for line in text.splitlines():
        heading = re.match(r"(#{1,6})\s+(.*?)\s*#*$", line)
        if heading:
            rows += [("", 10, False), (heading[2], 20 - len(heading[1]), True), ("", 10, False)]
        elif line.lstrip().startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not all(re.fullmatch(r":?-*:?", cell) for cell in cells):
                rows.append(("".join(f"{cell or ' ':<60}  " for cell in cells), 10, False))
        else:
            rows.append((re.sub(r"(\*\*|__|`)", "", line), 10, False))
    return {"title": "", "pages": [rows]}


def _title(blocks: list[list[Block]], meta: str, source: Source, style: Style) -> str:
    """The largest heading of the first page where it stands out, else what the file says of
    itself, else its name."""
    headings = [b for page in blocks[:1] for b in page if isinstance(b, Heading)]
    largest = max(headings, key=lambda heading: heading.size, default=None)
    if largest and largest.size > style.size * 1.3 and style.size:
        blocks[0].remove(largest)
        return squeeze(largest.text)
    if meta.strip() and not _JUNK_TITLE.search(meta):
        return squeeze(meta)
    if headings and blocks[0][0] is headings[0]:
        blocks[0].pop(0)
        return squeeze(headings[0].text)
    return squeeze(clean(re.sub(r"[-_]+", " ", source.path.stem).capitalize()))


def _joined(pages: list[list[Block]]) -> list[list[Block]]:
    """A sentence that a page break cut in two is made whole on the page where it begins."""
    for page, following in pairwise(pages):
        if not (page and following):
            continue
        last, first = page[-1], following[0]
        if (
            isinstance(last, Prose)
            and isinstance(first, Prose)
            and last.text[-1] not in ".!?:"
            and (first.text[0].islower() or last.text[-1] == ",")
        ):
            page[-1] = Prose(f"{last.text} {first.text}", last.item)
            following.pop(0)
    return pages
