"""The workshop's price list, printed by ReportLab."""

from html import escape
from pathlib import Path

from markup import read
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, TableStyle

WIDTHS = [18 * mm, 66 * mm, 20 * mm, 20 * mm, 50 * mm]


def _frame(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(18 * mm, 285 * mm, "Northgate Cycles & Hardware")
    canvas.drawRightString(192 * mm, 285 * mm, "Workshop price list, from 1 April 2025")
    canvas.drawCentredString(105 * mm, 10 * mm, f"WP-25  |  {document.page}")


def _table(rows: tuple[tuple[str, ...], ...]) -> LongTable:
    body = getSampleStyleSheet()["BodyText"].clone("cell", fontSize=8.5, leading=10)
    marks = [
        ("GRID", (0, 0), (-1, -1), 0.3, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#cfe3d4")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    cells = []
    for index, row in enumerate(rows):
        if len(row) == 1:
            marks += [
                ("SPAN", (0, index), (-1, index)),
                ("BACKGROUND", (0, index), (-1, index), colors.HexColor("#eeeeee")),
            ]
            row = (f"<b>{row[0]}</b>", "", "", "", "")
        cells.append([Paragraph(cell, body) for cell in row])
    return LongTable(cells, WIDTHS, repeatRows=1, style=TableStyle(marks))


def build(source: Path, target: Path) -> None:
    """Print the price list."""
    sheet = getSampleStyleSheet()
    styles = {"title": sheet["Title"], "h2": sheet["Heading2"], "p": sheet["BodyText"]}
    story: list[Flowable] = []
    for block in read(source):
        if block.kind == "table":
            story.append(_table(block.rows))
        elif block.kind == "bullet":
            story.append(Paragraph(escape(block.text), sheet["BodyText"], bulletText="•"))
        else:
            story.append(Paragraph(escape(block.text), styles[block.kind]))
    document = SimpleDocTemplate(
        str(target), pagesize=A4, margins=18 * mm, title="Workshop price list"
    )
    document.build(story, onFirstPage=_frame, onLaterPages=_frame)
