"""Whether a transcript cannot be all: the customer searches for the rest of it."""

from __future__ import annotations

import re

from voicebot.dialogue.spoken import identifiers

_HANGING = re.compile(
    r"\b(?:and|or|but|because|so|the|a|an|my|your|of|to|for|with|about|is it|number is|name is|"
    r"i want to|i would like to|i'd like to|do you have|can you|could you|um+|uh+|er+)[\s,.…-]*$",
    re.IGNORECASE,
)


def hangs(text: str) -> bool:
    """Ends on a word that wants another one, on dots, or inside a number. Whisper ends nearly
    everything with a full stop, so that stops say nothing."""
    text = text.strip()
    if not text or text.endswith("?"):
        return False
    return (
        text.endswith(("...", "…", "-"))
        or _HANGING.search(text) is not None
        or identifiers.unfinished(text)
    )
