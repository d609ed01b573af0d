"""Numbers in words, and words for numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

UNITS = {
    "zero": 0, "oh": 0, "o": 0, "nought": 0, "naught": 0, "nil": 0,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "niner": 9,
}  # fmt: skip
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
# What a digit is written as where words are expected; only between other digits.
HOMOPHONES = {"to": 2, "too": 2, "for": 4, "fore": 4, "ate": 8, "won": 1, "tree": 3, "sex": 6}
TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
MAGNITUDES = {"hundred": 100, "thousand": 1000}

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[$£€%#@]")
_UNIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEEN_WORDS = tuple(TEENS)
_TENS_WORDS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def bag(words: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(words.split())


@dataclass(frozen=True)
class Token:
    """A word, a run of digits or a sign. text is in lower case, raw as it was written; start and
    end are places in the utterance. before: what stands between it and the token before."""

    text: str
    raw: str
    start: int
    end: int
    before: str


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    for match in _TOKEN.finditer(text):
        raw = match[0]
        word = raw.lower().replace("’", "'")
        found.append(Token(word, raw, match.start(), match.end(), text[at : match.start()]))
        at = match.end()
    return found


def cardinal(words: Sequence[str], at: int = 0) -> tuple[int, int] | None:
    """The number that the words from `at` on say ("a hundred and twenty three", "sixty", "40"),
    and where it ends. None where no number begins there.

    A run of digits said one by one is no cardinal: only its first digit is taken.
    """
    total, current, end, i = 0, -1, at, at
    if words[i : i + 1] == ["a"] and words[i + 1 : i + 2] and words[i + 1] in MAGNITUDES:
        current, i = 1, i + 1
    while i < len(words):
        word = words[i]
        if word == "and" and current >= 100 and i + 1 < len(words):
            i += 1
            continue
        if word in MAGNITUDES and current > 0:
            size = MAGNITUDES[word]
            if size == 1000:
                total, current = total + current * size, 0
            else:
                current *= size
        elif (value := _small(word)) is not None and _fits(current, value):
            current = max(current, 0) + value
        else:
            break
        i += 1
        end = i
    return (total + current, end) if end > at and current >= 0 else None


def _small(word: str) -> int | None:
    if word.isdigit():
        return int(word) if len(word) < 10 else None
    for table in (UNITS, TEENS, TENS):
        if word in table and word != "o":
            return table[word]
    return None


def _fits(current: int, value: int) -> bool:
    """Whether "current value" is one number: 20 3, 100 23, but not 1 2 or 20 30."""
    if current <= 0:
        return True
    if current % 100 == 0:
        return 0 < value < 100
    return current % 100 >= 20 and current % 10 == 0 and 0 < value < 10


def in_words(number: int) -> str:
    """0 to 999,999 in words: "one hundred twenty-three"."""
    if number < 10:
        return _UNIT_WORDS[number]
    if number < 20:
        return _TEEN_WORDS[number - 10]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS_WORDS[tens - 2] + (f"-{_UNIT_WORDS[rest]}" if rest else "")
    for size, name in ((1000, "thousand"), (100, "hundred")):
        many, rest = divmod(number, size)
        if many:
            return f"{in_words(many)} {name}" + (f" {in_words(rest)}" if rest else "")
    raise AssertionError("unreachable")
