"""Rows of a table as sentences that can be said alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.knowledge.tables import Table
from voicebot.knowledge.text import squeeze

# Headings over columns that say nothing of their cells.
_EMPTY_HEADS = frozenset(("value", "answer", "description", "details", "notes", "remarks"))
_CODES = re.compile(
    r"(?:(?:item|article|part|order|product) )?(?:code|sku|no|nr|number|art|ref|reference|id)\.?",
    re.IGNORECASE,
)
_THINGS = re.compile(
    r"article|item|product|part|name|model|service|title|job|task|work", re.IGNORECASE
)
# Words that are capital only because a cell begins with them.
_FUNCTION = re.compile(
    r"(?:A|An|The|As|At|On|In|From|Up|Only|Free|Within|Before|After|About|No|Not|Yes|None|Once|Each|"
    r"Every|One|Two|Three|Four|Five|Six|All|Any|With|Without|Between|Over|Under)\b(?! [A-Z])"
)
_SIGNS = {"✓": "yes", "✔": "yes", "✗": "no", "✘": "no", "—": "", "–": "", "-": ""}


@dataclass(frozen=True)
class Piece:
    """What becomes one sentence. about: stands in front of it when it is embedded, besides title
    and heading. views: other texts by which it is found. row: of a table."""

    text: str
    about: str = ""
    views: tuple[str, ...] = ()
    row: bool = False


def rows(table: Table) -> list[Piece]:
    """Each row as a sentence: "Express: delivery time 2 to 3 business days, price $12.99."."""
    order = list(range(len(table.header or next(iter(table.rows), ()))))
    head = [*table.header, "", ""]
    if _CODES.fullmatch(head[0]) and _THINGS.fullmatch(head[1]):
        order[:2] = [1, 0]  # what a thing is called comes before its number
    header = [table.header[n] for n in order] if table.header else []
    found: list[Piece] = []
    about = table.about
    for row in table.rows:
        if len(row) > 2 and row[0] and not any(row[1:]):  # the name of a group of rows
            about = ": ".join(part for part in (table.about, row[0]) if part)
        elif piece := _row(header, [row[n] for n in order], about):
            found.append(piece)
    return found


def _row(header: Sequence[str], row: Sequence[str], about: str) -> Piece | None:
    label, *values = (_SIGNS.get(cell, cell) for cell in row)
    heads = header[1:] if header else [""] * len(values)
    said = [_named(head, value) for head, value in zip(heads, values, strict=True) if value]
    if not (label or said):
        return None
    of = header[0] if header and label else ""
    if of and not re.search(r"[^\W\d_]{3}", label):  # "Size 38: ..."
        label = f"{of} {label}"
    text = squeeze(
        f"{label.rstrip(':')}: {', '.join(said)}" if label and said else label or ", ".join(said)
    )
    text = text[0].upper() + text[1:]
    context = ": ".join(part for part in (about, of) if part)
    return Piece(text if text[-1] in ".!?" else text + ".", context, row=True)


def _named(head: str, value: str) -> str:
    """The value with what its column is called in front, where that helps whoever only listens."""
    plain = re.sub(r"[^\w ]", "", head).strip().lower()
    sentence = value[-1] in ".!?" or len(value.split()) > 8
    question = plain.split(" ")[0] in ("what", "how", "when", "where", "why")
    if not plain or plain in _EMPTY_HEADS or sentence or question or plain in value.lower():
        return value
    if _CODES.fullmatch(plain):
        head = re.sub(r"\b(?:no|nr)\b\.?", "number", plain)
    head = head if head[1:2].isupper() else head[0].lower() + head[1:]
    value = value[0].lower() + value[1:] if _FUNCTION.match(value) else value
    return f"{head.rstrip(':')} {value}"
