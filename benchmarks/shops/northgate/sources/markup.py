"""The few marks in which the table-heavy documents are written.

`# ` title, `## ` heading, `### ` question or sub-heading, `- ` bullet, `1. ` step,
`|= a | b` table head, `|# a` a band across the table, `| a | b` table row; any other
line is a paragraph.
"""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Block:
    """One piece of a document: `kind` is title, h2, h3, p, bullet, step or table."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def read(path: Path) -> list[Block]:
    """The blocks of a file, a table's rows gathered into one block (its head first)."""
    blocks: list[Block] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            cells = tuple(cell.strip() for cell in line.lstrip("|=#").split("|"))
            if line.startswith("|="):
                blocks.append(Block("table"))
            last = blocks.pop()
            blocks.append(Block("table", rows=(*last.rows, cells)))
            continue
        for mark, kind in (("### ", "h3"), ("## ", "h2"), ("# ", "title"), ("- ", "bullet")):
            if line.startswith(mark):
                blocks.append(Block(kind, line[len(mark) :]))
                break
        else:
            if re.match(r"\d+\. ", line):
                blocks.append(Block("step", line))
            elif line:
                blocks.append(Block("p", line))
    return blocks
