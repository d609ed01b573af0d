"""Whether a sentence that a model wrote says no more than the shop's own text. Pure.

No proof of truth: it catches what models get wrong when they write from passages, which is figures,
names, a yes or no that nobody gave, a "not" lost or made up, and matter from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from voicebot.knowledge.keywords import COMMON
from voicebot.knowledge.quotes import stem, words
from voicebot.knowledge.text import sentences

SHARE = 0.75  # of its words of meaning that must stand in the texts or the question
_VERDICT = re.compile(
    r"\W*(?:yes|no|yeah|nope|sure|certainly|absolutely|definitely|(?:of course|that's right))\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|cannot|neither|nor|without|except|unless|only|"
    r"exclud\w+|refus\w+|unopened|instead)\b|n't\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][\w'-]*")
_PLAIN = frozenset(stem(word) for word in COMMON)  # "takes" too
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_FIGURES = {
    word: str(value)
    for value, word in enumerate(
        "zero _ two three four five six seven eight nine ten eleven twelve thirteen fourteen "  # noqa: SIM905
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90", "hundred": "100", "thousand": "1000", "half": "1/2", "dozen": "12",
    "twice": "2", "double": "2",
}  # fmt: skip


def is_grounded(sentence: str, question: str, texts: Sequence[str]) -> bool:
    """sentence: one that a model wrote to answer the question from the shop's texts."""
    sentence, question = _in_figures(sentence), _in_figures(question)
    texts = [_in_figures(text) for text in texts]
    source = " ".join(texts)
    if _VERDICT.match(sentence) or not _figures(sentence) <= _figures(source):
        return False
    known = {name.lower() for name in re.findall(r"[\w'-]+", f"{source} {question}")}
    if any(name.lower() not in known for name in _NAME.findall(sentence)):
        return False
    own = words(sentence) - _PLAIN
    if not own or len(own & words(f"{source} {question}")) < SHARE * len(own):
        return False
    return bool(_NOT.search(sentence)) == bool(_NOT.search(_nearest(own, texts)))


def _in_figures(text: str) -> str:
    """Number words as figures; "one" is mostly none, and "a hundred" no more than "hundred"."""
    return re.sub(r"[A-Za-z]+", lambda word: _FIGURES.get(word[0].lower(), word[0]), text)


def _figures(text: str) -> set[str]:
    """Every number of the text."""
    return {re.sub(r"(?<=\d),(?=\d{3})|[.:]00$", "", one) for one in _FIGURE.findall(text)}


def _nearest(own: frozenset[str], texts: Sequence[str]) -> str:
    """The sentence of the texts that has most of these words."""
    listed = [one for text in texts for one in sentences(text)]
    return max(listed, key=lambda one: len(own & words(one)), default="")
