"""Text into clauses that can be spoken: a short one first, so that it sounds early."""

from __future__ import annotations

import re
from collections.abc import Iterator

FIRST_WORDS = 6  # a sentence so short is spoken whole; of a longer one a part comes first
FIRST_BREATH = 9  # words within which that part has to end, or there is none
# 5 s of speech: Piper can be cancelled between pieces only, and the longest decides its memory.
MOST_WORDS = 14

_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|No|vs|etc|e\.g|i\.e|a\.m|p\.m|approx|[A-Z])\.\Z")
_SENTENCE_END = re.compile(r"[.!?]+[\"')\]]*(?=\s)|\n+")
_PAUSE = re.compile(r"[,;:](?=\s)")
# Where speakers may take a breath without a mark: before joining words, prepositions, predicates.
_JOINT = re.compile(
    r"(?<!\d)\s(?=(?:and|but|or|because|which|when|if|with|within|for|in|after|until|from|at|to|"
    r"is|are|was|can|cannot|could|may|must|will|has|have|takes?|costs?|arrives?)\s)"
)


def _words(text: str) -> int:
    return len(text.split())


def _sentence_end(text: str) -> int | None:
    for found in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[: found.end()]):
            return found.end()
    return None


def _breaths(text: str, most: int) -> list[int]:
    """Where a clause of at most `most` words may end before its sentence does."""
    # One word fewer before a joint: it has to be there whole when text comes in deltas.
    return sorted(
        m.end()
        for pattern, least, most_before in ((_PAUSE, 1, most), (_JOINT, 3, most - 1))
        for m in pattern.finditer(text)
        if least <= _words(text[: m.end()]) <= most_before
    )


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
        first = most == self._first_words
        if breaths := _breaths(self._text, FIRST_BREATH if first else most):
            return breaths[0] if first else breaths[-1]
        if first and end is None and _words(self._text) <= FIRST_BREATH:
            return None
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
