"""Words of a page to lines, and lines to the cells that wide gaps cut them into. Pure."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median

from voicebot.knowledge.pages import Rule, Word

_SAME = 0.25  # of the size: words whose baselines differ by less stand on one line
_RAISE, _LOWER = 0.7, 0.35  # of the size beside it: how far a mark is off the baseline
_SMALL = 0.85  # of the size beside it: a raised or lowered mark
_WIDE = 1.0  # of the size: a gap that divides cells, and
_EVEN = 2.2  # up to which gaps are the spaces of a justified line where all of them are alike
_LEADER = re.compile(r"[.…·_]{4,}|…+")  # the dots that lead the eye to a price
_TIGHT = 0.45  # of the size: a gap that divides cells where lines around have a cell beginning
_AROUND = 8  # lines above and below
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Cell:
    """Words of one line without a wide gap between them, from left to right."""

    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        """Digits that are raised come as superscripts."""
        text = ""
        for before, word in zip((None, *self.words), self.words, strict=False):
            mark = before is not None and _is_mark(word, before)
            if not before and len(self.words) > 1 and _is_mark(word, self.words[1]):
                text = word.text.translate(_RAISED)
                continue
            space = before and not mark and not word.glued
            raised = mark and before and word.y < before.y and word.text.isdigit()
            text += " " * bool(space) + (word.text.translate(_RAISED) if raised else word.text)
        return text

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return max(word.right for word in self.words)


def _is_mark(word: Word, beside: Word) -> bool:
    """Whether a word is raised or lowered behind another, or raised in front of it."""
    size = beside.size
    up = (beside.y - word.y) / size
    if word.size >= _SMALL * size or not (0.1 < up < _RAISE or 0.1 < -up < _LOWER):
        return False
    behind = abs(word.left - beside.right) < 0.3 * size
    return behind or (up > 0 and 0 <= beside.left - word.right < 0.4 * size)


@dataclass(frozen=True, slots=True)
class Bar:
    """An upright rule across the page at `at`, from top to bottom, as part of a frame that reaches
    from left to right."""

    at: float
    top: float
    bottom: float
    left: float
    right: float

    def frames(self, word: Word) -> bool:
        middle = word.y - 0.3 * word.size
        return self.top <= middle <= self.bottom and self.left - 3 <= word.left <= self.right + 3


def bars_of(levels: Sequence[Rule], uprights: Sequence[Rule]) -> list[Bar]:
    """The uprights, each with how far the level rules reach that it meets: tables that stand
    beside each other are two."""
    found = []
    for rule in uprights:
        met = [
            level
            for level in levels
            if rule.start - 3 <= level.at <= rule.end + 3
            and level.start - 3 <= rule.at <= level.end + 3
        ]
        left = min((level.start for level in met), default=float("-inf"))
        right = max((level.end for level in met), default=float("inf"))
        found.append(Bar(rule.at, rule.start, rule.end, left, right))
    return found


@dataclass(frozen=True)
class Line:
    """cells: from left to right, at least one. y: of the baseline. size: of most of its letters.
    gridded: it stands in a table whose columns are ruled off."""

    cells: tuple[Cell, ...]
    gridded: bool = False

    @classmethod
    def of(cls, words: Sequence[Word], bars: Sequence[Bar] = ()) -> Line:
        words = sorted(words, key=lambda word: word.left)
        crossed = {round(bar.at / 2): bar.at for bar in bars if bar.frames(words[0])}
        gridded = len(crossed) > 2
        return cls(tuple(_cells(words, sorted(crossed.values()), gridded)), gridded)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for cell in self.cells for word in cell.words)

    @cached_property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @cached_property
    def _style(self) -> tuple[float, bool, float]:
        weights: Counter[tuple[float, bool, float]] = Counter()
        for word in self.words:
            weights[word.size, word.bold, word.y] += len(word.text)
        return weights.most_common(1)[0][0]

    @property
    def size(self) -> float:
        return self._style[0]

    @property
    def y(self) -> float:
        return self._style[2]

    @cached_property
    def bold(self) -> bool:
        """Whether all of its letters are: a bold beginning is no heading."""
        letters = [word for word in self.words if any(c.isalnum() for c in word.text)]
        return bool(letters) and all(word.bold for word in letters)

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return max(cell.right for cell in self.cells)


def lines_of(words: Iterable[Word], bars: Sequence[Bar] = ()) -> list[Line]:
    """From top to bottom. Marks above or below a line, and large initials, go with it."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.y):
        near = [
            row for row in rows[-4:] if abs(row[0].y - word.y) < _SAME * min(row[0].size, word.size)
        ]
        if near:
            near[-1].append(word)
        else:
            rows.append([word])
    rows = _with_marks(rows)
    made = [Line.of(_once(row), bars) for row in rows]
    return sorted(made, key=lambda line: line.y)


