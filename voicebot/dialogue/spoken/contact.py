"""Postcodes and e-mail addresses as they are spoken, held against the one that is expected."""

from __future__ import annotations

import itertools
import re

from voicebot.dialogue.spoken import identifiers, similar
from voicebot.dialogue.spoken.identifiers import normal

_CARRIER = re.compile(
    r"^.*?\b(?:(?:e-?mail|mail)(?: address)?(?: is|'s)?|address(?: is|'s)?|it(?: is|'s)"
    r"|that(?: is|'s)|sure|yes|yeah|okay|ok)\b[\s,:.]*"
)
_SAID = (
    (r"\s+at(?: sign)?\s+|\s*@\s*", "@"),
    (r"\s*(?:,\s*)?\b(?:dot|period|point)\b(?:\s*,)?\s*", "."),
    (r"\s*\bunderscore\b\s*", "_"),
    (r"\s*\b(?:dash|hyphen|minus)\b\s*", "-"),
    (r"\s*\bplus\b\s*", "+"),
)


def matches_postcode(text: str, expected: str) -> bool:
    """Whether the utterance gives the postcode: letters and digits the same. Of a nine-digit US
    code the first five are enough."""
    wanted = normal(expected)
    if not wanted:
        return False
    short = re.fullmatch(r"(\d{5})-?\d{4}", expected.strip())
    forms = {wanted, short[1]} if short else {wanted}
    said = {r for heard in identifiers.heard(text, expected=True) for r in heard.readings}
    words = [normal(word) for word in text.split()]
    said |= {word for word in words if word}
    said |= {one + other for one, other in itertools.pairwise(words)}
    return bool(said & forms)


def matches_email(text: str, expected: str) -> bool:
    """Whether the utterance gives the address, spoken ("john dot doe at example dot com") or
    typed. Every character counts."""
    wanted = expected.strip().lower()
    if "@" not in wanted:
        return False
    said = similar.folded(text).strip(" .!?")
    return any(_address(form) == wanted for form in (said, _CARRIER.sub("", said)))


def _address(said: str) -> str:
    for pattern, sign in _SAID:
        said = re.sub(pattern, sign, said)
    return re.sub(r"[\s,]+", "", said)
