"""Questions that could not be answered, grouped: which document does the shop lack?

Without customers' words a group is known by the document that came nearest; with them by the first
of the questions that were alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

GROUPS = 500  # beyond it the one that was asked longest ago is forgotten
ALIKE = 75  # of 100, token sort ratio of the words that carry meaning
_SMALL_WORDS = re.compile(
    r"\b(?:a|an|the|i|you|your|yours|my|me|we|us|our|it|its|is|are|am|be|was|were|do|does|did|can|"
    r"could|would|will|shall|should|may|might|have|has|had|what|what's|when|where|which|who|how|"
    r"to|of|for|in|on|at|with|from|and|or|please|tell|know|want|like|there|here|this|that|any|"
    r"some|about|so|if|not|uh|um|hello|hi|hey|ok|okay|thanks|thank)\b"
)


@dataclass(frozen=True)
class Question:
    """A group. question: "" where words are not kept; document: the file that came nearest to an
    answer, "" where none did. first, last: Unix time, seconds."""

    question: str
    document: str
    count: int
    first: float
    last: float


class Questions:
    """words: whether what customers say may be kept. known: of former days, in any order."""

    def __init__(self, words: bool, known: Iterable[Question] = ()) -> None:
        self._words = words
        self._groups: list[Question] = []  # the last asked last
        for question in sorted(known, key=lambda q: q.last):
            self._add(question)

    def add(self, question: str, document: str, at: float) -> None:
        """One more that was asked, at that Unix time."""
        self._add(Question(question.strip(), document, 1, at, at))

    def asked(self) -> tuple[Question, ...]:
        """All groups, the last asked first."""
        return tuple(reversed(self._groups))

    def _add(self, new: Question) -> None:
        if not self._words:
            new = replace(new, question="")
        for index, old in enumerate(self._groups):
            if _same(old, new):
                del self._groups[index]
                count, last = old.count + new.count, max(old.last, new.last)
                new = replace(old, count=count, last=last, document=new.document or old.document)
                break
        self._groups.append(new)
        del self._groups[:-GROUPS]


def _same(one: Question, other: Question) -> bool:
    if not one.question or not other.question:
        return one.question == other.question and one.document == other.document
    return fuzz.token_sort_ratio(_meaning(one.question), _meaning(other.question)) >= ALIKE


def _meaning(question: str) -> str:
    words = re.sub(r"[^\w\s']", " ", question.casefold())
    return _SMALL_WORDS.sub(" ", words).strip() or words
