"""The white between two columns of prose. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from voicebot.knowledge.lines import Line
from voicebot.knowledge.pages import Rule

_LINES = 3  # on either side, at least
_GUTTER = 0.6  # of the size of the text, at least
_WORDS = 3.2  # on a line of prose, on average at least
_FULL = 0.7  # of its column's width: a line that prose has filled
_MANY = 0.35  # of the lines of prose are full
_HIGHER = 2.5  # of the size: so much higher may one column begin
_BANDS = 3  # rows that begin level on both sides: a table
_SET_OFF = 1.7  # of the usual step: the space around what is not part of the columns
_TRIES = 24  # stretches that are tried for each gutter
_CANDIDATES = 12  # gutters that are tried


@dataclass(frozen=True)
class Gutter:
    """Between columns: across the page at `at`, from line `first` to before line `last`."""

    at: float
    first: int
    last: int


def widest_reach(lines: Sequence[Line], levels: Sequence[Rule]) -> Gutter | None:
    """The gutter along most of the lines, None where nothing is set in columns."""
    best: Gutter | None = None
    for at in _candidates(lines):
        first = 0
        rows = [_Row.of(line, at) for line in lines]
        for n in range(len(rows) + 1):
            if n < len(rows) and rows[n] is not None:
                continue
            run = [row for row in rows[first:n] if row is not None]
            if best is None or len(run) > best.last - best.first:
                found = _longest(run, at, levels)
                if found and (best is None or found[1] - found[0] > best.last - best.first):
                    best = Gutter(at, first + found[0], first + found[1])
            first = n + 1
    return best


def _candidates(lines: Sequence[Line]) -> list[float]:
    """Places just left of where words begin behind a wide gap, most shared first."""
    begins: Counter[int] = Counter()
    margin = min((line.left for line in lines), default=0.0)
    for line in lines:
        right = margin
        for word in line.words:
            if word.left - right > _GUTTER * line.size:
                begins[round(word.left / 2)] += 1
            right = word.right
    often = begins.most_common(_CANDIDATES)
    return [2.0 * place - 2.5 for place, n in often if n + begins[place + 1] >= _LINES]


@dataclass(frozen=True, slots=True)
class _Half:
    """What of a line stands on one side of a gutter."""

    y: float
    size: float
    left: float
    right: float
    words: int

    @property
    def width(self) -> float:
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class _Row:
    """A line on both sides of a gutter."""

    y: float
    left: _Half | None
    right: _Half | None

    @classmethod
    def of(cls, line: Line, at: float) -> _Row | None:
        """None for a line that lies across, or stands in a table."""
        words = line.words
        count = sum(word.right <= at for word in words)
        if line.gridded or any(word.left < at for word in words[count:]):
            return None
        halves = (words[:count], words[count:])
        left, right = (
            _Half(line.y, line.size, half[0].left, max(word.right for word in half), len(half))
            if half
            else None
            for half in halves
        )
        return cls(line.y, left, right)


def _longest(rows: Sequence[_Row], at: float, levels: Sequence[Rule]) -> tuple[int, int] | None:
    """The longest stretch that is set in columns: all of them, or without what is set off by
    space at the bottom or at the top."""
    steps = [b.y - a.y for a, b in pairwise(rows)]
    usual = median(steps) if steps else 0.0
    cuts = [n for n, step in enumerate(steps, start=1) if step > _SET_OFF * usual]
    tries = [(a, b) for a in (0, *cuts) for b in (*cuts, len(rows)) if b - a > _LINES]
    for start, end in sorted(tries, key=lambda part: part[0] - part[1])[:_TRIES]:
        extent = _extent(rows[start:end])
        bands = _BANDS if end - start == len(rows) else 2  # a part of a table has fewer
        if extent and _divides(rows[start + extent[0] : start + extent[1]], at, levels, bands):
            return start + extent[0], start + extent[1]
    return None


def _extent(rows: Sequence[_Row]) -> tuple[int, int] | None:
    """Which of the rows are set in columns: without a table above them whose cells happen to keep
    clear of the gutter, and without short lines below them."""
    lefts = [n for n, row in enumerate(rows) if row.left]
    rights = [n for n, row in enumerate(rows) if row.right]
    if not (lefts and rights):
        return None
    left = _FULL * max(row.left.width for row in rows if row.left)
    right = _FULL * max(row.right.width for row in rows if row.right)
    full = [
        bool((row.left and row.left.width > left) or (row.right and row.right.width > right))
        for row in rows
    ]
    cells = [n for n in range(full.index(True)) if rows[n].left and rows[n].right]
    start = cells[-1] + 1 if len(cells) > 1 else 0
    top = max(next((n for n in side if n >= start), start) for side in (lefts, rights))
    size = median(half.size for row in rows for half in (row.left, row.right) if half)
    start = next(n for n in range(start, len(rows)) if rows[n].y >= rows[top].y - _HIGHER * size)
    return start, _end(rows, full, min(lefts[-1], rights[-1]))


def _end(rows: Sequence[_Row], full: Sequence[bool], last: int) -> int:
    """Where the longer column ends: at a gap below the end of the other, if few lines below it
    are as wide as the column."""
    step = rows[last].y - rows[max(0, last - 1)].y
    for n in range(last + 1, len(rows)):
        gap = rows[n].y - rows[n - 1].y > 1.5 * step
        if gap and sum(full[n:]) < 0.3 * len(full[n:]):
            return n
    return len(rows)


def _divides(rows: Sequence[_Row], at: float, levels: Sequence[Rule], bands: int) -> bool:
    left = [row.left for row in rows if row.left]
    right = [row.right for row in rows if row.right]
    if len(left) < _LINES or len(right) < _LINES:
        return False
    size = median(half.size for half in (*left, *right))
    if min(half.left for half in right) - max(half.right for half in left) < _GUTTER * size:
        return False
    end = min(left[-1].y, right[-1].y) + 2 * size
    left, right = ([half for half in side if half.y <= end] for side in (left, right))
    return _is_prose(left) and _is_prose(right) and not _is_table(left, right, at, levels, bands)


def _is_prose(halves: Sequence[_Half]) -> bool:
    if len(halves) < _LINES:
        return False
    width = max(half.right for half in halves) - min(half.left for half in halves)
    full = sum(half.width >= _FULL * width for half in halves)
    words = sum(half.words for half in halves)
    return full >= _MANY * len(halves) and words >= _WORDS * len(halves)


def _is_table(
    left: Sequence[_Half], right: Sequence[_Half], at: float, levels: Sequence[Rule], bands: int
) -> bool:
    """Whether two columns are those of a table: rules or space between its rows go through both,
    and its rows begin level."""
    top, bottom = max(left[0].y, right[0].y), min(left[-1].y, right[-1].y)
    through = {round(r.at) for r in levels if r.start < at < r.end and top < r.at < bottom}
    if len(through) >= 2:
        return True
    together = sorted([*left, *right], key=lambda half: half.y)
    steps = [b.y - a.y for side in (left, right) for a, b in pairwise(side)]
    usual = median(steps) if steps else 0.0
    starts = [together[0].y]
    starts += [b.y for a, b in pairwise(together) if b.y - a.y > 1.25 * usual]
    level = sum(_begins(left, y) and _begins(right, y) for y in starts)
    return level >= bands and level >= 0.6 * len(starts)


def _begins(side: Sequence[_Half], y: float) -> bool:
    return any(abs(half.y - y) < 1.5 for half in side)
