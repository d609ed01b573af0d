"""Lines of a page to blocks: headings, prose, list items and tables. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.knowledge.text import join_lines, squeeze


@dataclass(frozen=True)
class Line:
    """text with its columns as runs of spaces, "" for a gap; size in points, 0 where unknown."""

    text: str
    size: float = 0.0
    bold: bool = False


@dataclass(frozen=True)
class Heading:
    text: str
    size: float = 0.0


@dataclass(frozen=True)
class Prose:
    """A paragraph, or one item of a list."""

    text: str
    item: bool = False


@dataclass(frozen=True)
class Table:
    """header is empty where the table has none; every row has the same number of cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Prose | Table
Cell = tuple[int, str]  # column of the first character, text

_BULLET = re.compile(r"\s*(?:[•▪◦●○■–*·‣-]|\(?\d{1,2}[.)]|[a-z]\))\s+(?=\S)")
_GAP = re.compile(r" {2,}")


# ------------------------------------------------------------------ running heads


_PAGE_NUMBER = re.compile(
    r"[-–|\s]*(?:page|p\.)?\s*\d{1,4}\s*(?:(?:of|/)\s*\d{1,4})?[-–|\s]*", re.IGNORECASE
)


def without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Without the lines that stand at the edge of most pages, and without page numbers."""
    heads, feet = (_repeated([_edge(page[::step]) for page in pages]) for step in (1, -1))
    found = []
    for number, page in enumerate(pages):
        below = _trim(list(page), heads, number)
        found.append(_trim(below[::-1], feet, number)[::-1])
    return found


def _keys(line: Line, number: int) -> set[str]:
    """The line as it is, and with each of its numbers relative to the page's: they all are the
    same on every page, or one of them is."""
    text = squeeze(line.text).lower()
    relative = (
        f"{text[: n.start()]}#{int(n[0]) - number}{text[n.end() :]}"
        for n in re.finditer(r"(?<!\d)\d{1,4}(?!\d)", text)
    )
    return {text, *relative}


def _repeated(edges: Sequence[Sequence[Line]]) -> set[str]:
    counts: Counter[str] = Counter()
    for number, edge in enumerate(edges):
        counts.update({key for line in edge for key in _keys(line, number)})
    enough = max(2, (len(edges) + 1) // 2)
    return {key for key, count in counts.items() if count >= enough}


def _edge(page: Sequence[Line]) -> list[Line]:
    return [line for line in page if line.text.strip()][:3]


def _trim(page: list[Line], running: set[str], number: int) -> list[Line]:
    for _ in range(3):
        while page and not page[0].text.strip():
            page = page[1:]
        if page and (_keys(page[0], number) & running or _PAGE_NUMBER.fullmatch(page[0].text)):
            page = page[1:]
    return page


# ------------------------------------------------------------------ tables


def _cells(line: Line) -> list[Cell]:
    cells, start = [], 0
    text = line.text
    for gap in [*_GAP.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if text[start:end].strip():
            cells.append((start + len(text[start:end]) - len(text[start:end].lstrip()),
                          text[start:end].strip()))  # fmt: skip
        start = gap.end() if gap else end
    return cells


def _aligned(cells: Sequence[Cell], columns: Sequence[int], slack: int = 3) -> bool:
    return any(abs(start - column) <= slack for start, _ in cells[1:] for column in columns[1:])


def _table_end(lines: Sequence[Line], start: int) -> int:
    """Where the table that begins at `start` ends; `start` itself where none begins."""
    columns = [cell[0] for cell in _cells(lines[start])]
    if len(columns) < 2 or _BULLET.match(lines[start].text):
        return start
    end, rows, at, gap = start + 1, 1, start + 1, False
    while at < len(lines):
        cells = _cells(lines[at])
        if not cells:
            if gap:
                break
            gap, at = True, at + 1
            continue
        if len(cells) > 1 and (_aligned(cells, columns) or len(cells) == len(columns) > 2):
            columns = columns if len(columns) >= len(cells) else [cell[0] for cell in cells]
            rows += 1
        elif gap or not _wrapped(cells, columns, lines[at + 1 : at + 2]):
            break
        gap, at = False, at + 1
        end = at
    return end if rows >= 2 else start


def _wrapped(cells: Sequence[Cell], columns: Sequence[int], following: Sequence[Line]) -> bool:
    """Whether these cells go on with those of the line above."""
    if len(cells) > 1:
        return False
    start, text = cells[0]
    if start > columns[0] + 3:
        return any(abs(start - column) <= 3 for column in columns[1:])
    # The first column's own second line: short, and the table or its paragraph ends behind it.
    ends = not following or not following[0].text.strip() or len(_cells(following[0])) > 1
    return ends and text[:1].islower() and start + len(text) < columns[1]


def _table(lines: Sequence[Line]) -> Table:
    rows_of_cells = [(line, _cells(line)) for line in lines if line.text.strip()]
    width = max(len(cells) for _, cells in rows_of_cells)
    widest = [cells for _, cells in rows_of_cells if len(cells) == width]
    columns = [min(cells[n][0] for cells in widest) for n in range(width)]
    rows: list[list[str]] = []
    for _, cells in rows_of_cells:
        row = [""] * width
        for n, (start, text) in enumerate(cells):
            place = n if len(cells) == width else _column(start, columns)
            row[place] = f"{row[place]} {text}".strip()
        if rows and len(cells) < width and (not row[0] or row[0][:1].islower()):
            rows[-1] = [join_lines([a, b]) for a, b in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    table = [tuple(squeeze(cell) for cell in row) for row in rows]
    header = table[0] if _is_header(table, [line.bold for line, _ in rows_of_cells]) else ()
    return Table(header, tuple(table[1:] if header else table))


def _column(start: int, columns: Sequence[int]) -> int:
    return max((n for n, column in enumerate(columns) if column <= start + 2), default=0)


def _is_header(rows: Sequence[tuple[str, ...]], bold: Sequence[bool]) -> bool:
    if len(rows) < 2 or not all(rows[0]):
        return False
    if bold[0] and not all(bold):
        return True
    digits = [any(c.isdigit() for c in "".join(row[1:])) for row in rows]
    return not any(c.isdigit() for c in "".join(rows[0])) and sum(digits) * 2 > len(rows)


def _two_columns(lines: Sequence[Line]) -> list[Line]:
    """Prose set in two columns, read down the left one and then the right one."""
    pairs = [(n, cells) for n, line in enumerate(lines) if len(cells := _cells(line)) == 2]
    if len(pairs) < 8:
        return list(lines)
    right = Counter(cells[1][0] for _, cells in pairs).most_common(1)[0][0]
    pairs = [(n, cells) for n, cells in pairs if abs(cells[1][0] - right) <= 1]
    lengths = [len(text) for _, cells in pairs for _, text in cells]
    if len(pairs) < 8 or sum(lengths) / len(lengths) < 28:
        return list(lines)
    first, last = pairs[0][0], pairs[-1][0] + 1
    body = lines[first:last]
    left_side = [Line(line.text[: right - 1].rstrip(), line.size, line.bold) for line in body]
    right_side = [Line(line.text[right - 1 :].strip(), line.size, line.bold) for line in body]
    return [*lines[:first], *left_side, Line(""), *right_side, *lines[last:]]


# ------------------------------------------------------------------ headings and prose


@dataclass(frozen=True)
class Style:
    """What ordinary text of a document looks like, and whether headings are set off from it."""

    size: float
    bold: bool
    telling: bool

    @classmethod
    def of(cls, pages: Sequence[Sequence[Line]]) -> Style:
        weights: Counter[tuple[float, bool]] = Counter()
        for page in pages:
            for line in page:
                weights[(line.size, line.bold)] += len(line.text.strip())
        (size, bold), _ = weights.most_common(1)[0] if weights else ((0.0, False), 0)
        telling = any(s > size * 1.12 or (b and not bold) for s, b in weights) and size > 0
        return cls(size, bold, telling)


def is_heading(line: Line, before: Line | None, after: Line | None, style: Style) -> bool:
    text = squeeze(line.text)
    if not text or len(text) > 90 or text[-1] in ".,;" or not re.search(r"[^\W\d_]{2}", text):
        return False
    if style.telling:
        return line.size > style.size * 1.12 or (line.bold and not style.bold)
    if _BULLET.match(line.text) or len(_cells(line)) > 1:
        return False
    if text.isupper() and len(text) > 3:
        return True
    alone = before is None or not before.text.strip()
    follows = after is not None and (bool(after.text.strip()) or text.endswith("?"))
    return alone and follows and text[0].isupper() and len(text) < 60 and text[-1] != ":" and (
        after is None or len(after.text.strip()) > len(text) or not after.text.strip()
    )  # fmt: skip


def blocks(lines: Sequence[Line], style: Style, words: frozenset[str]) -> list[Block]:
    """The blocks of one page, in reading order. words: see join_lines."""
    lines = _two_columns(lines)
    found: list[Block] = []
    paragraph: list[str] = []
    item = False

    def close() -> None:
        nonlocal item
        if text := squeeze(join_lines(paragraph, words)):
            found.append(Prose(text, item))
        paragraph.clear()
        item = False

    at, adjacent = 0, False
    while at < len(lines):
        line = lines[at]
        around = (lines[at - 1] if at else None, lines[at + 1] if at + 1 < len(lines) else None)
        heading = is_heading(line, *around, style)
        end = _table_end(lines, at) if not heading or len(_cells(line)) > 1 else at
        if end > at:
            close()
            found.append(_table(lines[at:end]))
        elif not line.text.strip():
            close()
        elif heading:
            close()
            text, last = squeeze(line.text), found[-1] if found else None
            if adjacent and isinstance(last, Heading) and last.size == line.size:
                found[-1] = Heading(f"{last.text} {text}", line.size)
            else:
                found.append(Heading(text, line.size))
        elif bullet := _BULLET.match(line.text):
            close()
            paragraph.append(squeeze(line.text[bullet.end() :]))
            item = True
        else:
            paragraph.append(squeeze(line.text))
        adjacent = heading and end == at
        at = max(end, at + 1)
    close()
    return found
