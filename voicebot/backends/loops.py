"""Speech models that get stuck repeat themselves, or what they were told; these functions notice
it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_NUMBER = re.compile(r"\d+")
_LONGEST_UNIT = 16  # words
_ECHO = 3  # words of a hint in a row
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NUMBERS = frozenset((*_DIGITS, "oh", "nought", "ten", "double", "triple"))


@dataclass(frozen=True)
class Loop:
    """`unit` words said `times` times on end; the last time may be cut short."""

    unit: int
    times: int

    @property
    def certain(self) -> bool:
        """More than people say twice: nobody repeats a phrase three times over."""
        return self.times >= 3


def find_loop(text: str) -> Loop | None:
    """The first run that looks like a loop, the shortest unit first.

    Four words and more twice; two or three words four times; one word six times; the whole text
    twice, however short. Digits and number words may be repeated: they are an order's number.
    """
    words = _WORD.findall(text.lower())
    for unit in range(1, min(_LONGEST_UNIT, len(words) // 2) + 1):
        needed = 6 if unit == 1 else 4 if unit <= 3 else 2
        run = 0
        for index in range(unit, len(words)):
            run = run + 1 if words[index] == words[index - unit] else 0
            if run >= unit * (needed - 1):
                spoken = words[index - unit + 1 : index + 1]
                if not _all_numbers(spoken):
                    return Loop(unit, 1 + _run_length(words, index, unit, run) // unit)
    half = len(words) // 2
    if half and words[:half] == words[half:] and not _all_numbers(words[:half]):
        return Loop(half, 2)
    return None


def echoes(text: str, hint: str) -> bool:
    """Whether a listener rather repeats the hint than tells what was said: a part of it and nothing
    else, or one of its numbers."""
    if not set(_NUMBER.findall(hint)).isdisjoint(_NUMBER.findall(text)):
        return True
    told, words = _WORD.findall(hint.lower()), _WORD.findall(text.lower())
    count = len(words)
    return count >= _ECHO and any(
        told[at : at + count] == words for at in range(len(told) - count + 1)
    )


def _all_numbers(words: list[str]) -> bool:
    return all(word.isdigit() or word in _NUMBERS for word in words)


def _run_length(words: list[str], index: int, unit: int, run: int) -> int:
    while index + 1 < len(words) and words[index + 1] == words[index + 1 - unit]:
        index, run = index + 1, run + 1
    return run