def _with_marks(rows: list[list[Word]]) -> list[list[Word]]:
    """Small words that stand close beside those of a near row become part of it."""
    sizes = [max(word.size for word in row) for row in rows]
    for n, row in enumerate(rows):
        near = [
            m
            for m in range(max(0, n - 2), min(len(rows), n + 3))
            if m != n and rows[m] and row and abs(rows[m][0].y - row[0].y) < _RAISE * sizes[m]
        ]
        large = max((sizes[m] for m in near), default=0.0)
        for word in [word for word in row if word.size < _SMALL * large]:
            host = next(
                (rows[m] for m in near if any(_is_mark(word, big) for big in rows[m])), None
            )
            if host is not None:
                row.remove(word)
                host.append(word)
    return [row for row in rows if row]


def _once(words: Sequence[Word]) -> list[Word]:
    """Without words that are drawn twice in one place, to look bold or to cast a shadow."""
    kept: list[Word] = []
    for word in sorted(words, key=lambda word: word.left):
        again = any(
            other.text == word.text and word.left - other.left < 0.3 * word.size
            for other in kept[-3:]
        )
        if not again:
            kept.append(word)
    return kept


def _cells(words: Sequence[Word], bars: Sequence[float], gridded: bool) -> list[Cell]:
    """bars: where uprights cross the line; gridded: nothing else divides it."""
    gaps = [b.left - a.right for a, b in itertools.pairwise(words)]
    size = max((word.size for word in words), default=0.0)
    even = len(gaps) > 2 and max(gaps) < min(_EVEN * size, 1.6 * median(gaps))
    cells: list[list[Word]] = [[]]
    for gap, before, word in zip((0.0, *gaps), (None, *words), words, strict=False):
        wide = gap > _WIDE * word.size and not even and not gridded
        if wide or (before and any(before.right - 1 <= bar <= word.left + 1 for bar in bars)):
            cells.append([])
        first, *others = _without_leader(word, before)
        cells[-1] += first
        for other in others:
            cells.append(other)
    return [Cell(tuple(cell)) for cell in cells if cell] or [Cell((words[0],))]


def _without_leader(word: Word, before: Word | None) -> list[list[Word]]:
    """The word, or what stands on either side of the dots in it."""
    single = word.text == "." and before is not None and before.text == "."
    leader = _LEADER.search(word.text)
    if single or not leader:
        return [[], []] if single else [[word]]
    each = (word.right - word.left) / len(word.text)
    head, tail = word.text[: leader.start()], word.text[leader.end() :]
    left = replace(word, text=head, right=word.left + each * len(head))
    right = replace(word, text=tail, left=word.right - each * len(tail))
    return [[left] if head else [], [right] if tail else []]


def aligned(lines: Sequence[Line]) -> list[Line]:
    """The lines of one column with their cells told better: none in lines that are only stretched
    to both of its edges, and cells divided also at a narrower gap where cells of lines around
    begin, since the text of one may nearly reach the next."""
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    found: list[Line] = []
    for n, line in enumerate(lines):
        if _is_stretched(line, left, right):
            found.append(Line((Cell(line.words),)))
        else:
            around = (*lines[max(0, n - _AROUND) : n], *lines[n + 1 : n + 1 + _AROUND])
            found.append(_divided(line, around))
    return found


def _is_stretched(line: Line, left: float, right: float) -> bool:
    gaps = [b.left - a.right for a, b in zip(line.words, line.words[1:], strict=False)]
    flush = line.left - left < 1 + _EVEN * line.size and right - line.right < 1.5
    return not line.gridded and len(gaps) > 2 and flush and max(gaps) < _EVEN * line.size


def _divided(line: Line, around: Sequence[Line]) -> Line:
    begins = [cell.left for other in around for cell in other.cells[1:]]
    if len(begins) < 2 or line.gridded:
        return line
    cells: list[Cell] = []
    for cell in line.cells:
        start = 0
        for n, (before, word) in enumerate(zip(cell.words, cell.words[1:], strict=False), start=1):
            tight = word.left - before.right > _TIGHT * word.size
            if tight and sum(abs(word.left - begin) < 1.5 for begin in begins) >= 2:
                cells.append(Cell(cell.words[start:n]))
                start = n
        cells.append(Cell(cell.words[start:]))
    return Line(tuple(cells))
