"""What stands at the edge of page after page: heads, feet and page numbers. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from voicebot.knowledge.lines import Line
from voicebot.knowledge.text import clean, squeeze

_LINES = 3  # of a page's top and of its bottom that may be running
_PLACE = 4.0  # points by which their place may differ
_OFTEN = 3  # pages on which it stands: books have others left and right, and for each chapter
_FEW = 4  # pages, of which two are enough
_SMALL = 0.92  # of the body's size: small print
_EDGE = 0.08  # of the page's height, within which it is no part of the text
_PAGE_NUMBER = re.compile(
    r"[-–—|\s]*(?:page|p\.)?\s*(?:\d{1,4}|[ivxl]{1,6})\s*(?:(?:of|/)\s*\d{1,4})?[-–—|\s]*",
    re.IGNORECASE,
)

_NOTE = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹*†‡]")
_COUNTED = re.compile(r"page \d{1,4}(?: of \d{1,4})?|\d{1,4} ?/ ?\d{1,4}", re.IGNORECASE)


def without_running_heads(
    pages: Sequence[Sequence[Line]], heights: Sequence[float]
) -> list[list[Line]]:
    """Without the lines that stand in one place at the edge of many pages, without page numbers,
    and without small print set off at the edge of a page. pages: their lines from top to bottom.
    heights: of the pages, in points."""
    heads, feet = (_repeated([page[::step][:_LINES] for page in pages]) for step in (1, -1))
    sizes = Counter(line.size for page in pages for line in page for _ in line.words)
    small = _SMALL * (sizes.most_common(1)[0][0] if sizes else 0.0)
    found = []
    for number, (page, height) in enumerate(zip(pages, heights, strict=True)):
        below = _trim(list(page), heads, number, small, _EDGE * height)
        above = _trim(below[::-1], feet, number, small, (1 - _EDGE) * height)
        found.append(above[::-1])
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
    enough = 2 if len(edges) <= _FEW else _OFTEN
    return {key for key, count in counts.items() if count >= enough}


def _trim(
    page: list[Line], running: set[str], number: int, small: float, edge: float
) -> list[Line]:
    """page: from the edge inwards. edge: how far down the page it ends."""
    for _ in range(_LINES):
        if not page:
            break
        line = page[0]
        numbered = _PAGE_NUMBER.fullmatch(squeeze(clean(line.text)))
        counted = any(_COUNTED.fullmatch(squeeze(clean(cell.text))) for cell in line.cells)
        repeated = _keys(line, number) & running and not _heads_table(page)
        apart = len(page) > 1 and abs(page[1].y - line.y) > 2.5 * line.size
        outside = (line.y < edge) == (edge < page[-1].y) and not _NOTE.match(line.text)
        if not (numbered or counted or repeated or (line.size < small and apart and outside)):
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
