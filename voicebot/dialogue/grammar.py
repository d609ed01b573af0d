"""GBNF made for the turn: it admits only what is possible now."""

from __future__ import annotations

from collections.abc import Iterable


def literal(text: str) -> str:
    """A GBNF terminal that is exactly this text."""
    escaped = "".join(
        {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c, c) for c in text
    )
    return f'"{escaped}"'


def one_of(words: Iterable[str]) -> str:
    """A grammar whose only texts are the words. Raises ValueError where there are none, or one that
    cannot be said: an empty alternative would be a dead end, and NUL ends the grammar itself."""
    choices = list(dict.fromkeys(words))
    if not choices or not all(choices):
        raise ValueError("a grammar needs at least one word, and none that is empty")
    if any("\0" in word for word in choices):
        raise ValueError("no word of a grammar can hold NUL")
    return "root ::= " + " | ".join(literal(word) for word in choices)
