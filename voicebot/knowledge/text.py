"""Text of strangers made plain: no control tokens, no odd characters, whole words, sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# The control tokens of language models (ChatML, Llama, Mistral, Gemma and others) and Piper's raw
# phonemes: data must never become either.
_MARKS = re.compile(
    r"<\|[^|<>]{0,60}\|>|\[\[|\]\]|<\||\|>|<</?SYS>>|</?[a-z][a-z_]{0,30}\d*>|"
    r"\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_[A-Z_]{1,20}|BOS|EOS|UNK|PAD|CLS|SEP|MASK)\]"
)
_DROPPED = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffd™®©\ue000-\uf8ff]")
_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "−": "-", "½": "1/2", "…": "..."}
)
_SPACES = re.compile(r"\s+")
# Ligatures and full-width forms. The rest of NFKC would turn x² into x2 and № into No.
_COMPATIBLE = re.compile("[\ufb00-\ufb06\uff01-\uff5e]")


def strip_marks(text: str) -> str:
    """Without control tokens and `[[ ]]`, also those that taking one away would form."""
    while True:
        stripped = _MARKS.sub("", text)
        if stripped == text:
            return text
        text = stripped


def clean(text: str) -> str:
    """One line with its spaces kept (they are its columns) and its characters made ordinary."""
    text = unicodedata.normalize("NFC", text.expandtabs(4))
    text = _COMPATIBLE.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)
    text = _DROPPED.sub("", text).translate(_PLAIN)
    text = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) != "Cc"
    )
    return strip_marks(text)


def squeeze(text: str) -> str:
    """On one line, single spaces, no marks: the last pass over every text that is stored."""
    return _SPACES.sub(" ", strip_marks(_SPACES.sub(" ", text))).strip()


# First halves that keep their hyphen at the end of a line.
_HYPHENED = frozenset(
    """e in on non self well step long half multi one two three four five six seven eight nine ten
    twelve twenty thirty forty fifty sixty ninety""".split()  # noqa: SIM905
)


# Halves of an e-mail or web address, which has hyphens of its own.
_ADDRESS_BEGINS = re.compile(r"\S*(?:@|://|www\.)\S*-$")
_ADDRESS_ENDS = re.compile(r"[\w-]+\.[a-z]{2,}(?![\w.]*\s[a-z])|\S+@")


def join_lines(lines: Iterable[str], words: frozenset[str] = frozenset()) -> str:
    """Lines of one paragraph as running text, words divided at line ends made whole.

    words: the document's words in lower case, which tell "infor-mation" from "e-mail".
    """
    parts: list[str] = []
    for line in map(str.strip, lines):
        if parts:
            parts[-1] = _before(parts[-1], line, words)
        parts.append(line)
    return "".join(parts).strip()


def _before(line: str, following: str, words: frozenset[str]) -> str:
    """A line as it goes on in the next one: with a space, a hyphen, or neither."""
    end = line[-100:]
    left, right = re.search(r"([^\W\d_]+)-$", end), re.match(r"[^\W\d_]+", following)
    if not (left and right and right[0].islower()):
        span = re.search(r"\d ?[-–—]$", end) and following[:1].isdigit()  # "5-7 days"
        return line if span or not line else f"{line} "
    if _ADDRESS_BEGINS.search(end) or _ADDRESS_ENDS.match(following):
        return line
    first, whole = left[1].lower(), (left[1] + right[0]).lower()
    kept = f"{first}-{right[0]}" in words or (
        whole not in words and (first in _HYPHENED or len(first) == 1)
    )
    return line if kept else line[:-1]


_END = re.compile(r"""([.!?]+)(["')\]]*)\s+(?=["'(\[]*[A-Z0-9$€£])""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|incl|max|min|no|nos|dr|mr|mrs|ms|prof|st|ave|blvd|rd|apt|"
    r"dept|inc|ltd|co|corp|jr|sr|fig|tel|ext|p\.o|a\.m|p\.m|u\.s|jan|feb|mar|apr|jun|jul|aug|sept?|"
    r"oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)|(?<!\d )\b[A-Z])$",  # but "at least 1 A." ends
    re.IGNORECASE,
)
# These end sentences too: what follows decides ("at 5 p.m. We ..." but "5 p.m. Monday").
_MAY_END = re.compile(r"\b(?:etc|a\.m|p\.m|u\.s|inc|ltd|co)$", re.IGNORECASE)
_STARTER = re.compile(
    r"""["'(]*(?:The|A|An|We|You|Your|Our|It|They|This|These|If|When|For|In|On|Please|To|All)\b"""
)


def sentences(text: str) -> list[str]:
    """Sentences of running text; "$5.99", "e.g." and "Dr. Lee" stay whole."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        before = text[start : end.start()]
        if end[1] == ".":
            ends = _MAY_END.search(before) and _STARTER.match(text[end.end() :])
            if _ABBREVIATION.search(before) and not ends:
                continue
            if re.fullmatch(r"\s*\(?\d+", before):  # "1. Press ..."
                continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def ended(text: str) -> str:
    """With a full stop where a sentence has no end."""
    text = text.rstrip()
    return text if text[-1:] in ".!?" else text.rstrip(",;:") + "."
