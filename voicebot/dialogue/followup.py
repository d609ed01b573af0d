"""Questions that lean on the one before: "And express?", "How long does it take?". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicebot.dialogue import subjects
from voicebot.dialogue.subjects import Good, Goods, Question, Subject

_LEAD = re.compile(
    r"^(?:(?:ok(?:ay)?|oh|so|well|right|thanks|great|good)[,.!]?\s+)*"
    r"(?P<and>(?:and|or|but)\s+(?:what|how) about|(?:what|how) about|and|or)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
# A clause of its own has a verb; what merely takes the place of a part of the last question has
# none. The forms that a question at a counter begins or turns with.
_VERB = re.compile(
    r"\b(?:is|are|was|were|am|be|do|does|did|can|could|will|would|should|may|must|have|has|had|"
    r"where|when|why|who|which|what|how|i|i'm|i'd|i've|we|tell|show|give|get|need|want|"
    r"return|check|track|cancel|find|buy|sell|call|speak|talk)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(r"\b(?:it|that|this|they|them|those|these|there|one)\b", re.IGNORECASE)
_PLAIN = frozenset(
    """a about also an and any anyway are as at be been but by can cost could did do does else even
    ever for free from get got had has have how i if in is just last long many may me much must my
    need of off ok okay on one or so still take than that the their them then there these they this
    those to too until up use want was we what when where which who why will with work would you
    your it mean""".split()  # noqa: SIM905
)
MOST_WORDS = 8  # a longer question says what it is about


@dataclass(frozen=True)
class Resolved:
    """text: what is asked, on its own. focus: words that must stand in an answer, since they are
    what is new; "" where nothing is. leans: whether it leaned on the topic at all. good: the
    product that it is asked of, if it is known to be of one."""

    text: str
    focus: str = ""
    leans: bool = False
    good: Good | None = None


def resolve(text: str, topic: str) -> Resolved:
    """text with what it leaves to the question before. topic: that question, or ""."""
    said = text.strip()
    if not topic or len(said.split()) > MOST_WORDS:
        return Resolved(text)
    lead = _LEAD.match(said)
    if lead and not _VERB.search(lead["rest"]):
        rest = lead["rest"].strip()
        return Resolved(f"{topic} {rest[0].upper()}{rest[1:]}", focus=rest, leans=True)
    if _POINTS.search(said) and not own_words(said):
        return Resolved(f"{topic} {said}", leans=True)
    return Resolved(text)


def whole(text: str, topic: str) -> str:
    """text behind the question before it, "" where it does not point there: for one that finds
    nothing by itself ("Is it waterproof?")."""
    return f"{topic} {text.strip()}" if topic and _POINTS.search(text) else ""


def answered(question: Resolved, about: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """What the dialogue was about, after that question was answered from the documents."""
    if question.good is not None:
        about = subjects.after(about, Question(question.text))
        return subjects.after(about, Goods((question.good,), question.good.name))
    return about if question.leans else subjects.after(about, Question(question.text))


def own_words(text: str) -> set[str]:
    """Words that say what the question is about."""
    found = re.findall(r"[a-z]+", re.sub(r"'\w+", "", text.lower()))
    return {word for word in found if word not in _PLAIN}
