"""What a tool of the shop's own has to know, out of the customer's words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from voicebot.dialogue.spoken import numbers, similar

_ALIKE = 0.85  # of two words, from which one is taken for the other as misheard


@dataclass(frozen=True)
class Slot:
    """An argument. text: the customer's own words; number: the first number in them; choice: the
    one of `choices` that stands in them. ask: the question for it, where it has to be known."""

    name: str
    kind: Literal["text", "number", "choice"]
    choices: tuple[str, ...] = ()
    required: bool = True
    ask: str = ""


def filled(slots: Sequence[Slot], text: str) -> dict[str, Any]:
    """What the words that asked for the tool say. A text that is required is asked for: those words
    are the wish for it."""
    found: dict[str, Any] = {}
    for slot in slots:
        value = None if slot.kind == "text" and slot.required else answer(slot, text)
        if value is not None:
            found[slot.name] = value
    return found


def missing(slots: Sequence[Slot], known: Mapping[str, Any]) -> Slot | None:
    """The next one to ask for."""
    return next((slot for slot in slots if slot.required and slot.name not in known), None)


def answer(slot: Slot, text: str) -> Any:
    """The value that the words give; None where they give none."""
    match slot.kind:
        case "text":
            return text.strip() or None
        case "number":
            return _number(text)
        case "choice":
            return _choice(slot.choices, text)


def _number(text: str) -> float | None:
    if digits := re.search(r"-?\d+(?:\.\d+)?", text.replace(",", "")):
        return float(digits[0])
    words = [token.text for token in numbers.tokens(text)]
    found = (numbers.cardinal(words, at) for at in range(len(words)))
    return next((float(one[0]) for one in found if one is not None), None)


def _choice(choices: Sequence[str], text: str) -> str | None:
    """The longest one whose words all stand there, misheard ones included."""
    said = [token.text for token in numbers.tokens(text)]
    for choice in sorted(choices, key=len, reverse=True):
        wanted = re.findall(r"[a-z0-9']+", choice.lower())
        if wanted and all(any(_alike(word, one) for one in said) for word in wanted):
            return choice
    return None


def _alike(word: str, said: str) -> bool:
    if word == said or said in (f"{word}s", f"{word}'s"):
        return True
    return min(len(word), len(said)) > 3 and similar.likeness(word, said) >= _ALIKE
