"""What a customer asked for besides, while something else is being asked of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voicebot.dialogue.spoken.identifiers import HeardId

MOST = 2  # more than this nobody remembers having asked
_DENIED = re.compile(r"\bnot(?: the)?(?: order)?(?: number)?[\s,]*$", re.IGNORECASE)


def wait(waiting: tuple[str, ...], *texts: str) -> tuple[str, ...]:
    """The earliest first; what comes when there are MOST is lost."""
    return tuple(dict.fromkeys((*waiting, *texts)))[:MOST]


def about(tool: str, order_id: str) -> str:
    """The words that ask for the same of another order."""
    verb = "I want to return" if tool == "create_return" else "Where is"
    return f"{verb} order {order_id}."


def instead(waiting: tuple[str, ...], tool: str, now: str, former: str) -> tuple[str, ...]:
    """After the customer said which order goes first: that one no longer waits, the other does."""
    first = about(tool, now)
    return tuple(about(tool, former) if text == first else text for text in waiting)


def one_number(text: str, heard: Sequence[HeardId]) -> tuple[str, tuple[str, ...]]:
    """The text with the numbers left out that are not meant ("126, not 127") or that come after the
    first ("ORD131 and ORD135"); and these. Where it is one or the other, both are left."""
    meant = [one for one in heard if not _DENIED.search(text[: one.start])] or list(heard)
    named = {one.order_id: one for one in reversed(meant) if one.cue or not one.order_id.isdigit()}
    later = list(reversed(named.values()))[1:]
    if len(named) != len({one.order_id for one in meant}) or re.search(r"\bor\b", text, re.I):
        later = []
    for one in reversed(heard):
        if one not in meant or one in later:
            text = text[: one.start] + text[one.end :]
    return text, tuple(one.order_id for one in later)
