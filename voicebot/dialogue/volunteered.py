"""What proves an order, given before it was asked for: "ORD123, name is Doe". Pure."""

from __future__ import annotations

import re

from voicebot.dialogue.spoken import names

_WORD = r"[A-Z\u00c0-\u00de][\w'\u2019-]*"
_NAMED = re.compile(
    r"\b(?:last |family |sur|full )?names?(?: on (?:it|that|the order))?(?:'s| is| was|:|,)?\s+"
    r"(?P<name>[^\d,.?!;:]{2,40})",
    re.IGNORECASE,
)
_CALLED = re.compile(  # a name after these has to look like one
    rf"\b(?:[Tt]his is|[Ii] am|[Ii]'m|[Uu]nder)\s+"
    rf"(?P<name>{_WORD}(?:\s+{_WORD}){{0,2}})"
)
_ENDS = re.compile(
    r"\b(?:and|where|what|when|can|could|is|it|its|it's|i|i'd|has|have|on|for|please|order|number)\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SPOKEN_EMAIL = re.compile(r"\be-?mail(?: address)?(?: is|'s|:)?\s+(?P<said>[^,?!;]+)", re.I)
_POSTCODE = re.compile(
    r"\b(?:post ?code|zip(?: ?code)?|postal code)(?: is|'s|:)?\s+(?P<said>[\w -]{3,12})", re.I
)
_FILLER = re.compile(
    r"\b(?:it's|it is|it|is|my|the|order|number|sure|yes|yeah|no|nope|sorry|wait|and|uh|um|okay|ok|"
    r"that's|here|hi|hello|hey|thanks|thank you|please)\b",
    re.IGNORECASE,
)


def proof(text: str, method: str) -> str:
    """The words that give the last name, postcode or e-mail address in the text; "" if none do."""
    if method == "last_name":
        return _name(text)
    if method == "email":
        found = _EMAIL.search(text)
        return found[0] if found else _said(_SPOKEN_EMAIL, text)
    return _said(_POSTCODE, text) if method == "postcode" else ""


def alone(rest: str) -> str:
    """The name that is all the rest of an answer with a number in it (", Doe."), or ""."""
    words = _FILLER.sub(" ", re.sub(r"[^\w\s'\u2019-]", " ", rest)).split()
    named = 0 < len(words) <= 2 and all(re.fullmatch(_WORD, word) for word in words)
    return " ".join(words) if named and names.candidates(" ".join(words)) else ""


def _name(text: str) -> str:
    for pattern in (_NAMED, _CALLED):
        for match in pattern.finditer(text):
            said = " ".join(_ENDS.split(match["name"])[0].split()[:3])
            if names.candidates(said):
                return said
    return ""


def _said(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found["said"].strip() if found else ""
