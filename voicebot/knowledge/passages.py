"""Documents to passages and sentences that can stand alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicebot.knowledge.documents import Document
from voicebot.knowledge.layout import Heading, Prose, Table
from voicebot.knowledge.text import sentences, squeeze

PASSAGE_SENTENCES = 6
PASSAGE_CHARACTERS = 700
MAX_SENTENCE = 400  # characters; longer ones cannot be spoken in one breath, nor matched well
# A table's heading over a column that says nothing of its cells.
_EMPTY_HEADS = frozenset(("value", "answer", "description", "details", "notes", "remarks"))


# What a document says of itself or out of courtesy answers nothing; it stays in its passage.
_IDLE = re.compile(
    r"(?:thank you for (?:choosing|buying|purchasing)|congratulations|welcome to|"
    r"please read (?:this|these|the)|"
    r"(?:.*\b)?this (?:page|manual|guide|document|leaflet|booklet|brochure|policy) "
    r"(?:explains|describes|tells|shows|lists|contains|gives))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sentence:
    """embed: what the vector is made of (the title and heading in front, see facts of retrieval:
    a sentence alone rarely says what it is about). position: its place in its passage, from 0."""

    text: str
    embed: str
    source: str
    page: int
    title: str
    heading: str
    passage: str
    passage_id: str
    position: int


@dataclass(frozen=True)
class _Piece:
    text: str
    about: str = ""  # stands in front of it when it is embedded, besides title and heading


def cut(document: Document) -> list[Sentence]:
    """The sentences of a document, in order."""
    found: list[Sentence] = []
    heading, count = "", 0
    for number, page in enumerate(document.pages, start=1):
        run: list[_Piece] = []
        for block in (*page, None):
            if isinstance(block, Prose):
                run += [_Piece(text) for text in _prose(block)]
                continue
            for group in _groups(run):
                found += _passage(document, number, heading, group, count)
                count += 1
            run = []
            if isinstance(block, Heading):
                heading = squeeze(block.text)
            elif isinstance(block, Table):
                for group in _groups(rows(block), sentences_each=12):
                    found += _passage(document, number, heading, group, count)
                    count += 1
    return found


def _prose(block: Prose) -> Iterator[str]:
    for text in sentences(squeeze(block.text)):
        for part in _bounded(text):
            if not re.search(r"[^\W_]", part):
                continue
            yield part + "." if block.item and part[-1] not in ".!?:;" else part


def _bounded(text: str) -> Iterator[str]:
    """In parts of at most MAX_SENTENCE characters, cut at a semicolon, comma or space."""
    while len(text) > MAX_SENTENCE:
        head = text[:MAX_SENTENCE]
        at = max(head.rfind("; ") + 1, head.rfind(", ") + 1)
        at = at if at > MAX_SENTENCE // 3 else head.rfind(" ")
        at = at if at > 0 else MAX_SENTENCE
        yield text[:at].strip()
        text = text[at:].strip()
    if text:
        yield text


def _groups(
    pieces: Sequence[_Piece], sentences_each: int = PASSAGE_SENTENCES
) -> list[list[_Piece]]:
    groups: list[list[_Piece]] = []
    for piece in pieces:
        size = sum(len(other.text) for other in groups[-1]) if groups else 0
        full = not groups or len(groups[-1]) >= sentences_each or size > PASSAGE_CHARACTERS
        if full:
            groups.append([])
        groups[-1].append(piece)
    return groups


def _passage(
    document: Document, page: int, heading: str, group: Sequence[_Piece], number: int
) -> Iterator[Sentence]:
    passage = " ".join(piece.text for piece in group)
    for position, piece in enumerate(group):
        if _IDLE.match(piece.text):
            continue
        parts = (document.title, heading if heading != document.title else "", piece.about)
        front = ": ".join(part for part in parts if part)
        yield Sentence(
            text=piece.text,
            embed=f"{front}: {piece.text}" if front else piece.text,
            source=document.source,
            page=page,
            title=document.title,
            heading=heading,
            passage=passage,
            passage_id=f"{document.source}#{number}",
            position=position,
        )


# ------------------------------------------------------------------ tables


def rows(table: Table) -> list[_Piece]:
    """Each row as a sentence: "Express: delivery time 2 to 3 business days, price $12.99."."""
    return [piece for row in table.rows if (piece := _row(table.header, row))]


def _row(header: Sequence[str], row: Sequence[str]) -> _Piece | None:
    label, *values = row
    heads = header[1:] if header else [""] * len(values)
    said = [_named(head, value) for head, value in zip(heads, values, strict=True) if value]
    if not (label or said):
        return None
    text = f"{label}: {', '.join(said)}" if label and said else label or ", ".join(said)
    text = squeeze(text)
    text = text[0].upper() + text[1:]
    about = header[0] if header and header[0] and label else ""
    return _Piece(text if text[-1] in ".!?" else text + ".", about)


def _named(head: str, value: str) -> str:
    """The value with what its column is called in front, where that helps whoever only listens."""
    plain = re.sub(r"[^\w ]", "", head).strip().lower()
    sentence = value[-1] in ".!?" or len(value.split()) > 8
    question = plain.split(" ")[0] in ("what", "how", "when", "where", "why")
    if not plain or plain in _EMPTY_HEADS or sentence or question or plain in value.lower():
        return value
    head = head if head[1:2].isupper() else head[0].lower() + head[1:]
    return f"{head.rstrip(':')} {value}"
