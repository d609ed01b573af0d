"""The cordless drill's instructions, printed by fpdf2."""

from pathlib import Path

from fpdf import FPDF, FontFace
from markup import read


class Manual(FPDF):
    """A5 pages with a running head and foot."""

    def header(self) -> None:
        self.set_font("Helvetica", "I", 7)
        self.cell(0, 4, "Ironside ID18", align="L")
        self.cell(0, 4, "Instructions for use", align="R", new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font("Helvetica", "", 7)
        self.cell(0, 5, f"IM-ID18-EN     {self.page_no()} / {{nb}}", align="C")


def build(source: Path, target: Path) -> None:
    """Print the manual."""
    pdf = Manual(format="A5")
    pdf.set_title("Ironside ID18 cordless drill driver")
    pdf.set_auto_page_break(True, 16)
    pdf.add_page()
    for block in read(source):
        if block.kind == "table":
            pdf.set_font("Helvetica", "", 8)
            with pdf.table(
                block.rows,
                line_height=4.6,
                headings_style=FontFace(emphasis="BOLD"),
                text_align="LEFT",
            ):
                pass
            pdf.ln(2)
            continue
        style, size = {"title": ("B", 16), "h2": ("B", 11.5), "h3": ("B", 9)}.get(
            block.kind, ("", 9)
        )
        if style:
            pdf.ln(2)
        pdf.set_font("Helvetica", style, size)
        mark = "\x95 " if block.kind == "bullet" else ""
        pdf.multi_cell(0, size * 0.52, mark + block.text, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1)
    pdf.output(str(target))
