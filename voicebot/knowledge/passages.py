"""Documents to passages and sentences that can stand alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile

from voicebot.knowledge.documents import Document
from voicebot.knowledge.duplicates import folded
from voicebot.knowledge.layout import Block, Heading, Note, Prose
from voicebot.knowledge.rows import Piece, rows
from voicebot.knowledge.tables import Table
from voicebot.knowledge.text import ended, sentences, squeeze

PASSAGE_SENTENCES = 6
PASSAGE_ROWS = 12
PASSAGE_CHARACTERS = 700
MAX_SENTENCE = 400  # characters; longer ones cannot be spoken in one breath, nor matched well
LIST_CHARACTERS = 300  # a list is said whole up to this length, else item by item
GIST_SENTENCES = 2  # with which a document or section begins: what it says in short
MOST_VECTORS = 8  # of a sentence
_VIEWS = MOST_VECTORS - 2  # its own and its list's items'; as its section's gist, its document's
_NAME = 6  # words; a shorter item of a list is a name, not a sentence
LEVELS = 2  # of headings, innermost, that are kept with a sentence
# What a customer asks who has no question in particular. It must not be nearer than the sentences
# to questions that have one: the barest form ("Tell me about ...") lost 1 of 15 refusals.
BROAD = "{0}: what about it? Tell me about {0}. How does it work?"
# Headings that say nothing of what stands under them.
_GENERAL = re.compile(
    r"(?:frequently asked questions|faqs?|questions(?: and answers)?|q ?& ?a|general|introduction|"
    r"overview|miscellaneous|notes?)\W*",
    re.IGNORECASE,
)
# Headings without which the items below them may be taken for the opposite.
_LEADS = re.compile(
    r"\b(?:not|no|never|cannot|can't|don't|except|excluded|exceptions|without|left out)\b|"
    r"^(?:what|which|things|items)\b(?!.*\?)",
    re.IGNORECASE,
)
# A footnote's mark in the text.
_MARK = re.compile(r"(?<=[^\s(\[])(?:[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\*{1,3}(?!\w)|[†‡])")
_MARK_BEHIND = re.compile(r"([.,;:!?]+)([⁰¹²³⁴⁵⁶⁷⁸⁹]+|\*{1,3}|[†‡])(?=\s|$)")


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
class _Cut:
    """A sentence, the heading right above it, and the piece that it was."""

    sentence: Sentence
    section: str
    piece: Piece

    @property
    def place(self) -> tuple[str, int]:
        return self.sentence.passage_id, self.sentence.position


def cut(document: Document) -> list[Sentence]:
    """The sentences of a document, in order; those that it repeats, once."""
    found: list[_Cut] = []
    path: list[Heading] = []
    count = 0
    for number, page in enumerate(document.pages, start=1):
        for headings, pieces in _runs(page, path):
            for group in _groups(pieces):
                found += _passage(document, number, headings, group, count)
                count += 1
    return folded(_with_gists(found), MOST_VECTORS)


def _runs(page: Sequence[Block], path: list[Heading]) -> Iterator[tuple[list[str], list[Piece]]]:
    """What stands together under the same headings, the outermost first. path: the headings
    above, brought up to date."""
    notes = {block.mark: block.text for block in page if isinstance(block, Note)}
    said: set[str] = set()
    run: list[Prose] = []
    for block in (*page, None):
        if isinstance(block, Prose) and not block.about:
            run.append(block)
            continue
        above = [heading.text for heading in path]
        if run:
            yield above, _with_notes(_pieces(run, above[-1] if above else ""), notes, said)
            run = []
        if isinstance(block, Heading):
            while path and path[-1].size <= block.size:
                path.pop()
            path.append(Heading(squeeze(block.text), block.size))
        elif isinstance(block, Table):
            yield above, _with_notes(rows(block), notes, said)
        elif isinstance(block, Prose):
            yield [*above, block.about], _with_notes(_pieces([block], ""), notes, said)
    rest = [Prose(text) for mark, text in notes.items() if mark not in said]
    yield [heading.text for heading in path], list(_pieces(rest, ""))


def _with_notes(pieces: Iterable[Piece], notes: dict[str, str], said: set[str]) -> list[Piece]:
    """Each sentence followed by the footnote that it refers to, which mostly takes something back.
    notes: by their marks. said: gets the marks of those that were found."""
    found = []
    for piece in pieces:
        text = piece.text
        marks = [mark for mark in dict.fromkeys(_MARK.findall(text)) if mark in notes]
        if marks:
            text = _MARK.sub(lambda mark: "" if mark[0] in notes else mark[0], text)
            text = " ".join(ended(part) for part in (text, *(notes[mark] for mark in marks)))
        said.update(marks)
        found.append(replace(piece, text=text))
    return found


# ------------------------------------------------------------------ prose and lists


def _pieces(run: Sequence[Prose], heading: str) -> Iterator[Piece]:
    """Sentences of paragraphs, and lists. heading: right above them."""
    end = 0
    for (item, lead), group in groupby(run, key=lambda block: (block.item, block.lead)):
        texts = [squeeze(block.text) for block in group]
        begins, end = end == 0, end + len(texts)
        if texts[-1].endswith(":") and end < len(run):
            last = sentences(texts[-1])[-1]
            if run[end].lead.endswith(last):  # it is said with its list
                texts[-1] = texts[-1].removesuffix(last).rstrip()
        names = all(len(text.split()) < _NAME and text[-1:] not in ".!?:" for text in texts)
        if item and heading and not lead and (names or (begins and _LEADS.search(heading))):
            lead = f"{heading.rstrip(':')}:"
        if item and lead:
            yield from _list(squeeze(lead), [text for text in texts if text])
        else:
            yield from (Piece(part) for text in texts for part in _sentences(text))


def _list(lead: str, items: Sequence[str]) -> Iterator[Piece]:
    """A list with the words that lead to it, whole where that can be said in one breath: an item
    alone may say the opposite of what is meant."""
    plain = [re.sub(r"(?:[,;]|[,;]? and|[,;]? or)$", "", item) for item in items]
    told = any(item[-1] in ".!?" for item in plain[:-1])  # in whole sentences
    whole = f"{lead} {' '.join(map(ended, plain)) if told else ended('; '.join(plain))}"
    if len(whole) <= LIST_CHARACTERS:
        views = tuple(f"{lead} {item}" for item in plain) if len(plain) > 1 else ()
        yield Piece(whole, views=views)
        return
    for item in plain:
        first, *others = _sentences(f"{lead} {item}")
        yield Piece(first)
        yield from (Piece(other, about=lead) for other in others)


def _sentences(text: str) -> Iterator[str]:
    """Those with words in them, bounded, each with an end."""
    for whole in sentences(_MARK_BEHIND.sub(r"\2\1", text)):
        for part in _bounded(whole):
            if re.search(r"[^\W_]", part):
                yield part if part[-1] in ".!?:;,\"')" else ended(part)


def _bounded(text: str) -> Iterator[str]:
    """In parts of at most MAX_SENTENCE characters, cut at a semicolon, comma or space."""
    start = 0
    while len(text) - start > MAX_SENTENCE:
        head = text[start : start + MAX_SENTENCE]
        at = max(head.rfind("; ") + 1, head.rfind(", ") + 1)
        at = at if at > MAX_SENTENCE // 3 else head.rfind(" ")
        at = at if at > 0 else MAX_SENTENCE
        if part := head[:at].strip():
            yield part
        start += at
    if rest := text[start:].strip():
        yield rest


def _groups(pieces: Sequence[Piece]) -> list[list[Piece]]:
    groups: list[list[Piece]] = []
    for piece in pieces:
        size = sum(len(other.text) for other in groups[-1]) if groups else 0
        most = PASSAGE_ROWS if piece.row else PASSAGE_SENTENCES
        full = not groups or len(groups[-1]) >= most or size > PASSAGE_CHARACTERS
        if full or groups[-1][-1].row != piece.row:
            groups.append([])
        groups[-1].append(piece)
    return groups


def _passage(
    document: Document, page: int, headings: Sequence[str], group: Sequence[Piece], number: int
) -> Iterator[_Cut]:
    passage = " ".join(piece.text for piece in group)
    telling = [head for head in headings if not _GENERAL.fullmatch(head)] or list(headings[-1:])
    heading = ": ".join(telling[-LEVELS:])
    for position, piece in enumerate(group):
        if _IDLE.match(piece.text) or piece.text.endswith(":"):
            continue
        parts = (document.title, heading if heading != document.title else "", piece.about)
        front = "".join(f"{part} " if part[-1] in ":?" else f"{part}: " for part in parts if part)
        sentence = Sentence(
            text=piece.text,
            embed=tuple(f"{front}{text}" for text in (piece.text, *piece.views))[:_VIEWS],
            source=document.source,
            page=page,
            title=document.title,
            heading=heading,
            passage=passage,
            passage_id=f"{document.source}#{number}",
            position=position,
        )
        yield _Cut(sentence, headings[-1] if headings else "", piece)


# ------------------------------------------------------------------ gists


def _with_gists(found: Sequence[_Cut]) -> list[Sentence]:
    """The same sentences, those that say in short what the document or a section says given the
    question about the whole of it.

    What stands first is the gist (the lead, hard to beat in summarising); a section that begins
    with a table is told by its rows.
    """
    gists: list[tuple[str, Sequence[_Cut]]] = []
    for _, section in groupby(found, key=lambda cut: cut.sentence.heading):
        gist = _lead(list(section))
        gists.append((gist[0].section, gist))
    if found:
        prose = [cut for cut in found if not cut.piece.row]
        gists.append((found[0].sentence.title, _lead(prose or found)))
    asked: dict[tuple[str, int], list[str]] = {}
    for about, gist in gists:
        for cut in gist if about else ():
            questions = asked.setdefault(cut.place, [])
            question = about if about.endswith("?") else BROAD.format(about)
            if question not in questions:
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
            lambda cut: cut.piece.row == first.piece.row and cut.place[0] == first.place[0],
            cuts,
        )
    )
    return alike if first.piece.row else alike[:GIST_SENTENCES]
