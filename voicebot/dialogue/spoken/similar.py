"""How alike words are, to the ear and in writing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import overload

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

_LETTERS = {"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "œ": "oe", "þ": "th", "ð": "d"}

# Spelling to sound, applied in order to a word between spaces. Capitals are sounds: A (day),
# I (see), Y (high), O (go), U (too), W (now), R (unstressed -er), S (shoe), C (church), 0 (thin).
# Vowels are kept apart on purpose: a key for telling names apart must not drop them.
_LONG = {"a": "A", "e": "I", "i": "Y", "y": "Y", "o": "O", "u": "U"}


def _lengthen(match: re.Match[str]) -> str:
    return f"{_LONG[match[1]]}{match[2]}{match[3]} "


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(.)\1+", r"\1\1"),  # never three of a letter
        (r" ma?c(?=[^aeiouy\s])", " mak"),
        (r" (?:kn|gn|pn)", " n"),
        (r" wr", " r"),
        (r" ps", " s"),
        (r" wh", " w"),
        (r" x", " z"),
        (r"sch(?=[mnlrw])", "S"),
        (r"sch|sk", "sk"),
        (r"tch", "C"),
        (r"chr", "kr"),
        (r"ch", "C"),
        (r"sh", "S"),
        (r"ph", "f"),
        (r"th", "0"),
        (r"augh", "a"),
        (r"ough ", "O "),
        (r"(?<= l)eigh ", "I "),
        (r"eigh|aigh", "A"),
        (r"igh", "Y"),
        (r" gh", " g"),
        (r"kh", "k"),
        (r" hua", " wa"),
        (r"gh", ""),
        (r"ck|cq|q(?!u)", "k"),
        (r"qu", "kw"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"x", "ks"),
        (r"tz|ts|z", "s"),
        (r"dg", "g"),
        (r"dt ", "t "),
        (r"mp(?=s)", "m"),
        (r"(?<=[aeiou])h(?=[^aeiouy])", ""),  # Johnson, Hahn
        (r"([^aeiouy\s])e?s?son ", r"\1sn "),  # -son, -sson
        (r"([^aeiouy\s])sen ", r"\1sn "),
        (r"oo(?=r)", "O"),
        (r"(?<=\w\w)(?:ies|eys|ys) ", "is "),
        (r"(?<=r)ie(?=n )", "ia"),
        (r"e[iy](?=e)", "Y"),
        (r"(?<![aeiou])([aeiouy])([^aeiouyw\s])e(s?) ", _lengthen),  # the silent e
        (r"(?<=[^aeiouy\s])e ", " "),
        (r"ee|ea|ie|ei(?=[dl])", "I"),
        (r"(?:(?<=[aeiou].)|(?<=[aeiou]..))ey ", "I "),
        (r"(?<=[aeiouAIOUYWR\w][^aeiouy\s])[yi] ", "I "),
        (r"ai|ay|ey", "A"),
        (r"ei", "Y"),
        (r"(?<=[^aeiou\s])y(?=e)", "Y"),
        (r"(?<=Y)e ", " "),
        (r"oa|oe|ow ", "O"),
        (r"o ", "O "),
        (r"ou|ow", "W"),
        (r"oo|ew|ue|ui|u(?=[aeiou])", "U"),
        (r"(?<=\w[^aeiouy\s])(?:er|or|ar|ur|ir|re) ", "R "),
        (r"(?<=[aeiouAIOUYWR][^aeiouy\s])[aeou]n ", "n "),
        (r"(?<=[aeiouAIOUYWR][^aeiouy\s][^aeiouy\s])[aeou]n ", "n "),
        (r"h ", " "),
        (r"y", "i"),
        (r"(.)\1", r"\1"),
    )
)


def folded(text: str) -> str:
    """Lower case, without accents."""
    text = "".join(_LETTERS.get(c, c) for c in text.lower())
    split = unicodedata.normalize("NFKD", text)
    return "".join(c for c in split if not unicodedata.combining(c))


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """How an English speaker would say the word, roughly: equal for Reed, Reid and Read, for Doe
    and Dough, different for Bell, Ball and Bull."""
    said = f" {re.sub(r'[^a-z]', '', folded(word))} "
    for pattern, replacement in _RULES:
        said = pattern.sub(replacement, said)
    return said.strip()


def edits(one: str, other: str, most: int) -> int:
    """Insertions, deletions, substitutions and swaps between them; most + 1 where they are more."""
    return int(DamerauLevenshtein.distance(one, other, score_cutoff=most))


def likeness(one: str, other: str) -> float:
    """0 to 1, by the share of letters in common and in order."""
    return float(fuzz.ratio(one, other)) / 100


class Vocabulary(Sequence[str]):
    """Many words, among which those most like another are found in a millisecond."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(words)
        self._lengths = np.array([len(word) for word in self._words], np.int64)
        self._letters = np.array([_letters(word) for word in self._words], np.uint64)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return self._words[at]

    def __len__(self) -> int:
        return len(self._words)

    def within(self, text: str, *, count: int, least: float = 0.7) -> list[str]:
        """The words that are most like a part of the text, best first."""
        found = process.extract(
            text, self._words, scorer=fuzz.partial_ratio, score_cutoff=least * 100, limit=count
        )
        return [match for match, _, _ in found if len(match) <= len(text)]

    def nearest(self, word: str, *, least: float = 0.8, count: int = 8) -> list[tuple[str, float]]:
        """The words most like `word`, with their likeness, best first."""
        # Likeness is 1 - edits / letters of both, and each letter that only one of them has is an
        # edit: what has too many is not compared.
        edits = (1 - least) * (self._lengths + len(word)) + 1e-6
        alone = np.bitwise_count(self._letters ^ np.uint64(_letters(word)))
        among = [self._words[n] for n in np.flatnonzero(alone <= edits).tolist()]
        found = process.extract(
            word, among, scorer=fuzz.ratio, score_cutoff=least * 100, limit=count
        )
        return [(match, score / 100) for match, score, _ in found]


def _letters(word: str) -> int:
    """Which letters it has, as a set of bits; two letters may share one."""
    bits = 0
    for char in word:
        bits |= 1 << (ord(char) & 63)
    return bits
