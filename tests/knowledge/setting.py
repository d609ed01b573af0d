"""Pages set on a grid, so that a test shows what it means."""

from __future__ import annotations

from dataclasses import replace

from voicebot.knowledge import plain_text
from voicebot.knowledge.lines import Line, aligned, lines_of
from voicebot.knowledge.pages import Page, Rule, Word


def page(text: str, **change: object) -> Page:
    """A letter is 6 points wide, a line 12 points high, the text 10 points large; what stands
    between two "__" is bold, and they take no room. change: of all words."""
    bold: set[tuple[float, float]] = set()
    rows = []
    for n, row in enumerate(text.removeprefix("\n").rstrip().splitlines(), start=1):
        parts = row.split("__")
        start = 0
        for k, part in enumerate(parts):
            if k % 2:
                bold |= {(n * 12.0, (start + at) * 6.0) for at in range(len(part))}
            start += len(part)
        rows.append("".join(parts))
    (made,) = plain_text.pages("\n".join(rows))
    words = [replace(word, bold=(word.y, word.left) in bold) for word in made.words]
    return Page(tuple(replace(word, **change) for word in words), height=842)  # type: ignore[arg-type]


def lines(text: str, **change: object) -> list[Line]:
    return aligned(lines_of(page(text, **change).words))


def level(row: float, start: int = 0, end: int = 80) -> Rule:
    """A rule below a row of the text (from 1), from one of its columns to another."""
    return Rule(start * 6.0, end * 6.0, row * 12.0 + 3)


def upright(column: int, first: int = 1, last: int = 50) -> Rule:
    return Rule(first * 12.0 - 9, last * 12.0 + 3, column * 6.0)


def word(text: str, left: float, y: float, size: float = 10) -> Word:
    return Word(text, left, left + 0.6 * size * len(text), y, size)
