"""Markdown to blocks. The only importer of markdown_it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from voicebot.knowledge.layout import Block, Heading, paragraph_blocks, with_leads
from voicebot.knowledge.tables import Table
from voicebot.knowledge.text import clean, squeeze

BODY = 10.0  # the size that stands for ordinary text beside those of headings, 19 to 14
_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_LABEL = re.compile(r"[A-Z][^.:?!]{0,40}: ")


def blocks(text: str) -> tuple[str, list[Block]]:
    """The title that its front matter gives, and its blocks."""
    front = _FRONT.match(text)
    named = re.search(r"^title:\s*[\"']?(.+?)[\"']?\s*$", front[1], re.MULTILINE) if front else None
    tree = SyntaxTreeNode(
        MarkdownIt("commonmark").enable("table").parse(text[front.end() :] if front else text)
    )
    found: list[tuple[Block, float]] = []
    for node in tree.children:
        _take(node, 0.0, found)
    return squeeze(clean(named[1])) if named else "", list(with_leads(found))


def _take(node: SyntaxTreeNode, depth: float, found: list[tuple[Block, float]]) -> None:
    """depth: of the list that the node is in, in steps of 10; 0 outside of lists."""
    if node.type == "heading":
        found.append((Heading(_text(node), 20.0 - int(node.tag[1:])), 0.0))
    elif node.type == "paragraph":
        for n, text in enumerate(_paragraphs(node)):
            before = found[-1][0] if found else None
            made = paragraph_blocks(text, depth > 0 and n == 0, before)
            found += [(block, depth) for block in made]
    elif node.type == "table":
        rows = [
            tuple(_text(cell) for cell in row.children)
            for part in node.children
            for row in part.children
        ]
        found.append((Table(rows[0] if any(rows[0]) else (), tuple(rows[1:])), 0.0))
    elif node.type in ("bullet_list", "ordered_list"):
        for item in node.children:
            for child in item.children:
                _take(child, depth + 10, found)
    elif node.type == "blockquote":
        for child in node.children:
            _take(child, depth, found)


def _paragraphs(node: SyntaxTreeNode) -> Iterator[str]:
    """Its text; lines that are broken on purpose, or each begin with a label, one by one."""
    rows = _text(node, "\n").split("\n")
    if not all(_LABEL.match(row) for row in rows):
        rows = [" ".join(row.split("\n")) for row in _text(node, "\n", " ").split("\n")]
    yield from filter(None, map(squeeze, rows))


def _text(node: SyntaxTreeNode, broken: str = " ", wrapped: str | None = None) -> str:
    """broken, wrapped: what stands for a line that is broken on purpose, or for its length."""
    if node.type in ("text", "code_inline"):
        return clean(node.content)
    if node.type == "hardbreak":
        return broken
    if node.type == "softbreak":
        return broken if wrapped is None else wrapped
    return "".join(_text(child, broken, wrapped) for child in node.children)
