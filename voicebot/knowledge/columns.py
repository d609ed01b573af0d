"""The order in which a page is read: prose set in columns, down each of them in turn. Pure.

After the recursive X-Y cut (Nagy and Seth, 1984), with one difference: a gutter counts only where
what stands on both sides of it reads as prose (`gutters`); the columns of a table are read across.
"""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.knowledge.gutters import widest_reach
from voicebot.knowledge.lines import Bar, Line, aligned, lines_of
from voicebot.knowledge.pages import Rule, Word

_DEPTH = 3  # times that a column may be divided again


def regions(
    words: Sequence[Word], levels: Sequence[Rule], bars: Sequence[Bar], depth: int = _DEPTH
) -> list[list[Line]]:
    """Lines by column, in reading order. Text may run on from one into the next."""
    lines = lines_of(words, bars)
    gutter = widest_reach(lines, levels) if depth else None
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
