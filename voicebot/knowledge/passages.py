"""Documents to passages and sentences that can stand alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile

from voicebot.knowledge.documents import Document
from voicebot.knowledge.layout import Heading, Prose, Table
from voicebot.knowledge.text import sentences, squeeze

PASSAGE_SENTENCES = 6
PASSAGE_CHARACTERS = 700
MAX_SENTENCE = 400  # characters; longer ones cannot be spoken in one breath, nor matched well
GIST_SENTENCES = 2  # with which a document or section begins: what it says in short
MOST_VECTORS = 3  # of a sentence: its own, as its section's gist, as its document's
# What a customer asks who has no question in particular. It must not be nearer than the sentences
# to questions that have one: barer forms ("Tell me about ...") lost 3 of 15 refusals.
_BROAD = "What is your {0} policy? About {0}"
# A table's heading over a column that says nothing of its cells.
_EMPTY_HEADS = frozenset(("value", "answer", "description", "details", "notes", "remarks"))


# What a document says of itself or out of courtesy answers nothing; it stays in its passage. What
# has a figure in it may answer something all the same ("..., call us at 555 0148").
_IDLE = re.compile(
    r"(?!.*\d)(?:"
    r"thank(?:s| you)(?: very much)? for\b|congratulations\b|welcome (?:to|at)\b|enjoy your\b|"
    r"please read (?:this|these|the)\b|here,? you(?:'ll| will| can) find\b|"
    r"we (?:want|wish|hope)(?: that)? (?:you|our customers|every customer) "
    r"(?:(?:to|will) )?(?:be|are|feel|love|like|enjoy|have)\b|"
    r"we (?:thank you|value your|appreciate your|care about you|look forward to)\b|"
    r"we(?:'re| are) (?:\w+ )?committed to (?:you|your|our|customer)\b|"
    r"(?:we(?:'re| are)|our (?:team|staff) is) (?:\w+ )?(?:happy|glad|pleased|delighted|proud) "
    r"(?:that you|to (?:have|help|serve|assist|welcome|be of|see|hear))\b|"
    r"(?:your|customer) satisfaction (?:is|comes|matters|means)\b|"
    r"(?:.*\b)?this (?:page|manual|guide|document|leaflet|booklet|brochure|policy) "
    r"(?:explains|describes|tells|shows|lists|contains|gives)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sentence:
    """embed: what its vectors are made of, one each: itself with title and heading in front (alone
    it rarely says what it is about), then the broad questions whose answer it is. position: its
    place in its passage, from 0."""

    text: str
    embed: tuple[str, ...]
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
    row: bool = False  # of a table


@dataclass(frozen=True)
class _Cut:
    """A sentence, and whether it is a table's row."""

    sentence: Sentence
    row: bool

    @property
    def place(self) -> tuple[str, int]:
        return self.sentence.passage_id, self.sentence.position


def cut(document: Document) -> list[Sentence]:
    """The sentences of a document, in order."""
    found: list[_Cut] = []
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
    return _with_gists(found)


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
) -> Iterator[_Cut]:
    passage = " ".join(piece.text for piece in group)
    for position, piece in enumerate(group):
        if _IDLE.match(piece.text):
            continue
        parts = (document.title, heading if heading != document.title else "", piece.about)
        front = ": ".join(part for part in parts if part)
        sentence = Sentence(
            text=piece.text,
            embed=(f"{front}: {piece.text}" if front else piece.text,),
            source=document.source,
            page=page,
            title=document.title,
            heading=heading,
            passage=passage,
            passage_id=f"{document.source}#{number}",
            position=position,
        )
        yield _Cut(sentence, piece.row)


# ------------------------------------------------------------------ gists


def _with_gists(found: Sequence[_Cut]) -> list[Sentence]:
    """The same sentences, those that say in short what the document or a section says given the
    question about the whole of it.

    What stands first is the gist (the lead, hard to beat in summarising); a section that begins
    with a table is told by its rows.
    """
    gists: list[tuple[str, Sequence[_Cut]]] = []
    for heading, section in groupby(found, key=lambda cut: cut.sentence.heading):
        gists.append((heading, _lead(list(section))))
    if found:
        prose = [cut for cut in found if not cut.row]
        gists.append((found[0].sentence.title, _lead(prose or found)))
    asked: dict[tuple[str, int], list[str]] = {}
    for about, gist in gists:
        for cut in gist if about else ():
            questions = asked.setdefault(cut.place, [])
            if (question := _BROAD.format(about)) not in questions:
                questions.append(question)
    return [
        replace(cut.sentence, embed=(*cut.sentence.embed, *asked.get(cut.place, ())))
        for cut in found
    ]


def _lead(cuts: Sequence[_Cut]) -> Sequence[_Cut]:
    """The first sentences, or rows, within one passage."""
    first = cuts[0]
    alike = list(
        takewhile(
            lambda cut: cut.row == first.row and cut.place[0] == first.place[0],
            cuts,
        )
    )
    return alike if first.row else alike[:GIST_SENTENCES]


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
    return _Piece(text if text[-1] in ".!?" else text + ".", about, row=True)


def _named(head: str, value: str) -> str:
    """The value with what its column is called in front, where that helps whoever only listens."""
    plain = re.sub(r"[^\w ]", "", head).strip().lower()
    sentence = value[-1] in ".!?" or len(value.split()) > 8
    question = plain.split(" ")[0] in ("what", "how", "when", "where", "why")
    if not plain or plain in _EMPTY_HEADS or sentence or question or plain in value.lower():
        return value
    head = head if head[1:2].isupper() else head[0].lower() + head[1:]
    return f"{head.rstrip(':')} {value}"
