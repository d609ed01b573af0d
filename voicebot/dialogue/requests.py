"""Whether words ask for something, and the several things asked for in one breath. Pure."""

from __future__ import annotations

import re

_LEAD = (
    r"^(?:(?:and|so|but|well|oh|okay|ok|um+|uh+|er+|hi|hello|hey|sorry|no|nope|yes|yeah|wait|"
    r"actually|please|thanks|thank you|great|alright|all right|right|also|then|first|just|instead|"
    r"now|before that|by the way|one more thing|(?:quick|another) question|hold on|hang on|"
    r"one (?:moment|second)|excuse me|never ?mind|forget (?:it|that)|in that case)[,.!:;]*\s+)*"
)
_ASKS = (
    r"(?:what|when|where|who|how|which|why|do (?:you|i|they)|does|did|are (?:you|there|they|these)|"
    r"is there|is (?:my|your|the|it (?:in|still|true))\b|is \w+ (?:free|included|possible|open)|"
    r"can (?:you|i|we)|could (?:you|i|we)|will (?:you|it|i)|have you|has (?:my|it)|got any|"
    r"should i|am i|(?:if|whether) you (?:have|sell|carry)|any chance)\b"
)
_WANTS = (
    r"(?:i(?:'d| would)? (?:also |just |really |still )?(?:want|need|like) (?:to|you|a|an|some|my)|"
    r"i(?:'m| am) (?:also )?(?:looking for|interested in|after (?:a|an|some))|"
    r"(?:show|tell|give|find|get) me|(?:return|cancel|track|check) (?:my|the|order|it)|"
    r"let me (?:return|know|talk|speak)|start a return)\b"
)
_TIME = re.compile(
    rf"{_LEAD}(?:let me|give me|i have to|i(?:'ll| will)|i(?:'m| am) (?:looking|checking|trying)|"
    r"just a|wait|hang on|hold on|it(?:'s| is) (?:for|from|about))\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(_LEAD + _ASKS, re.IGNORECASE)
_REQUEST = re.compile(f"{_LEAD}(?:{_ASKS}|{_WANTS})", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[?!;])\s+|(?<=[a-z0-9]\.)\s+(?=[A-Z])")
_JOINT = re.compile(
    r",?\s+(?:and|but|plus)(?:\s+(?:also|then|could you|can you tell me|tell me|secondly))*\s+"
    r"|[,;]?\s+(?:also|as well as)\s+",
    re.IGNORECASE,
)


def is_question(text: str) -> bool:
    """Whether the customer asks rather than answers."""
    return _QUESTION.match(text.strip()) is not None


def is_request(text: str) -> bool:
    """The same, or says what they want."""
    return _REQUEST.match(text.strip()) is not None


def plays_for_time(text: str) -> bool:
    """ "Let me look", "give me a second": neither an answer nor a request."""
    return _TIME.match(text.strip()) is not None


def requests(text: str) -> tuple[str, ...]:
    """What is asked for, one thing after the other, each with the words that belong to it; all of
    the text where it is one thing."""
    found: list[str] = []
    asked = False  # whether the last one found asks for something by now
    for part in _parts(text):
        if is_request(part) and asked:
            found.append(part)
        elif found:
            found[-1] += f" {part}" if found[-1][-1] in ".?!;," else f", {part}"
            asked = asked or is_request(part)
        else:
            found, asked = [part], is_request(part)
    return tuple(found) if len(found) > 1 else (text,)


def answer_and_requests(text: str) -> tuple[str, ...]:
    """Where a question of ours is open: what may be its answer, and what is asked besides."""
    parts = _parts(text)
    first = next((place for place, part in enumerate(parts) if is_request(part)), 0)
    if not first:
        return (text,)
    return (" ".join(parts[:first]), *requests(" ".join(parts[first:])))


def _parts(text: str) -> list[str]:
    """Sentences, and what is joined by "and" where a request begins behind it."""
    found: list[str] = []
    for sentence in _SENTENCE.split(text.strip()):
        begin = 0
        for joint in _JOINT.finditer(sentence):
            if is_request(sentence[joint.end() :]):
                found.append(sentence[begin : joint.start()])
                begin = joint.end()
        found.append(sentence[begin:])
    return [part.strip() for part in found if re.search(r"\w", part)]
