"""Taking back what was just said: a name, a reason, a part of an order. Pure."""

from __future__ import annotations

import re

from voicebot.dialogue.spoken import answers

_NOT_THIS = re.compile(r"[\s,.;]+not (?:an? )?[\w'-]+[\s.!]*$", re.IGNORECASE)
_REASON = re.compile(
    r"^(?:(?:no|nope|sorry|wait|well|oh|actually)[,.]?\s+)*"
    r"(?:(?:the|my)(?: real| actual)? reason(?: for (?:it|that|the return))? (?:is|was|should be)"
    r"(?: that)?|(?:please )?change the reason to|i (?:mean|meant)(?: to say)?(?: that)?|"
    r"(?:it's|it is) because|make (?:it|that)|write(?: down)?(?: that)?)\s+(?P<reason>.{3,})$",
    re.IGNORECASE,
)
_ACTUALLY = re.compile(
    r"^(?:(?:no|sorry|wait|well|oh|hm+)[,.]?\s+)*(?:actually|rather)[,.]?\s+(?P<reason>.{3,})$",
    re.IGNORECASE,
)
_SOME = re.compile(
    r"^(?:(?:no|yes|yeah|sorry|well|actually|but|okay|ok|wait)[,.]?\s+)*(?:i (?:only|just) want to "
    r"return |(?:only|just|not) )(?:the|one|my|half|a|some)\b",
    re.IGNORECASE,
)

_NOT_THE_NUMBER = re.compile(r"^no\b\W+(?:\w+ )?\d[\d\s,.-]*$", re.IGNORECASE)


def name(text: str) -> str:
    """ "Doe, not Dove" as "Doe"."""
    return _NOT_THIS.sub("", text) or text


def reason(text: str) -> str:
    """The other reason that is given when a return is about to be confirmed; "" if none is. A yes,
    a no and a stop stay what they are."""
    if given := _REASON.match(text.strip()):
        return given["reason"]
    given = _ACTUALLY.match(text.strip())
    if given is None or answers.yes_no(text) is not None or answers.wants_to_stop(text):
        return ""
    return given["reason"]


def names_a_part(text: str) -> bool:
    """ "Only the cable": of an order that can be returned as a whole."""
    return _SOME.match(text.strip()) is not None


def denies_number(text: str) -> bool:
    """ "No, 26.": another order was meant, whose number was not heard."""
    return _NOT_THE_NUMBER.match(text.strip()) is not None
