"""The words of a question that a sentence should have, and part numbers in every way they are said.
Pure.

Words are told apart and stemmed by the index's own tokenizer; what is done here is what it cannot:
leaving out what every question has, and joining what belongs to one number ("HX-2040", "hx2040",
"h x 20 40"; "1,299" and "1299").
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicebot.dialogue.spoken import identifiers

MOST_WORDS = 24  # of a question; what somebody says beyond that is not one question
_LONGEST = 24  # characters of a number's joined form
_READINGS = 3  # of a spoken number that are looked up
_LINKED = re.compile(r"[^\W_]+(?:[-./,][^\W_]+)*")
_APART = re.compile(r"\b([A-Z]{1,4}) (\d{2,}[A-Z]?)\b")  # "HX 2040"
_RUN = re.compile(r"\d+|[^\W\d_]+")
_WORD = re.compile(r"[^\W_]+")

# What is asked with rather than about. Words with an apostrophe come in two parts.
COMMON = frozenset(
    """a about after all also am an and any are as at be been before but by can could d did do does
    doing don done for from get give go going got had has have having he hello help her here hey
    hi his how i if in into is it its just know let like ll long m make many may maybe me mean more
    much must my need no not now of off ok okay on one or other our out over please question re
    really s say she should so some something somewhere still t take tell than thank thanks that the
    their them then there they thing this those to too up us use ve want was we well were what when
    where which who whom whose why will with work would yes yet you your""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Wanted:
    """Something that a question names. forms: how it may be written, the likeliest first; of a
    number, its joined forms and then nothing else counts. parts: the words that it is made of, for
    when none of the forms exists."""

    forms: tuple[str, ...]
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Term:
    """A word that the index knows, or does not. weight: how rare it is (the idf of BM25)."""

    text: str
    weight: float
    known: bool


def weight(sentences: int, among: int) -> float:
    """The idf of a word that so many of `among` sentences have, as SQLite's bm25() counts it."""
    return max(math.log((among - sentences + 0.5) / (sentences + 0.5)), 1e-6)


def codes(text: str) -> str:
    """The part numbers and figures in a text as `wanted` looks for them: "HX-2040" and "HX 2040"
    as "hx2040", "1,299" as "1299"; and "HX2040" also in its parts."""
    found: list[str] = []
    for match in _LINKED.finditer(text):
        if re.search(r"\d", match[0]):
            parts = _RUN.findall(match[0].lower())
            joined = "".join(parts)
            if len(parts) > 1 and len(joined) <= _LONGEST:
                words = _WORD.findall(match[0].lower())  # which the tokenizer sees by itself
                found += [joined, *(part for part in parts if part not in words)]
    found += [(letters + figures).lower() for letters, figures in _APART.findall(text)]
    return " ".join(dict.fromkeys(found))


def wanted(question: str) -> list[Wanted]:
    """What a question names, each once: numbers first, then words."""
    found: list[Wanted] = []
    for heard in identifiers.heard(question):
        forms = [reading.lower() for reading in heard.readings[:_READINGS]]
        parts = _WORD.findall(question[heard.start : heard.end].lower())
        found.append(Wanted(tuple(forms), tuple(parts)))
    said = _WORD.findall(question.lower())[: 4 * MOST_WORDS]
    found += [Wanted((joined,), tuple(parts)) for joined, parts in _joined(said)]
    words = [
        word for word in said if word not in COMMON and not (len(word) == 1 and word.isalpha())
    ]
    found += [Wanted((word,)) for word in dict.fromkeys(words)]
    return list(dict.fromkeys(found))[: 2 * MOST_WORDS]


def _joined(said: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Neighbours that may be one number, the longest first: "hx 2040", "h x 20 40", "1 299"."""
    for size in (5, 4, 3, 2):
        for start in range(len(said) - size + 1):
            parts = said[start : start + size]
            whole = "".join(parts)
            short = all(len(part) <= 4 or part.isdigit() for part in parts)
            if short and parts[-1][:1].isdigit() and len(whole) <= _LONGEST:
                yield whole, parts
    for word in said:
        parts = _RUN.findall(word)
        if len(parts) > 1:
            yield word, parts


def choose(asked: Sequence[Wanted], known: dict[str, int], among: int, most: int) -> list[Term]:
    """The terms to search for. known: in how many of the `among` sentences each word stands; most:
    how many places may be looked at: the commonest words beyond it are left out, a word that is
    nowhere counts against every sentence."""
    terms: dict[str, Term] = {}
    taken: set[str] = set()
    for each in asked:
        form = next((form for form in each.forms if known.get(form)), each.forms[0])
        count = known.get(form, 0)
        if form in taken or (each.parts and not count):
            continue
        taken.update((form, *each.parts))
        terms[form] = Term(form, weight(count, among), count > 0)
    listed = sorted(terms.values(), key=lambda term: known.get(term.text, 0))[:MOST_WORDS]
    places = 0
    chosen: list[Term] = []
    for term in listed:
        places += known.get(term.text, 0)
        if chosen and places > most:
            break
        chosen.append(term)
    return chosen
