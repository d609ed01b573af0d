"""What the words so far say of whether they are all."""

from __future__ import annotations

import re

from voicebot.dialogue.spoken import answers, identifiers
from voicebot.dialogue.turns import Wording

SHORT_ANSWER = 4  # words; a yes that goes on longer may go on

_HANGING = re.compile(
    r"\b(?:and|or|but|because|so|the|a|an|my|your|of|to|for|with|about|is it|number is|name is|"
    r"i want to|i would like to|i'd like to|like to know|want to know|wondering|tell me|"
    r"do you have|can you|could you|um+|uh+|er+)[\s,.…-]*$",
    re.IGNORECASE,
)

# Whisper puts a question mark behind the beginning of a question, too.
_HALF_A_QUESTION = re.compile(
    r"(?:\b(?:do|did|will|can|could|would|should|may) (?:i|you|we)|^do you (?:have|sell)"
    r"|\b(?:is|are|does) (?:the|my|your|an?)"
    r"|\b(?:how|what|where|when|which|who)(?: \w+)? (?:is|are|was|does))[?.,\s]*$",
    re.IGNORECASE,
)


def wording(text: str) -> Wording:
    """What turn-taking makes of a transcript."""
    if hangs(text):
        return Wording.HANGS
    if is_whole(text):
        return Wording.WHOLE
    if is_complete(text):
        return Wording.COMPLETE
    return Wording.QUESTION if is_question(text) else Wording.OPEN


def is_whole(text: str) -> bool:
    """A short yes or no, thanks, a goodbye."""
    short = len(text.split()) <= SHORT_ANSWER
    answers_it = short and answers.yes_no(text) is not None
    return answers_it or answers.is_thanks(text) or answers.is_goodbye(text)


def hangs(text: str) -> bool:
    """Ends on a word that wants another one, on dots, or inside a number. Whisper ends nearly
    everything with a full stop, so that stops say nothing."""
    text = text.strip()
    if _HALF_A_QUESTION.search(text):
        return True
    if not text or text.endswith("?"):
        return False
    return (
        text.endswith(("...", "…", "-"))
        or _HANGING.search(text) is not None
        or identifiers.unfinished(text)
    )


def is_question(text: str) -> bool:
    text = text.strip()
    return text.endswith("?") and len(text.split()) > 2


def is_complete(text: str) -> bool:
    """Ends on a number that is all there: whoever pauses here has most likely finished, whatever
    the melody says."""
    text = text.strip()
    heard = identifiers.heard(text)
    return bool(heard) and text[heard[-1].end :].strip(" .!?") == "" and not hangs(text)
