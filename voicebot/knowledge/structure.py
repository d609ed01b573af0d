"""Pages of words to a document's title and blocks. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from voicebot.knowledge import layout
from voicebot.knowledge.columns import regions
from voicebot.knowledge.layout import Block, Heading, Note, Prose, Style
from voicebot.knowledge.lines import Line, bars_of, lines_of
from voicebot.knowledge.pages import Page, Rule
from voicebot.knowledge.running_heads import without_running_heads
from voicebot.knowledge.tables import Table
from voicebot.knowledge.text import clean, join_lines, squeeze

_TITLE = 1.3  # of the body's size: the largest heading's, where it is the title
_JUNK_TITLE = re.compile(r"microsoft|untitled|\.(docx?|pdf|indd|xlsx?|odt|md)\b|^\W*$", re.I)
_CONTENTS = re.compile(r"(?:table of )?contents", re.IGNORECASE)
_ENTRY = re.compile(r".*\S\W+\d{1,4}\W*")

Blocks = list[list[Block]]


def structure(pages: Sequence[Page], called: str = "") -> tuple[str, Blocks]:
    """The title ("" where none can be told) and each page's blocks. called: what the file calls
    itself."""
    bare = without_running_heads(
        [lines_of(page.words) for page in pages], [page.height for page in pages]
    )
    columns = [_columns(page, lines) for page, lines in zip(pages, bare, strict=True)]
    style = Style.of([column for page in columns for column, _ in page])
    words = _words(columns)
    made: Blocks = []
    for sheet in columns:
        parts = [layout.blocks(lines, style, words, levels) for lines, levels in sheet]
        made.append(_page(parts, words))
    for before, after in pairwise(made):
        _go_on(before, after, words)
    made = _without_contents(made)
    return titled(made, called, style.size), made


def _columns(page: Page, lines: Sequence[Line]) -> list[tuple[list[Line], list[Rule]]]:
    """Columns in reading order, each with the rules that lie in it."""
    levels = _merged(page.levels)
    words = [word for line in lines for word in line.words]
    bars = bars_of(levels, page.uprights)
    return [(region, levels) for region in regions(words, levels, bars)]


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """One rule for pieces that lie end to end, as the borders of neighbouring cells do."""
    merged: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (round(rule.at), rule.start)):
        last = merged[-1] if merged else None
        if last and abs(last.at - rule.at) < 1.5 and rule.start <= last.end + 4:
            merged[-1] = Rule(last.start, max(last.end, rule.end), last.at)
        else:
            merged.append(rule)
    return merged


def _words(columns: Sequence[Sequence[tuple[list[Line], list[Rule]]]]) -> frozenset[str]:
    """The words of the document in lower case, without those that a line's end divides."""
    text = "\n".join(clean(line.text) for page in columns for region, _ in page for line in region)
    whole = re.sub(r"[^\W\d_]+-\n\s*[^\W\d_]*", "", text.lower())
    return frozenset(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", whole))


# ------------------------------------------------------------------ across columns and pages


def _page(parts: Sequence[list[Block]], words: frozenset[str]) -> list[Block]:
    for part, following in pairwise(parts):
        _go_on(part, following, words)
    found = [block for part in parts for block in part]
    # Footnotes stand below a column, its text goes on in the next.
    notes = [block for block in found if isinstance(block, Note)]
    return [block for block in found if not isinstance(block, Note)] + list[Block](notes)


def _go_on(page: list[Block], following: list[Block], words: frozenset[str]) -> None:
    """What a column's or page's end has cut in two: a sentence is made whole where it begins, a
    list keeps the words that lead to it, a table its header."""
    at = next((n for n in reversed(range(len(page))) if not isinstance(page[n], Note)), None)
    if at is None or not following:
        return
    last, first = page[at], following[0]
    if isinstance(last, Table) and isinstance(first, Table):
        following[0] = first.following(last)
    if not (isinstance(last, Prose) and isinstance(first, Prose)):
        return
    if first.item:
        lead = last.lead if last.item else last.text if last.text.endswith(":") else ""
        for n in range(len(following)):
            block = following[n]
            if not (isinstance(block, Prose) and block.item and not block.lead):
                break
            following[n] = Prose(block.text, True, lead)
    elif last.text[-1] not in ".!?:" and (first.text[0].islower() or last.text[-1] in ",-"):
        text = join_lines((last.text, first.text), words)
        page[at] = Prose(text, last.item, last.lead, last.about)
        following.pop(0)


def _without_contents(pages: Blocks) -> Blocks:
    """Without a table of contents: headings that lead elsewhere answer nothing."""
    inside = False
    kept: Blocks = []
    for page in pages:
        blocks: list[Block] = []
        for block in page:
            if isinstance(block, Heading) and _CONTENTS.fullmatch(block.text):
                inside = True
            elif not (inside and all(map(_ENTRY.fullmatch, _texts(block)))):
                inside = False
                blocks.append(block)
        kept.append(blocks)
    return kept


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield from (" ".join(row) for row in (block.header, *block.rows) if row)
    else:
        yield block.text


def titled(pages: Blocks, called: str, size: float) -> str:
    """Takes the title out of the first page: the largest heading where it stands out, else what
    the file calls itself, else the heading at the top. size: of ordinary text, in points."""
    first = next((page for page in pages if page), [])
    headings = [block for block in first if isinstance(block, Heading)]
    largest = max(headings, key=lambda heading: heading.size, default=None)
    called = squeeze(clean(called))
    if largest and largest.size > size * _TITLE:
        first.remove(largest)
        return largest.text
    if called and not _JUNK_TITLE.search(called):
        return called
    if headings and first[0] is headings[0]:
        first.pop(0)
        return headings[0].text
    return ""
