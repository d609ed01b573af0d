"""Delivery and the club's questions: flat OpenDocument text, printed by LibreOffice."""

import subprocess
import tempfile
from html import escape
from pathlib import Path

from markup import Block, read

SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("style", "style"),
        ("text", "text"),
        ("table", "table"),
        ("fo", "xsl-fo-compatible"),
    )
)
STYLES = """
<office:styles>
<style:style style:name="P" style:family="paragraph"><style:paragraph-properties
 fo:margin-bottom="0.22cm" fo:text-align="justify"/><style:text-properties
 style:font-name="Liberation Serif" fo:font-size="10.5pt" fo:language="en" fo:country="GB"
 fo:hyphenate="true"/></style:style>
<style:style style:name="Cell" style:family="paragraph"><style:text-properties
 fo:font-size="9.5pt"/></style:style>
<style:style style:name="T" style:family="paragraph"><style:paragraph-properties
 fo:margin-bottom="0.5cm"/><style:text-properties fo:font-size="20pt"
 fo:font-weight="bold"/></style:style>
<style:style style:name="H2" style:family="paragraph"><style:paragraph-properties
 fo:margin-top="0.45cm" fo:margin-bottom="0.15cm" fo:keep-with-next="always"/>
<style:text-properties fo:font-size="13pt" fo:font-weight="bold"/></style:style>
<style:style style:name="H3" style:family="paragraph"><style:paragraph-properties
 fo:margin-top="0.2cm" fo:keep-with-next="always"/><style:text-properties
 fo:font-size="10.5pt" fo:font-weight="bold"/></style:style>
</office:styles>
<office:automatic-styles>
<style:style style:name="C" style:family="table-cell"><style:table-cell-properties
 fo:padding="0.1cm" fo:border="0.5pt solid #666666"/></style:style>
<style:page-layout style:name="L"><style:page-layout-properties fo:page-width="21cm"
 fo:page-height="29.7cm" fo:margin="2cm"/><style:header-style><style:header-footer-properties
 fo:margin-bottom="0.6cm"/></style:header-style><style:footer-style>
<style:header-footer-properties fo:margin-top="0.6cm"/></style:footer-style></style:page-layout>
</office:automatic-styles>"""


def _block(block: Block) -> str:
    if block.kind == "table":
        width = len(block.rows[0])
        rows = "".join(
            "<table:table-row>"
            + "".join(
                '<table:table-cell table:style-name="C" office:value-type="string">'
                f'<text:p text:style-name="Cell">{escape(cell)}</text:p></table:table-cell>'
                for cell in row
            )
            + "</table:table-row>"
            for row in block.rows
        )
        return (
            f'<table:table><table:table-column table:number-columns-repeated="{width}"/>'
            f"{rows}</table:table>"
        )
    style = {"title": "T", "h2": "H2", "h3": "H3"}.get(block.kind, "P")
    mark = "• " if block.kind == "bullet" else ""
    return f'<text:p text:style-name="{style}">{mark}{escape(block.text)}</text:p>'


def build(source: Path, target: Path, number: str) -> None:
    """Print one marked text to PDF; `number` stands in the footer."""
    blocks = read(source)
    head = f"Northgate Cycles &amp; Hardware — {escape(blocks[0].text)}"
    page = '<text:page-number text:select-page="current">1</text:page-number>'
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {SPACES} office:version="1.2"'
        f' office:mimetype="application/vnd.oasis.opendocument.text">{STYLES}'
        '<office:master-styles><style:master-page style:name="Standard"'
        f' style:page-layout-name="L"><style:header><text:p text:style-name="Cell">{head}</text:p>'
        f'</style:header><style:footer><text:p text:style-name="Cell">{number} · page {page}'
        "</text:p></style:footer></style:master-page></office:master-styles>"
        f"<office:body><office:text>{''.join(map(_block, blocks))}</office:text></office:body>"
        "</office:document>"
    )
    with tempfile.TemporaryDirectory() as folder:
        flat = Path(folder, target.stem + ".fodt")
        flat.write_text(text, encoding="utf-8")
        subprocess.run(
            ["soffice", "--headless", "--convert-to", "pdf", "--outdir", target.parent, flat],
            check=True,
            stdout=subprocess.DEVNULL,
        )
