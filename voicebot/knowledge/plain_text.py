"""Bytes of a text file to text, and plain text to pages of words on a grid. Pure."""

from __future__ import annotations

import codecs
import re
import textwrap

from voicebot.errors import IngestError
from voicebot.knowledge.pages import Page, Word

MAX_CHARACTERS = 8_000_000
_SIZE = 10.0
_ADVANCE = 6.0  # of a letter: two spaces are then a wide gap
_STEP = 12.0  # from line to line
_LONG, _WIDTH = 300, 100  # letters: of a row that is a paragraph, of the lines it is set in
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decoded(data: bytes) -> str:
    """UTF-8, UTF-16 and UTF-32, else Windows' western one. Raises IngestError for what is no
    text, empty or too much."""
    if not data:
        raise IngestError("the file is empty")
    for encoding in (*(name for mark, name in _MARKS if data.startswith(mark)), *_guesses(data)):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        text = data.decode("cp1252", errors="replace")
    if len(_CONTROLS.findall(text[:100_000])) > 0.001 * len(text[:100_000]):
        raise IngestError("not a text file")
    if len(text) > MAX_CHARACTERS:
        raise IngestError(f"more than {MAX_CHARACTERS} characters of text: split it")
    if not text.strip():
        raise IngestError("no text in it")
    return text


def _guesses(data: bytes) -> tuple[str, ...]:
    """UTF-16 without its mark shows in that every other byte is nought."""
    even, odd = data[:2000:2].count(0), data[1:2000:2].count(0)
    half = min(len(data), 2000) / 2
    if odd > 0.7 * half:
        return ("utf-16-le",)
    return ("utf-16-be",) if even > 0.7 * half else ("utf-8",)


def pages(text: str) -> list[Page]:
    """As if it had been printed in a typewriter's face; form feeds divide pages."""
    return [_page(page) for page in text.split("\f")]


def _page(text: str) -> Page:
    rows = [part for row in text.splitlines() for part in _wrapped(row.expandtabs(8).rstrip())]
    words: list[Word] = []
    y = 0.0
    for n, row in enumerate(rows):
        y += _STEP
        if _is_underline(row):
            continue
        below = rows[n + 1] if n + 1 < len(rows) else ""
        heading = _is_underline(below) and row.strip()
        size = (14.0 if below.startswith("=") else 12.0) if heading else _SIZE
        for word in re.finditer(r"\S+", row):
            left, right = word.start() * _ADVANCE, word.end() * _ADVANCE
            words.append(Word(word[0], left, right, y, size, bool(heading)))
    return Page(tuple(words), height=y + _STEP)


def _wrapped(row: str) -> list[str]:
    """A row that no sheet is wide enough for is a paragraph: as lines."""
    return textwrap.wrap(row, _WIDTH) if len(row) > _LONG else [row]


def _is_underline(row: str) -> bool:
    return bool(re.fullmatch(r"\s*([=\-~_*#])\1{2,}\s*", row))
