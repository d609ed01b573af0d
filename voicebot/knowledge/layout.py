"""Lines of a page to blocks: headings, prose, list items, tables and footnotes. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from voicebot.knowledge.lines import Cell, Line
from voicebot.knowledge.pages import Rule
from voicebot.knowledge.tables import Table, is_marked, table_end, table_of
from voicebot.knowledge.text import clean, join_lines, sentences, squeeze

_LARGE = 1.12  # of the body's size: a heading's
_LOOSE = 1.3  # of the usual step between lines: a new paragraph
_SHORT = 0.25  # of the lines' width
_INDENT = 1.0  # of the size: a new paragraph too
_BULLET = re.compile(
    r"\s*(?:[•▪◦●○■□➢►▶✓✔✗✘❑❖–*·‣-]|\(?\d{1,2}[.)]|\(?[a-z]\)|o(?=\s+[A-Z]))\s+(?=\S)"
)
_NUMBERING = re.compile(r"(?:\d+(?:\.\d+)+\.?|\d+[.)]|[A-Z]\.)\s+(?=\S)|§\s*\d+\s+")
_CLAUSE = re.compile(r"\d{1,2}\.\d{1,2}(?:\.\d{1,2})?\.?\s+(?=[A-Z])")  # "1.2 The hirer ..."
_NOTE = re.compile(r"([⁰¹²³⁴⁵⁶⁷⁸⁹]+|\*{1,3}|†|‡)\s*(?=\S)")
_LABEL = re.compile(r"[A-Z][^.:?!]{0,30}: ")
_CAPTION = re.compile(r"(?:table|figure|fig\.)\s*\d+\s*[:.]\s*(?=\S)", re.IGNORECASE)
_ASKED = re.compile(r"(?:Q|Question)\s*\d*\s*[:.)]\s*(?=\S)")
_ANSWERED = re.compile(r"(?:A|Answer)\s*\d*\s*[:.)]\s*(?=\S)")


@dataclass(frozen=True)
class Heading:
    """size: in points, by which sections are nested; 0 for a question, the innermost."""

    text: str
    size: float = 0.0


@dataclass(frozen=True)
class Prose:
    """A paragraph, or one item of a list. lead: the words that stand above the list ("The
    following cannot be returned:"). about: a question that this paragraph answers."""

    text: str
    item: bool = False
    lead: str = ""
    about: str = ""


@dataclass(frozen=True)
class Note:
    """A footnote. mark: by which the text refers to it."""

    mark: str
    text: str


Block = Heading | Prose | Table | Note


@dataclass(frozen=True)
class Style:
    """What ordinary text of a document looks like: size in points, weight, step from line to line
    in sizes; and whether headings are set off from it by size or weight."""

    size: float
    bold: bool
    step: float
    telling: bool

    @classmethod
    def of(cls, pages: Sequence[Sequence[Line]]) -> Style:
        weights: Counter[tuple[float, bool]] = Counter()
        steps: Counter[float] = Counter()
        for page in pages:
            for line in page:
                weights[line.size, line.bold] += len(line.text)
            right = max((line.right for line in page), default=0.0)
            for a, b in pairwise(page):
                wrapped = a.right > 0.85 * right and len(a.cells) == len(b.cells) == 1
                if wrapped and a.size == b.size and 0.9 < (ratio := (b.y - a.y) / a.size) < 2.5:
                    steps[round(ratio, 1)] += 1
        (size, bold), _ = weights.most_common(1)[0] if weights else ((0.0, False), 0)
        step = steps.most_common(1)[0][0] if steps else 1.2
        telling = any(s > size * _LARGE or (b and not bold) for s, b in weights)
        return cls(size, bold, step, telling)

    def parts(self, before: Line, line: Line) -> bool:
        """Whether there is more space between two lines than within a paragraph."""
        step = line.y - before.y
        return not 0 < step <= _LOOSE * self.step * max(before.size, line.size)


def is_heading(line: Line, before: Line | None, after: Line | None, style: Style) -> bool:
    text = squeeze(clean(line.text))
    if not text or len(text) > 90 or text[-1] in ".,;" or not re.search(r"[^\W\d_]{2}", text):
        return False
    if style.telling:
        return line.size > style.size * _LARGE or (line.bold and not style.bold)
    if _BULLET.match(text) or len(line.cells) > 1:
        return False
    if text.isupper() and len(text) > 3:
        return True
    alone = before is None or style.parts(before, line)
    # Above a paragraph, or a question above its answer.
    close = after is not None and not style.parts(line, after)
    follows = close and (after is None or len(after.text) > len(text) or text.endswith("?"))
    return alone and follows and text[0].isupper() and len(text) < 60 and text[-1] != ":"


def blocks(
    lines: Sequence[Line], style: Style, words: frozenset[str], levels: Sequence[Rule] = ()
) -> list[Block]:
    """The blocks of one column, in order. words: see join_lines. levels: drawn rules."""
    return _Reader(lines, style, words, levels).blocks()


class _Reader:
    """One pass down a column. found: with each block where its text begins across the page."""

    def __init__(
        self, lines: Sequence[Line], style: Style, words: frozenset[str], levels: Sequence[Rule]
    ) -> None:
        self._lines = lines
        self._style = style
        self._words = words
        self._levels = levels
        self._limits = _limits(lines, style)
        self._found: list[tuple[Block, float]] = []
        self._paragraph: list[Line] = []
        self._item = False

    def blocks(self) -> list[Block]:
        at = 0
        while at < len(self._lines):
            at = self._next(at)
        self._close()
        return list(_with_captions(with_leads(self._found)))

    def _next(self, at: int) -> int:
        """Take the line at `at`, or the table that begins there; what comes behind it."""
        lines, line = self._lines, self._lines[at]
        before, after = (
            lines[at - 1] if at else None,
            lines[at + 1] if at + 1 < len(lines) else None,
        )
        heading = is_heading(line, before, after, self._style)
        if line.gridded or (not is_marked(line) and (not heading or len(line.cells) > 1)):
            end = table_end(lines, at, self._levels)
            if end > at:
                self._close()
                self._add_table(at, end)
                return end
        if heading and not self._runs_in(line, after):
            self._close()
            self._add_heading(line, before)
        else:
            if before is None or not self._paragraph or self._begins(line, before, at):
                self._close()
                self._item = bool(_BULLET.match(line.text))
            self._paragraph.append(line)
        return at + 1

    def _add_table(self, at: int, end: int) -> None:
        table = table_of(self._lines[at:end], self._levels)
        last = [block for block, _ in self._found[-2:]]
        # A heading between the rows of one table is the name of a group of them.
        if len(last) == 2 and isinstance(last[0], Table) and isinstance(last[1], Heading):
            table = table.following(last[0])
        self._found.append((table, self._lines[at].left))

    def _runs_in(self, line: Line, after: Line | None) -> bool:
        """Whether a bold line is only the beginning of a paragraph's bold first words."""
        return (
            line.size <= self._style.size * _LARGE
            and after is not None
            and not after.bold
            and after.words[0].bold
            and not self._style.parts(line, after)
        )

    def _add_heading(self, line: Line, before: Line | None) -> None:
        text = squeeze(clean(line.text))
        if len(line.cells) == 2 and re.fullmatch(r"[\d.]+", line.cells[0].text):
            text = squeeze(clean(line.cells[1].text))  # its number stands apart
        text = _NUMBERING.sub("", text, count=1)
        last = self._found[-1][0] if self._found else None
        near = before is not None and 0 < line.y - before.y < 1.7 * line.size
        if (
            near
            and isinstance(last, Heading)
            and last.size == line.size
            and before
            and before.bold == line.bold
        ):
            text = f"{last.text} {text}"
            self._found.pop()
        self._found.append((Heading(text, line.size), line.left))

    def _begins(self, line: Line, before: Line, at: int) -> bool:
        """Whether a line begins a paragraph, rather than going on with the one that is open."""
        if self._style.parts(before, line) or abs(line.size - before.size) > 0.08 * before.size:
            return True
        for beginning in (_BULLET, _CLAUSE, _ASKED, _ANSWERED):
            if beginning.match(line.text):
                return True
        if _NOTE.match(line.text) and _NOTE.match(self._paragraph[0].text):
            return True
        if _LABEL.match(line.text) and _LABEL.match(self._paragraph[0].text) and not self._item:
            return True
        text = line.text.lstrip("\"'(“‘")
        if text[:1].islower():
            return False
        first, word, size = self._paragraph[0], line.words[0], line.size
        room = self._limits[at - 1] - before.right
        fits = room > word.right - word.left + 0.8 * size  # it is down here on purpose
        # Where sentences go on, only a line that is clearly short was broken by hand.
        fits = fits and (_ends(before.text) or room > _SHORT * (before.right + room - before.left))
        if self._item:
            return line.left <= first.left + 0.2 * size and (fits or _ends(before.text))
        if line.left > min(each.left for each in self._paragraph) + _INDENT * size:
            return _ends(before.text) or len(self._paragraph) > 1
        return fits

    def _close(self) -> None:
        paragraph, item = self._paragraph, self._item
        self._paragraph, self._item = [], False
        if not paragraph:
            return
        texts = [clean(line.text) for line in paragraph]
        if label := _label(paragraph[0]):
            texts[0] = f"{label}: {texts[0][len(label) :].lstrip()}"
        text = squeeze(join_lines(texts, self._words))
        left = paragraph[0].left
        small = paragraph[0].size < 0.95 * self._style.size
        note = _NOTE.match(text)
        if note and (small or note[1][0] not in "*"):
            self._found.append((Note(note[1], text[note.end() :]), left))
            return
        bullet = _BULLET.match(text) if item else _CLAUSE.match(text)
        text = text[bullet.end() :] if bullet else text
        last = self._found[-1][0] if self._found else None
        self._found += [(block, left) for block in paragraph_blocks(text, item, last)]


def _label(line: Line) -> str:
    """The bold words that a line begins with, if they name what the rest of it explains."""
    bold = list(takewhile(lambda word: word.bold, line.words))
    label = clean(Cell(tuple(bold)).text) if 0 < len(bold) < min(7, len(line.words)) else ""
    rest = clean(line.text)[len(label) :].lstrip()
    names = label and label[-1].isalnum() and clean(line.text).startswith(label)
    return label if names and rest[:1].isupper() else ""


def paragraph_blocks(text: str, item: bool, before: Block | None) -> Iterator[Block]:
    """A paragraph, or a question and its answer. before: the block above."""
    asked = _ASKED.match(text)
    if asked:
        parts = re.split(r"\s+(?:A|Answer)\s*[:.)]\s+", text[asked.end() :], maxsplit=1)
        yield Heading(parts[0])
        yield from (Prose(answer) for answer in parts[1:])
        return
    if isinstance(before, Heading) and (answer := _ANSWERED.match(text)):
        text = text[answer.end() :]
    if not item and re.fullmatch(r"[^.!?]{8,160}\?", text):
        yield Heading(text)
    elif not item and (run_in := re.match(r"([^.!?:]{8,160}\?)\s+(?=\S)", text)):
        yield Prose(text[run_in.end() :], about=run_in[1])
    elif text:
        yield Prose(text, item)


def _ends(text: str) -> bool:
    return text.rstrip("\"')]")[-1:] in ".!?:;"


def _limits(lines: Sequence[Line], style: Style) -> list[float]:
    """For each line how far to the right the lines go that it stands among."""
    limits: list[float] = []
    start = 0
    for n in range(1, len(lines) + 1):
        if n < len(lines) and not style.parts(lines[n - 1], lines[n]):
            continue
        limits += [max(line.right for line in lines[start:n])] * (n - start)
        start = n
    return limits


def with_leads(found: Sequence[tuple[Block, float]]) -> Iterator[Block]:
    """Each item with the words that lead to its list; an inner list's are the item above it.
    found: with each block where its text begins across the page."""
    leads: list[tuple[float, str]] = []  # where the items begin that each leads to, outermost first
    before: Block | None = None
    for n, (block, left) in enumerate(found):
        if isinstance(block, Prose) and block.item:
            after = found[n + 1][0] if n + 1 < len(found) else None
            if block.text.endswith("?") and isinstance(after, Prose) and not after.item:
                yield Heading(block.text)
                before = None
                continue
            while leads and left < leads[-1][0] - 2:
                leads.pop()
            if isinstance(before, Prose) and before.text.endswith(":"):
                beside = before.item and leads and left <= leads[-1][0] + 2
                leads += [] if beside else [(left, sentences(before.text)[-1])]
            block = replace(block, lead=" ".join(lead for _, lead in leads))
        else:
            leads = []
        yield block
        before = block


def _with_captions(found: Iterator[Block]) -> Iterator[Block]:
    """Tables with what the caption above or below says of them; captions alone are dropped."""
    held: Block | None = None
    caption = ""
    for block in (*found, None):
        says = _CAPTION.match(block.text) if isinstance(block, Prose) else None
        if says and isinstance(block, Prose):
            text = block.text[says.end() :]
            if isinstance(held, Table) and not held.about:
                held = replace(held, about=text)
            else:
                caption = text
            continue
        if held is not None:
            yield held
        if isinstance(block, Table) and caption:
            block, caption = replace(block, about=caption), ""
        held = block
