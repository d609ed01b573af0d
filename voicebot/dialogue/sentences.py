"""Text into clauses that can be spoken: a short one first, so that it sounds early."""

from __future__ import annotations

import re
from collections.abc import Iterator

FIRST_WORDS = 7  # about 2 s of speech, 0.15 s of synthesis on two cores
MOST_WORDS = 28  # Piper can be cancelled between pieces only

_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|No|vs|etc|e\.g|i\.e|a\.m|p\.m|approx|[A-Z])\.\Z")
_SENTENCE_END = re.compile(r"[.!?]+[\"')\]]*(?=\s)|\n+")
_PAUSE = re.compile(r"[,;:](?=\s)")
_TURNING = re.compile(r"(?<!\d)\s(?=(?:and|but|or|because|which|when|if|with|within|for|in)\s)")


def _words(text: str) -> int:
    return len(text.split())


def _sentence_end(text: str) -> int | None:
    for found in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[: found.end()]):
            return found.end()
    return None


def _early_end(text: str, most: int) -> int | None:
    """Where a clause of at most `most` words may end before its sentence does."""
    # One word fewer before a turning word: it has to be there whole when text comes in deltas.
    for pattern, least, most_before in ((_PAUSE, 2, most), (_TURNING, 4, most - 1)):
        ends = [
            m.end()
            for m in pattern.finditer(text)
            if least <= _words(text[: m.end()]) <= most_before
        ]
        if ends:
            return ends[-1]
    return None


class Clauses:
    """Collects text deltas and gives out clauses as soon as they are complete.

    A clause never ends inside a figure ("$5.99") or an abbreviation. What is left comes out of
    `close`. With `first_words` 0 the first clause is a sentence like the others.
    """

    def __init__(self, first_words: int = FIRST_WORDS, most_words: int = MOST_WORDS) -> None:
        self._first_words, self._most_words = first_words, most_words
        self._text, self._first = "", True

    def push(self, delta: str) -> Iterator[str]:
        self._text += delta
        yield from self._take()

    def close(self) -> Iterator[str]:
        self._text += "\n"
        yield from self._take()

    def _take(self) -> Iterator[str]:
        while (end := self._clause_end()) is not None:
            clause = self._cut(end)
            if clause:
                yield clause

    def _limit(self) -> int:
        return self._first_words if self._first and self._first_words else self._most_words

    def _clause_end(self) -> int | None:
        most, end = self._limit(), _sentence_end(self._text)
        if end is not None and _words(self._text[:end]) <= most:
            return end
        if _words(self._text) <= most:
            return None
        if (early := _early_end(self._text, most)) is not None:
            return early
        # Nothing to breathe at: a first clause then is the sentence, a monster is cut by count.
        if _words(self._text[:end]) > self._most_words:
            return self._after_words(self._most_words)
        return end

    def _after_words(self, count: int) -> int:
        ends = [m.end() for m in re.finditer(r"\S+", self._text)]
        return ends[min(count, len(ends)) - 1]

    def _cut(self, end: int) -> str:
        clause, self._text = self._text[:end].strip(), self._text[end:].lstrip()
        if clause:
            self._first = False
        return clause


def clauses(text: str) -> list[str]:
    """A text that is known whole, in clauses."""
    splitter = Clauses()
    return [*splitter.push(text), *splitter.close()]
