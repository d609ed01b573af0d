"""Lines whose cells stand below each other to the rows of a table. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from voicebot.knowledge.lines import Cell, Line
from voicebot.knowledge.pages import Rule
from voicebot.knowledge.text import clean, join_lines, squeeze

_BARE_BULLET = re.compile(r"[•▪◦●○■□➢►▶✓✔✗✘❑❖–*·‣o-]|\(?\d{1,2}[.)]|\(?[a-z]\)")
_STOP = 1.6  # of the largest step in a table so far: more is the space below it
_ALIGNED = 0.6  # of the size: edges or middles this near each other stand below each other
_ROW_STEP = 3.5  # of the size, from one row's baseline to the next, at most
_WRAP_STEP = 2.0  # the same within a cell
_LOOSE = 1.25  # of the step between wrapped lines: more is the space between rows
_SAME_PLACE = 6.0  # points
_OVERLAP = 0.95  # of the size: lines nearer than that are in one row, or they would collide
_NARROW = 5.0  # of the size: no text is wrapped in a column less wide


@dataclass(frozen=True)
class Table:
    """header is empty where the table has none; every row has the same number of cells. about:
    its caption."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    about: str = ""
    lefts: tuple[float, ...] = field(default=(), compare=False)

    def following(self, other: Table) -> Table:
        """With the header of another that this one goes on from: its columns stand in the same
        places, or repeat it."""
        if len(self.lefts) != len(other.lefts) or not other.header:
            return self
        if self.header == other.header:
            return replace(self, about=self.about or other.about)
        same = all(abs(a - b) < _SAME_PLACE for a, b in zip(self.lefts, other.lefts, strict=True))
        rows = (self.header, *self.rows) if self.header else self.rows
        return replace(self, header=other.header, rows=rows, about=other.about) if same else self


@dataclass(frozen=True)
class _Column:
    left: float
    right: float

    def overlap(self, cell: Cell) -> float:
        return min(self.right, cell.right) - max(self.left, cell.left)


def table_end(lines: Sequence[Line], start: int, levels: Sequence[Rule]) -> int:
    """Where the table that begins at `start` ends; `start` itself where none begins."""
    if len(lines[start].cells) < 2 and not lines[start].gridded:
        return start
    above, rows, most = [lines[start]], 1, 0.0
    for n in range(start + 1, len(lines)):
        line, step = lines[n], lines[n].y - lines[n - 1].y
        if step <= 0 or step > _ROW_STEP * line.size or line.gridded != above[0].gridded:
            break
        if not line.gridded and len(above) > 2 and step > max(_STOP * most, 2 * line.size):
            break
        if is_marked(line) and not is_marked(above[0]):
            break
        if line.gridded or (len(line.cells) > 1 and _is_aligned(line, above)):
            rows += 1
        elif not _goes_on(line, above, lines[n + 1 : n + 2], levels):
            break
        above.append(line)
        most = max(most, step)
    celled = any(len(line.cells) > 1 for line in above)
    return start + len(above) if rows >= 2 and celled else start


def is_marked(line: Line) -> bool:
    """Whether it is a list's item, its bullet or number standing apart."""
    return len(line.cells) == 2 and bool(_BARE_BULLET.fullmatch(line.cells[0].text))


def _is_aligned(line: Line, above: Sequence[Line]) -> bool:
    """Whether a cell behind the first stands below such a cell of the lines above."""
    columns = [cell for other in above[-6:] for cell in other.cells[1:]]
    slack = _ALIGNED * line.size
    return any(_below(cell, column, slack) for cell in line.cells[1:] for column in columns)


def _below(cell: Cell, column: Cell, slack: float) -> bool:
    middle = (cell.left + cell.right - column.left - column.right) / 2
    edges = (cell.left - column.left, cell.right - column.right, middle)
    return any(abs(edge) <= slack for edge in edges)


