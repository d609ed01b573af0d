"""Make the sample shop's PDFs from `data/text/*.md`: `python data/make_pdfs.py [FOLDER]`.

The same text gives the same bytes (reportlab's invariant mode), so that a change of the PDFs in
version control is always a change of their words. Headings, paragraphs, lists and tables of the
texts are known; nothing else of Markdown is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

HERE = Path(__file__).resolve().parent
SHOP = "Lakeside Electronics"
EDITION = "Edition of October 2024"
MARGIN = 18 * mm

_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9.5, leading=13, spaceAfter=6)
_CELL = ParagraphStyle("cell", parent=_TEXT, fontSize=8.5, leading=11, spaceAfter=0)
_TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=18, leading=22, spaceAfter=10)
_HEADING = ParagraphStyle(
    "heading", fontName="Helvetica-Bold", fontSize=12, leading=15, spaceBefore=8, spaceAfter=4
)
_GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e4ecf2")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)


@dataclass(frozen=True)
class Block:
    """kind: "title", "heading", "text", "item" or "table"; rows are a table's cells."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def blocks(text: str) -> Iterator[Block]:
    """The parts of one text, in order."""
    rows: list[tuple[str, ...]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            if not re.fullmatch(r"[|\s-]+", line):
                rows.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
            continue
        if rows:
            yield Block("table", rows=tuple(rows))
            rows = []
        if line.startswith("# "):
            yield Block("title", line[2:])
        elif line.startswith("## "):
            yield Block("heading", line[3:])
        elif re.match(r"(\d+\.|-) ", line):
            yield Block("item", line)
        elif line.strip():
            yield Block("text", line)


def _table(rows: tuple[tuple[str, ...], ...], width: float) -> Flowable:
    longest = [max(len(row[n]) for row in rows) + 4 for n in range(len(rows[0]))]
    widths = [width * n / sum(longest) for n in longest]
    head, *body = rows
    bold = ParagraphStyle("head", parent=_CELL, fontName="Helvetica-Bold")
    cells = [[Paragraph(escape(cell), bold) for cell in head]]
    cells += [[Paragraph(escape(cell), _CELL) for cell in row] for row in body]
    return Table(cells, widths, style=_GRID, repeatRows=1, spaceBefore=2, spaceAfter=8)


def _story(parts: list[Block], width: float) -> list[Flowable]:
    story: list[Flowable] = []
    heading: list[Flowable] = []  # kept with what follows, so that none ends a page
    for part in parts:
        if part.kind == "heading":
            heading = [Paragraph(escape(part.text), _HEADING)]
            continue
        made: Flowable
        if part.kind == "table":
            made = _table(part.rows, width)
        else:
            made = Paragraph(escape(part.text), _TITLE if part.kind == "title" else _TEXT)
        story.append(KeepTogether([*heading, made]) if heading else made)
        heading = []
    story.append(Spacer(1, 4))
    return story


def make(source: Path, target: Path) -> None:
    """One text to one PDF."""
    parts = list(blocks(source.read_text(encoding="utf-8")))
    title = next(part.text for part in parts if part.kind == "title")
    width, height = A5

    def frame_of_page(canvas: Canvas, document: Any) -> None:
        canvas.setFont("Helvetica", 7.5)
        canvas.drawString(MARGIN, height - 11 * mm, SHOP)
        canvas.drawRightString(width - MARGIN, height - 11 * mm, title)
        canvas.drawString(MARGIN, 10 * mm, EDITION)
        canvas.drawRightString(width - MARGIN, 10 * mm, f"Page {document.page}")

    document = BaseDocTemplate(
        str(target), pagesize=A5, title=title, author=SHOP, subject="Customer information",
        invariant=1,
    )  # fmt: skip
    frame = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[frame], onPage=frame_of_page)])
    document.build(_story(parts, width - 2 * MARGIN))


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "pdfs"
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted((HERE / "text").glob("*.md")):
        make(source, folder / f"{source.stem}.pdf")


if __name__ == "__main__":
    main()
