"""What the words so far say of whether they are all."""

from __future__ import annotations

import re

from voicebot.dialogue.spoken import identifiers

_HANGING = re.compile(
    r"\b(?:and|or|but|because|so|the|a|an|my|your|of|to|for|with|about|is it|number is|name is|"
    r"i want to|i would like to|i'd like to|like to know|want to know|wondering|tell me|"
    r"do you have|can you|could you|um+|uh+|er+)[\s,.…-]*$",
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


def is_complete(text: str) -> bool:
    """A question, or a number that is all there: whoever pauses here has most likely finished,
    whatever the melody says."""
    text = text.strip()
    if text.endswith("?"):
        return len(text.split()) > 2
    heard = identifiers.heard(text)
    return bool(heard) and text[heard[-1].end :].strip(" .!") == "" and not hangs(text)
