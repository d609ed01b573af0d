"""Which of a few names was said, by the sound, where the transcript leaves doubt. Pure.

Whisper writes a name that it does not expect as words that it does: "a win" for Nguyen. Told the
right name among others that sound like it, it mostly writes that one; and scored against the sound,
the name that was said beats the others. So it is a closed test: each name is put where the
transcript has words of its own, and the best one is believed if it beats the others and comes near
what whisper would rather have written. Margins: benchmarks/spoken_identifiers.py measures them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.dialogue.spoken import names, similar
from voicebot.dialogue.spoken.surnames import COMMON

RIVALS = 8  # names in a test; each costs some 20 ms
NEAR = 5  # of them, those that sound most like the right one
LEAD = 2.0  # of the best name over the next one, in natural log probability
BEHIND = 7.5  # the best name's, at most, behind the transcript
_GLUED = re.compile(r"^(it'?s under)(?=[a-z]{3})", re.IGNORECASE)  # "Its underpatterson."
_TAIL = re.compile(r"(?:,? *(?:please|thanks|thank you))?[\s.,!?]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Framing:
    """The words around the place where a name belongs."""

    before: str
    after: str

    def around(self, name: str) -> str:
        return f"{self.before} {name}{self.after}".strip()


def framing(text: str) -> Framing | None:
    """Where in the transcript the name stands: behind the words that lead to it. None where
    somebody talks instead of naming, spells, or names several."""
    text = _GLUED.sub(r"\1 ", text)
    if not names.candidates(text):
        return None
    tail = _TAIL.search(text)
    assert tail is not None
    said = text[: tail.start()]
    before = said[: names.lead(said)].rstrip(" ,")
    words = said[len(before) :].strip(" ,").split()
    if not words or sum(len(word.strip(".,")) == 1 for word in words) > 1:  # spelled
        return None
    return Framing(before, tail[0].rstrip() or ".")


def named(text: str, rivals: Sequence[str]) -> int | None:
    """Which of the names the words give; None where that is none, or more than one."""
    found = [at for at, name in enumerate(rivals) if names.matches(text, name)]
    return found[0] if len(found) == 1 else None


def rivals(customer: str | None, others: Sequence[str]) -> tuple[str, ...]:
    """RIVALS last names by the alphabet: the customer's, those most like it to the ear, and others
    of the shop. None: an order that does not exist, for which one name more is made up."""
    wanted = names.written(customer) if customer else COMMON[hash(tuple(others)) % len(COMMON)]
    shop = [name for one in others if (name := names.written(one))]
    pool = [name for name in dict.fromkeys([*shop, *COMMON]) if not _same(name, wanted)]
    near = sorted(pool, key=lambda name: _likeness(name, wanted), reverse=True)[:NEAR]
    rest = [name for name in pool if name not in near]
    return tuple(sorted([wanted, *near, *rest[: RIVALS - NEAR - 1]]))


def chosen(transcript: float, scores: Sequence[float]) -> int | None:
    """Which of the names was said; None where that is not sure. All in natural log probability:
    the transcript's own, and each name's best."""
    ranked = sorted(range(len(scores)), key=lambda at: scores[at], reverse=True)
    if len(ranked) < 2:
        return None
    best, next_best = scores[ranked[0]], scores[ranked[1]]
    return ranked[0] if best - next_best >= LEAD and transcript - best <= BEHIND else None


def _same(one: str, other: str) -> bool:
    return names.matches(one, other) or names.matches(other, one)


def _likeness(one: str, other: str) -> float:
    return similar.likeness(similar.sound(one), similar.sound(other))