def _goes_on(
    line: Line, above: Sequence[Line], following: Sequence[Line], levels: Sequence[Rule]
) -> bool:
    """Whether a line with one cell belongs to a cell of the table above it."""
    cell, slack = line.cells[0], _ALIGNED * line.size
    if len(line.cells) > 1:
        return False
    near = line.y - above[-1].y < _WRAP_STEP * line.size
    wide = max(above, key=lambda other: len(other.cells))
    others = [other for row in above for other in row.cells[1:]]
    if cell.left > wide.cells[0].right and any(_below(cell, other, slack) for other in others):
        return near or (bool(following) and following[0].y - line.y < _WRAP_STEP * line.size)
    room = min((other.left for row in above[-3:] for other in row.cells[1:]), default=0.0)
    if not near or cell.left > wide.left + slack or cell.right > room:
        return False
    if _is_ruled_off(above[-1], line, levels):
        return False
    ruled = bool(following) and _is_ruled_off(line, following[0], levels)
    return ruled or cell.text[:1].islower()


def _is_ruled_off(upper: Line, lower: Line, levels: Sequence[Rule]) -> bool:
    left, right = min(upper.left, lower.left), max(upper.right, lower.right)
    return any(
        upper.y < rule.at < lower.y - 0.4 * lower.size
        and min(rule.end, right) - max(rule.start, left) > 0
        for rule in levels
    )


# ------------------------------------------------------------------ columns and rows


def table_of(lines: Sequence[Line], levels: Sequence[Rule]) -> Table:
    """The table that these lines are."""
    columns = _columns(lines)
    grid = [_placed(line, columns) for line in lines]
    cuts = _cuts(lines, columns, levels)
    if len(cuts) > 1:
        starts = [0, *(n for n in (_first_below(lines, cut) for cut, _ in cuts))]
        rows = _ruled_rows(lines, grid, cuts)
    else:
        starts = _row_starts(lines, grid, columns)
        parts = zip(starts, [*starts[1:], len(lines)], strict=True)
        rows = [
            [_joined(row[n] for row in grid[a:b]) for n in range(len(columns))] for a, b in parts
        ]
    bold = [
        all(line.bold for line in lines[a:b])
        for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]
    headed = len(cuts) == 1 and len(starts) > 1 and _first_below(lines, cuts[0][0]) == starts[1]
    is_header = _is_header([tuple(row) for row in rows], bold, headed)
    body = rows[is_header:]
    _carry_down(body)
    return Table(
        tuple(rows[0]) if is_header else (),
        tuple(tuple(row) for row in body if any(row)),
        lefts=tuple(column.left for column in columns),
    )


def _columns(lines: Sequence[Line]) -> list[_Column]:
    most = max(len(line.cells) for line in lines)
    columns: list[_Column] = []
    for line in sorted(lines, key=lambda line: len(line.cells) != most):
        for cell in line.cells:
            over = [n for n, column in enumerate(columns) if column.overlap(cell) > 0]
            if not over:
                columns.append(_Column(cell.left, cell.right))
            elif len(over) == 1:
                known = columns[over[0]]
                wider = _Column(min(known.left, cell.left), max(known.right, cell.right))
                columns[over[0]] = wider
    return sorted(columns, key=lambda column: column.left)


def _placed(line: Line, columns: Sequence[_Column]) -> list[Cell | None]:
    """The cells of a line by column; one that reaches over several is in the first of them."""
    placed: list[Cell | None] = [None] * len(columns)
    for cell in line.cells:
        over = [n for n, column in enumerate(columns) if column.overlap(cell) > 0]
        free = [n for n in over if placed[n] is None]
        at = (free or over or [0])[0]
        there = placed[at]
        placed[at] = Cell(there.words + cell.words) if there else cell
    return placed


def _joined(cells: Iterable[Cell | None]) -> str:
    return squeeze(join_lines(clean(cell.text) for cell in cells if cell))


def _cuts(
    lines: Sequence[Line], columns: Sequence[_Column], levels: Sequence[Rule]
) -> list[tuple[float, frozenset[int]]]:
    """The heights at which rules lie between rows, and the columns that each of them crosses."""
    found: dict[float, frozenset[int]] = {}
    for rule in sorted(levels, key=lambda rule: rule.at):
        if not _middle(lines[0]) < rule.at < _middle(lines[-1]):
            continue
        over = frozenset(
            n
            for n, column in enumerate(columns)
            if min(rule.end, column.right) - max(rule.start, column.left)
            > 0.5 * (column.right - column.left)
        )
        near = next((at for at in found if abs(at - rule.at) < 2.5), rule.at)
        if over:
            found[near] = found.get(near, frozenset()) | over
    # Rules that part no two lines are the sides of one that is thick, or of shading.
    firsts = [(_first_below(lines, at), at) for at in found]
    return [
        (at, found[at])
        for n, (first, at) in enumerate(firsts)
        if first != (firsts[n - 1][0] if n else 0)
    ]


