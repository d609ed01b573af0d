"""The order in which a page is read: prose set in columns, down each of them in turn. Pure.

After the recursive X-Y cut (Nagy and Seth, 1984), with one difference: a gutter counts only where
what stands on both sides of it reads as prose; the columns of a table are read across.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from voicebot.knowledge.lines import Bar, Line, aligned, lines_of
from voicebot.knowledge.pages import Rule, Word

_LINES = 3  # on either side, at least
_GUTTER = 0.8  # of the size of the text, at least
_WORDS = 3.2  # on a line of prose, on average at least
_FULL = 0.7  # of its column's width: a line that prose has filled
_MANY = 0.35  # of the lines of prose are full
_HIGHER = 2.5  # of the size: so much higher may one column begin
_BANDS = 3  # rows that begin level on both sides: a table
_SET_OFF = 1.7  # of the usual step: the space around what is not part of the columns
_TRIES = 24  # stretches that are tried for each gutter
_DEPTH = 3  # times that a column may be divided again


@dataclass(frozen=True)
class _Gutter:
    """Between columns: across the page at `at`, from line `first` to before line `last`."""

    at: float
    first: int
    last: int


@dataclass(frozen=True)
class _Sides:
    """How wide a line is left and right of a gutter; 0 where nothing stands."""

    left: float
    right: float

    @classmethod
    def of(cls, line: Line, at: float) -> _Sides:
        left = [word.right for word in line.words if word.right <= at]
        right = [word.left for word in line.words if word.right > at]
        return cls(
            max(left) - line.left if left else 0.0, line.right - min(right) if right else 0.0
        )


def regions(
    words: Sequence[Word], levels: Sequence[Rule], bars: Sequence[Bar], depth: int = _DEPTH
) -> list[list[Line]]:
    """Lines by column, in reading order. Text may run on from one into the next."""
    lines = lines_of(words, bars)
    gutter = _gutter(lines, levels) if depth else None
    if gutter is None:
        return [aligned(lines)] if lines else []
    above, body, below = (
        [word for line in part for word in line.words]
        for part in (lines[: gutter.first], lines[gutter.first : gutter.last], lines[gutter.last :])
    )
    left = [word for word in body if word.right <= gutter.at]
    right = [word for word in body if word.right > gutter.at]
    parts = ((above, depth), (left, depth - 1), (right, depth - 1), (below, depth))
    return [region for part, left in parts for region in regions(part, levels, bars, left)]


def _gutter(lines: Sequence[Line], levels: Sequence[Rule]) -> _Gutter | None:
    """The gutter along most lines, None where nothing is set in columns."""
    found: list[_Gutter] = []
    for at in _candidates(lines):
        first = 0
        for n, line in enumerate([*lines, None]):
            if line is not None and not _crosses(line, at):
                continue
            for start, end in _tries(lines[first:n]):
                run = lines[first + start : first + end]
                above, below = _extent(run, at)
                if _divides(run[above:below], at, levels):
                    found.append(_Gutter(at, first + start + above, first + start + below))
                    break
            first = n + 1
    return max(found, key=lambda gutter: gutter.last - gutter.first, default=None)


def _tries(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Stretches of the lines that may be set in columns, longest first: all, and without what is
    set off by space at the bottom or at the top."""
    steps = [b.y - a.y for a, b in pairwise(lines)]
    usual = median(steps) if steps else 0.0
    cuts = [n for n, step in enumerate(steps, start=1) if step > _SET_OFF * usual]
    ends, starts = [len(lines), *reversed(cuts)], [0, *cuts]
    tries = [(start, end) for start in starts for end in ends if end - start > _LINES]
    return sorted(tries, key=lambda part: part[0] - part[1])[:_TRIES]


