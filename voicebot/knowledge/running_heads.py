"""What stands at the edge of page after page: heads, feet and page numbers. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from voicebot.knowledge.lines import Line
from voicebot.knowledge.text import clean, squeeze

_LINES = 3  # of a page's top and of its bottom that may be running
_PLACE = 4.0  # points by which their place may differ
_SHARE = 0.3  # of the pages; books have others left and right, and for each chapter
_PAGE_NUMBER = re.compile(
    r"[-–—|\s]*(?:page|p\.)?\s*(?:\d{1,4}|[ivxl]{1,6})\s*(?:(?:of|/|von|sur|de)\s*\d{1,4})?[-–—|\s]*",
    re.IGNORECASE,
)


def without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Without the lines that stand in one place at the edge of many pages, and without page
    numbers. pages: their lines from top to bottom."""
    heads, feet = (_repeated([page[::step][:_LINES] for page in pages]) for step in (1, -1))
    found = []
    for number, page in enumerate(pages):
        below = _trim(list(page), heads, number)
        found.append(_trim(below[::-1], feet, number)[::-1])
    return found


def _keys(line: Line, number: int) -> set[str]:
    """The line as it is, and with each of its numbers relative to the page's: they all are the
    same on every page, or one of them is."""
    text = squeeze(clean(line.text)).lower()
    relative = (
        f"{text[: n.start()]}#{int(n[0]) - number}{text[n.end() :]}"
        for n in re.finditer(r"(?<!\d)\d{1,4}(?!\d)", text)
    )
    place = round(line.y / _PLACE)
    return {f"{at} {key}" for key in (text, *relative) for at in (place - 1, place, place + 1)}


def _repeated(edges: Sequence[Sequence[Line]]) -> set[str]:
    counts: Counter[str] = Counter()
    for number, edge in enumerate(edges):
        counts.update({key for line in edge for key in _keys(line, number)})
    enough = max(2, _SHARE * len(edges)) if len(edges) < 10 else 3
    return {key for key, count in counts.items() if count >= enough}


def _trim(page: list[Line], running: set[str], number: int) -> list[Line]:
    """page: from the edge inwards."""
    for _ in range(_LINES):
        if not page:
            break
        line = page[0]
        numbered = _PAGE_NUMBER.fullmatch(squeeze(clean(line.text)))
        repeated = _keys(line, number) & running and not _heads_table(page)
        if not (numbered or repeated):
            break
        page = page[1:]
    return page


def _heads_table(page: Sequence[Line]) -> bool:
    """Whether the line names the columns of a table that goes on over the pages."""
    if len(page) < 2 or len(page[0].cells) < 2 or len(page[0].cells) != len(page[1].cells):
        return False
    slack = 0.6 * page[0].size
    return all(
        abs(a.left - b.left) < slack or abs(a.right - b.right) < slack
        for a, b in zip(page[0].cells, page[1].cells, strict=True)
    )
