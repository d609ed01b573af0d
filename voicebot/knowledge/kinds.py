"""What kind of answer a question asks for, and whether a text has one of that kind. Pure.

"How much", "how late", "how long", "who" and "what number" say more of the answer than of the
matter, so neither similarity nor keywords see them.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class _Kind(NamedTuple):
    asked: re.Pattern[str]
    given: re.Pattern[str]


def _either(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_COUNTED = (
    r"can|weight|load|water|space|room|paint|power|air|noise|pressure|use|"
    r"does (?:it|the \w+) weigh|do (?:i|you) (?:need|use)"
)
_CLOCK = (
    r"\b\d{1,2}(?:[:.]\d\d)? ?(?:am|pm)\b",
    r"\b\d{1,2}:\d\d\b",
    r"\bfrom \d{1,2} to \d{1,2}\b",
    r"\b(?:noon|midnight)\b",
)
_PIECES = r"\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|half an?|an?"
_SPANS = r"(?:second|minute|min|hour|day|week|month|year)s?"
_KINDS = (
    _Kind(  # money
        _either(
            rf"\bhow much\b(?! (?:{_COUNTED})\b)",
            r"\b(?:costs?|prices?|charges?|fees?|pay|owe|expensive|cheap(?:er)?|rates?)\b",
            r"\b(?:deposit|worth|pricey|free)\b",
        ),
        _either(
            r"[£$€]\s?\d",
            r"\b\d+(?:\.\d+)? ?(?:p|pence|pounds?|cents?|dollars?|euros?|per ?cent|percent)\b|%",
            r"\b(?:free|no (?:\w+ )?(?:charges?|fees?|costs?|deposits?)|costs? nothing)\b",
            r"\b(?:price|day|charge|deposit)s? (?:from )?\d",
        ),
    ),
    _Kind(  # time of day
        _either(r"\bwhat time\b", r"\bhow (?:late|early)\b"),
        _either(*_CLOCK),
    ),
    _Kind(  # opening hours
        _either(r"\b(?:open(?:ing)?|clos(?:e|ing|ed)|shut|hours)\b"),
        _either(*_CLOCK, r"\bclosed\b"),
    ),
    _Kind(  # length of time
        _either(
            r"\bhow (?:long|soon|quick(?:ly)?|fast|old)\b",
            r"\bhow many (?:minutes|hours|days|weeks|months|years)\b",
            r"\bwhen (?:will|do i get|would|can i get|does it (?:come|arrive))\b",
            r"\b(?:deadline|too late)\b",
        ),
        _either(
            rf"\b(?:{_PIECES})[ -]?(?:to \w+ )?(?:(?:working|business|full) )?{_SPANS}\b",
            r"\b\d+ ?h\b",
            r"\b(?:same|next) day\b",
            r"\bovernight\b",
        ),
    ),
    _Kind(  # how to get in touch
        _either(
            r"(?<!\bmy )(?<!\ba )(?<!\bthe )\bphone\b|\b(?:on|over) the phone\b",
            r"\bnumber (?:to|for|do i)\b",
            r"\be-?mail\b",
            r"\baddress\b",
            r"\b(?:ring|call|contact|reach|get hold of|speak to|talk to)\b",
            r"\bwhere (?:are you|is the (?:shop|store))\b",
        ),
        _either(
            r"\b\d{3,5}[ -]\d{3}[ -]?\d{3,4}\b",
            r"\w@\w|\bwww\.",
            r"\b(?:e-?mail us|write to|street|road|lane|avenue|square)\b",
        ),
    ),
    _Kind(  # somebody
        _either(r"\bwho(?:'s|se)?\b"),
        re.compile(
            r"(?<=[\w,:] )[A-Z][a-z]+ [A-Z][a-z]+\b|"
            r"\b(?:manager|team|staff|persons?|you must|members?|hirer|we)\b"
        ),
    ),
)


_IN_GENERAL = _either(
    r"\b(?:polic(?:y|ies)|rules|terms|conditions|information|details)\b",
    r"\b(?:tell me|know) (?:\w+ )?about\b",
    r"^(?:and |so )?(?:what|how) about\b",
    r"\bhow do(?:es)? (?:\w+ ){1,2}work\b",
)
_ENDS_GENERAL = _either(r"\b(?:polic(?:y|ies)|rules|terms|conditions)\W*$")
_GENERAL_WORDS = r"policy|policies|rules?|terms|conditions?|information|details?|work|tell|about"
_LITTLE = re.compile(
    rf"\b(?:what|how|is|are|'?s|do|does|the|your|you|a|an|any|of|for|on|and|or|to|me|more|us|i|"
    rf"please|can|could|would|like|know|store|shop|{_GENERAL_WORDS})\b",
    re.IGNORECASE,
)


def is_general(question: str) -> bool:
    """Whether it names a matter and no more: "what is your return policy?". What the documents
    begin that matter with answers it, and nothing in particular does."""
    named = re.findall(r"\w+", _LITTLE.sub(" ", question))
    most = 2 if _ENDS_GENERAL.search(question) else 1  # "price match policy"
    return bool(_IN_GENERAL.search(question)) and len(named) <= most


def fits(question: str, text: str) -> int:
    """1 where the text has what is asked for, -1 where it has not, 0 where no kind is asked for or
    of several some are there and some are not."""
    found = [bool(kind.given.search(text)) for kind in _KINDS if kind.asked.search(question)]
    total = sum(1 if given else -1 for given in found)
    return (total > 0) - (total < 0)