def _first_below(lines: Sequence[Line], at: float) -> int:
    return next((n for n, line in enumerate(lines) if _middle(line) > at), len(lines) - 1)


def _middle(line: Line) -> float:
    return line.y - 0.3 * line.size


def _ruled_rows(
    lines: Sequence[Line],
    grid: Sequence[Sequence[Cell | None]],
    cuts: Sequence[tuple[float, frozenset[int]]],
) -> list[list[str]]:
    """Cells by the rules around them: one that no rule crosses belongs to all rows it spans."""
    rows = [[""] * len(grid[0]) for _ in range(len(cuts) + 1)]
    for column in range(len(grid[0])):
        own = [n for n, (_, over) in enumerate(cuts) if column in over]
        for first, last in zip([-1, *own], [*own, len(cuts)], strict=True):
            top = cuts[first][0] if first >= 0 else float("-inf")
            bottom = cuts[last][0] if last < len(cuts) else float("inf")
            text = _joined(
                row[column]
                for line, row in zip(lines, grid, strict=True)
                if top < _middle(line) <= bottom
            )
            for row in rows[first + 1 : last + 1]:
                row[column] = text
    return rows


def _row_starts(
    lines: Sequence[Line], grid: Sequence[Sequence[Cell | None]], columns: Sequence[_Column]
) -> list[int]:
    """The first line of each row, told by the space between rows, or by what cannot be a cell's
    next line."""
    usual = _wrap_step(lines, grid)
    # A header may stand off by itself.
    spaced = any(b.y - a.y > _LOOSE * usual for a, b in itertools.pairwise(lines[1:]))
    starts, last = [0], list(grid[0])
    for n in range(1, len(lines)):
        row, size = grid[n], lines[n].size
        shared = [(a, b, c) for a, b, c in zip(last, row, columns, strict=True) if a and b]
        wraps = all(_wraps(a, b, column, size) for a, b, column in shared)
        wide = any(column.right - column.left > _NARROW * size for *_, column in shared)
        step = lines[n].y - lines[n - 1].y
        if step > _LOOSE * usual or step < _OVERLAP * size:
            starts_row = step > size
        elif row[0] is None:
            starts_row = bool(shared) and not (spaced or (wraps and wide))
        elif spaced and wraps:
            starts_row = bool(shared) and not wide
        else:
            starts_row = not wraps or all(row) or not row[0].text[:1].islower()
        if starts_row:
            starts.append(n)
        last = list(row) if starts_row else [b or a for a, b in zip(last, row, strict=True)]
    return starts


def _wrap_step(lines: Sequence[Line], grid: Sequence[Sequence[Cell | None]]) -> float:
    """The least space between two cells below each other."""
    steps = []
    for n in range(len(grid[0])):
        heights = [line.y for line, row in zip(lines, grid, strict=True) if row[n]]
        steps += [b - a for a, b in itertools.pairwise(heights)]
    return min(steps, default=0.0)


def _wraps(cell: Cell, following: Cell, column: _Column, size: float) -> bool:
    """Whether the next line may go on with a cell: its first word would not have fitted."""
    word = following.words[0]
    width = cell.right - cell.left + 0.25 * size + word.right - word.left
    return width > column.right - column.left - 0.1 * size


def _carry_down(rows: list[list[str]]) -> None:
    """A row without a label is about the same thing as the row above."""
    for above, row in itertools.pairwise(rows):
        if not row[0] and any(row):
            row[0] = above[0]


def _is_header(rows: Sequence[tuple[str, ...]], bold: Sequence[bool], ruled_off: bool) -> bool:
    """Whether the first row names the columns: by its face, a rule below it, or as the only row
    without figures."""
    if len(rows) < 2 or not all(rows[0][1:]):
        return False
    if (bold[0] and not all(bold)) or ruled_off:
        return True
    digits = [any(c.isdigit() for c in "".join(row[1:])) for row in rows]
    share = 2 if len(rows[0]) < 3 else 3  # the more columns, the rarer are rows without a header
    short = all(len(cell.split()) < 5 for cell in rows[0])
    return short and not any(map(str.isdigit, "".join(rows[0]))) and sum(digits) * share > len(rows)
