"""The letters and digits of a spoken identifier: tokens to symbols, one piece at a time.

A piece may read in several ways ("twenty-three" is 23, or 20 and 3); the likeliest comes first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from voicebot.dialogue.spoken.numbers import (
    HOMOPHONES,
    MAGNITUDES,
    TEENS,
    TENS,
    TIMES,
    UNITS,
    Token,
    bag,
    cardinal,
)

NATO = {
    "alpha": "A", "alfa": "A", "bravo": "B", "charlie": "C", "delta": "D", "echo": "E",
    "foxtrot": "F", "golf": "G", "hotel": "H", "india": "I", "juliet": "J", "juliett": "J",
    "kilo": "K", "lima": "L", "mike": "M", "november": "N", "oscar": "O", "papa": "P",
    "quebec": "Q", "romeo": "R", "sierra": "S", "tango": "T", "uniform": "U", "victor": "V",
    "whiskey": "W", "whisky": "W", "xray": "X", "yankee": "Y", "zulu": "Z",
}  # fmt: skip
# Names of letters as whisper writes them.
LETTER_NAMES = {
    "ay": "A", "bee": "B", "be": "B", "cee": "C", "see": "C", "sea": "C", "dee": "D", "ee": "E",
    "ef": "F", "eff": "F", "gee": "G", "aitch": "H", "haitch": "H", "eye": "I", "jay": "J",
    "kay": "K", "el": "L", "ell": "L", "em": "M", "en": "N", "oh": "O", "pee": "P", "queue": "Q",
    "cue": "Q", "are": "R", "ar": "R", "ess": "S", "es": "S", "tee": "T", "tea": "T", "you": "U",
    "vee": "V", "ex": "X", "why": "Y", "zee": "Z", "zed": "Z",
}  # fmt: skip
HESITATIONS = bag(
    "uh uhh um umm er err erm hm hmm mm ah eh like so well then dash hyphen minus slash space"
    " stroke point dot comma let's see"
)
CORRECTIONS = bag("sorry no wait actually correction rather oops nope scratch mean")


@dataclass(frozen=True)
class Piece:
    """kind: what it adds. readings: what it may add, the likeliest first. end: the token behind."""

    kind: Literal["letters", "digits"]
    readings: tuple[str, ...]
    end: int
    sure: bool = True  # False: a common word that counts only between surer pieces


def piece(found: Sequence[Token], at: int, prefixes: frozenset[str]) -> Piece | None:
    """The piece that begins at token `at`, if one does."""
    token = found[at]
    if token.text.isdigit():
        return _written(found, at)
    return _digits(found, at) or _letters(found, at, prefixes)


def _written(found: Sequence[Token], at: int) -> Piece:
    text, follower = found[at].text, found[at + 1] if at + 1 < len(found) else None
    if follower is not None and follower.text in MAGNITUDES:
        return _hundreds(found, at) or Piece("digits", (text,), at + 1)
    if follower is not None and follower.text.isdigit() and not text.startswith("0"):
        # "120 3" and "100 23": said as one number, written as two.
        room = len(text) - len(text.rstrip("0"))
        fits = 0 < len(follower.text) <= room and not follower.text.startswith("0")
        if fits and not re.search(r"[,.-]", follower.before):
            whole = str(int(text) + int(follower.text))
            return Piece("digits", (text + follower.text, whole), at + 2)
    readings = (text, "O" + text[1:]) if text.startswith("0") else (text,)
    return Piece("digits", readings, at + 1)


def _digits(found: Sequence[Token], at: int) -> Piece | None:
    word = found[at].text
    times = TIMES.get(word)
    if times and at + 1 < len(found):
        inner = piece(found, at + 1, frozenset())
        if inner is not None and all(len(r) == 1 for r in inner.readings):
            return Piece(inner.kind, tuple(r * times for r in inner.readings), inner.end)
        return None
    if word in UNITS or word in TEENS:
        return _hundreds(found, at) or _unit(found, at)
    if word in TENS:
        many = _hundreds(found, at)
        if many is not None:
            return many
        unit = UNITS.get(found[at + 1].text, 0) if at + 1 < len(found) else 0
        if at + 1 < len(found) and found[at + 1].text in "123456789":
            unit = int(found[at + 1].text)
        if unit and found[at + 1].text not in ("oh", "o"):
            return Piece("digits", (str(TENS[word] + unit), f"{TENS[word]}{unit}"), at + 2)
        return Piece("digits", (str(TENS[word]),), at + 1)
    if word in HOMOPHONES:
        return Piece("digits", (str(HOMOPHONES[word]),), at + 1, sure=False)
    return None


def _unit(found: Sequence[Token], at: int) -> Piece:
    word = found[at].text
    if word not in ("oh", "o"):
        value = UNITS.get(word, TEENS.get(word))
        return Piece("digits", (str(value),), at + 1)
    # "Zero, uh, oh, uh, three": who hesitates goes on with what it was.
    after = _said(found[at + 1 :])
    before = _said(found[:at][::-1])
    after_digit = before in UNITS or before in TENS or before in TEENS or before.isdigit()
    before_digit = after.isdigit() or after in UNITS or after in TENS or after in TIMES
    if after_digit or (before_digit and not _is_letter(before)):
        return Piece("digits", ("0", "O"), at + 1)
    return Piece("letters", ("O", "0"), _as_in(found, at, "O"))


def _said(found: Sequence[Token]) -> str:
    """The first word that is no hesitation, or ""."""
    return next((token.text for token in found if token.text not in HESITATIONS), "")


def _hundreds(found: Sequence[Token], at: int) -> Piece | None:
    """ "one hundred (and) twenty three": 123, or 100 and 23."""
    words = [token.text for token in found[at : at + 12]]
    parsed = cardinal(words)
    if parsed is None or not any(word in MAGNITUDES for word in words[: parsed[1]]):
        return None
    value, end = parsed
    last = max(i for i in range(end) if words[i] in MAGNITUDES)
    readings = [str(value)]
    rest = cardinal([word for word in words[last + 1 : end] if word != "and"])
    if rest is not None and rest[0]:
        readings.append(f"{value - rest[0]}{rest[0]}")
    return Piece("digits", tuple(readings), at + end)


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def _letters(found: Sequence[Token], at: int, prefixes: frozenset[str]) -> Piece | None:
    token = found[at]
    word, upper = token.text, token.text.upper()
    if _is_letter(word):
        end = _as_in(found, at, upper)
        if word == "x" and at + 1 < len(found) and found[at + 1].text == "ray":
            end = at + 2
        sure = end > at + 1 or word not in ("a", "i") or token.raw == "A"
        return Piece("letters", (upper,), end, sure)
    if word in NATO:
        return Piece("letters", (NATO[word],), at + 1, sure=False)
    if upper in prefixes:
        return Piece("letters", (upper,), at + 1)
    after = found[at + 1] if at + 1 < len(found) else None
    alone = at == 0 or token.before != ""  # "3rd" is no prefix
    if alone and len(word) > 1 and after is not None and after.text.isdigit():
        for prefix in sorted(prefixes):  # "Rd 135": its first letter was lost
            if prefix.endswith(upper):
                return Piece("letters", (prefix,), at + 1)
    if word in LETTER_NAMES:
        letter = LETTER_NAMES[word]
        return Piece("letters", (letter,), _as_in(found, at, letter), sure=False)
    if len(word) <= 4 and word.isalpha() and word.isascii():
        glued = after is not None and after.text.isdigit() and after.before in ("", "-")
        if glued or token.raw.isupper():
            return Piece("letters", (upper,), at + 1, sure=glued)
    return None


def _as_in(found: Sequence[Token], at: int, letter: str) -> int:
    """Behind "as in boy", "for boy", "like boy" after a letter; else behind the letter."""
    words = [token.text for token in found[at + 1 : at + 4]]
    for carrier in (["as", "in"], ["for"], ["like"], ["as"]):
        behind = words[len(carrier) : len(carrier) + 1]
        if words[: len(carrier)] == carrier and behind and behind[0][0] == letter.lower():
            named = behind[0] not in UNITS and behind[0] not in TEENS and len(behind[0]) > 1
            if named:
                return at + 2 + len(carrier)
    return at + 1