def _extent(lines: Sequence[Line], at: float) -> tuple[int, int]:
    """Which of the lines that leave a gutter free are set in columns: without a table above them
    whose cells happen to keep clear of it, and without short lines below them."""
    sides = [_Sides.of(line, at) for line in lines]
    width = (
        max((side.left for side in sides), default=0.0),
        max((side.right for side in sides), default=0.0),
    )
    if not all(width):
        return 0, 0
    full = [side.left > _FULL * width[0] or side.right > _FULL * width[1] for side in sides]
    both = [n for n, side in enumerate(sides) if side.left and side.right]
    begin = full.index(True)
    cells = [n for n in both if n < begin]
    start = cells[-1] + 1 if len(cells) > 1 else 0
    tops = [
        next((n for n in range(start, len(sides)) if getattr(sides[n], side)), start)
        for side in ("left", "right")
    ]
    higher = lines[max(tops)].y - _HIGHER * lines[max(tops)].size
    start = next(n for n in range(start, len(lines)) if lines[n].y >= higher)
    last = min(
        max(n for n, side in enumerate(sides) if side.left),
        max(n for n, side in enumerate(sides) if side.right),
    )
    return start, _end(lines, full, last)


def _end(lines: Sequence[Line], full: Sequence[bool], last: int) -> int:
    """Where the longer column ends: at a gap below the end of the other, if no line below it is
    as wide as the column."""
    for n in range(last + 1, len(lines)):
        gap = lines[n].y - lines[n - 1].y > 1.5 * (lines[last].y - lines[max(0, last - 1)].y)
        if gap and sum(full[n:]) < 0.3 * len(full[n:]):
            return n
    return len(lines)


def _candidates(lines: Sequence[Line]) -> list[float]:
    """Places just left of where words begin behind a wide gap, most shared first."""
    begins: Counter[int] = Counter()
    margin = min((line.left for line in lines), default=0.0)
    for line in lines:
        rights = [margin, *(word.right for word in line.words)]
        for right, word in zip(rights, line.words, strict=False):
            if word.left - right > _GUTTER * line.size:
                begins[round(word.left / 2)] += 1
    often = [place for place, count in begins.most_common(12) if count + begins[place + 1] >= 3]
    return [2.0 * place - 2.5 for place in often]


def _crosses(line: Line, at: float) -> bool:
    return any(word.left < at < word.right for word in line.words)


def _divides(lines: Sequence[Line], at: float, levels: Sequence[Rule]) -> bool:
    left = lines_of(word for line in lines for word in line.words if word.right <= at)
    right = lines_of(word for line in lines for word in line.words if word.right > at)
    if not (left and right):
        return False
    end = min(left[-1].y, right[-1].y)
    left, right = ([line for line in side if line.y <= end + line.size] for side in (left, right))
    if not (_is_prose(left) and _is_prose(right)):
        return False
    size = median(line.size for line in (*left, *right))
    gap = min(line.left for line in right) - max(line.right for line in left)
    return gap >= _GUTTER * size and not _is_table(left, right, at, levels)


def _is_prose(lines: Sequence[Line]) -> bool:
    if len(lines) < _LINES:
        return False
    width = max(line.right for line in lines) - min(line.left for line in lines)
    full = sum(line.right - line.left >= _FULL * width for line in lines)
    words = sum(len(line.words) for line in lines)
    return full >= _MANY * len(lines) and words >= _WORDS * len(lines)


def _is_table(
    left: Sequence[Line], right: Sequence[Line], at: float, levels: Sequence[Rule]
) -> bool:
    """Whether two columns are those of a table: rules or space between its rows go through both,
    and its rows begin level."""
    top, bottom = max(left[0].y, right[0].y), min(left[-1].y, right[-1].y)
    through = {round(r.at) for r in levels if r.start < at < r.end and top < r.at < bottom}
    if len(through) >= 2:
        return True
    together = sorted([*left, *right], key=lambda line: line.y)
    steps = [b.y - a.y for side in (left, right) for a, b in itertools.pairwise(side)]
    usual = median(steps) if steps else 0.0
    level, bands, starts = 0, 1, together[0].y
    for before, line in itertools.pairwise(together):
        if line.y - before.y > 1.25 * usual:
            level += _begins(left, starts) and _begins(right, starts)
            bands, starts = bands + 1, line.y
    level += _begins(left, starts) and _begins(right, starts)
    return level >= _BANDS and level >= 0.6 * bands


def _begins(side: Sequence[Line], y: float) -> bool:
    return any(abs(line.y - y) < 1.5 for line in side)
