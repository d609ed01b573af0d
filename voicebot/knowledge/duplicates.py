"""Sentences that a document says more than once, folded into one. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicebot.knowledge.passages import Sentence

_WORDS = 8  # a sentence of as many tells by itself what it is about, whatever stands above it
_IDLE = frozenset(("a", "an", "the", "please", "also", "to", "and"))


def folded(sentences: Sequence[Sentence], most: int) -> list[Sentence]:
    """Each thing once, where it is said first, found also by what stood above it elsewhere.
    Sentences that differ by a figure or a word that counts are different. most: vectors of a
    sentence."""
    kept: dict[tuple[str, ...], int] = {}
    found: list[Sentence] = []
    for sentence in sentences:
        key = _key(sentence)
        if key not in kept:
            kept[key] = len(found)
            found.append(sentence)
            continue
        first = found[kept[key]]
        views = dict.fromkeys((*first.embed, *sentence.embed))
        found[kept[key]] = replace(first, embed=tuple(views)[:most])
    return found


def _key(sentence: Sentence) -> tuple[str, ...]:
    words = re.findall(r"[^\W_]+", sentence.text.lower())
    plain = tuple(word for word in words if word not in _IDLE)
    return plain if len(plain) >= _WORDS else (sentence.heading, *plain)
