"""Which of the sentences that were found to say, or none. Pure.

Similarity finds what a question is about. Whether a sentence answers it shows in the question's own
words: those that the sentence, its heading and its title do not have ("Chicago", "blood pressure")
speak against it. Weights and margins were set on the calibration half of
tests/knowledge/questions.json.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from voicebot.knowledge import kinds
from voicebot.knowledge.evidence import SURE_ALONE, Evidence, certainty
from voicebot.knowledge.fusion import KEYWORDS
from voicebot.knowledge.keywords import COMMON
from voicebot.knowledge.text import sentences
from voicebot.stages import Hit

NAMED = 0.06  # what a table's row has whose label is in the question ("Sunday: ...")
AROUND = 0.5  # what a word counts that stands only in the heading or title
CLOSE = 0.08  # a neighbour so near to the best sentence is said with it
CLOSE_BEFORE = 0.2  # the same for the steps in front of it, when a how-to is asked for
RIVAL = 0.8  # share of the likeliest sentence's chance from which the next is said, too, in doubt
ALIKE = 0.7  # the same share from which a sentence is a part of the answer to a general question
MAX_SENTENCES = 3
MAX_ROWS = 4
MAX_CHARACTERS = 320  # about 20 s of speech

_REFERS = re.compile(r"(?:They|It|This|That|These|Those|He|She|Below that|Both|Neither)\b")
_ROW = re.compile(r"[^.:?!]{1,48}: ")
_WHEN = re.compile(
    r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|January|February|March|April|May|June|July|"
    r"August|September|October|November|December)\b"
)
_HOW = re.compile(r"\bhow (?:do|can|should|would|could|to)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """A sentence that may be the answer. rank: its place among the others, larger is better."""

    hit: Hit
    evidence: Evidence
    rank: float

    @property
    def text(self) -> str:
        """The sentence with what says what it is about."""
        return in_context(self.hit.title, self.hit.heading, self.hit.sentence)


@dataclass(frozen=True)
class Quote:
    """text: one to three sentences (or rows of a table), as they stand in the document. hits: what
    it was made of, the best first. score: how likely the best of them is the answer, 0 to 1."""

    text: str
    hits: tuple[Hit, ...]
    score: float


def in_context(title: str, heading: str, sentence: str) -> str:
    """A sentence behind what says what it is about, as the models read it."""
    return ": ".join(part for part in dict.fromkeys((title, heading, sentence)) if part)


def candidates(question: str, hits: Sequence[Hit], focus: str = "") -> list[Candidate]:
    """The best first. hits: as `Knowledge.search` found them. focus: words that an answer must
    have where any of the hits has them."""
    asked, unknown = words(question), _unknown_names(question, hits)
    wanted = words(focus)
    named = [hit for hit in hits if wanted and wanted <= words(_whole(hit))]
    found = [
        Candidate(
            hit,
            Evidence(
                hit.score,
                hit.keywords,
                coverage(asked, hit),
                unknown,
                _names_row(asked, hit),
                kinds.fits(question, f"{hit.heading}: {hit.sentence}"),
            ),
            _rank(asked, hit),
        )
        for hit in named or hits
    ]
    return sorted(found, key=lambda candidate: -candidate.rank)


def choose(question: str, ranked: Sequence[Candidate], threshold: float) -> Quote | None:
    """The answer, or None where the documents seem to hold none: the likeliest sentence, of those
    that a model was asked about where it was, and beside it another that is nearly as likely."""
    likely = sorted(ranked, key=lambda one: (one.evidence.judged, one.evidence.chance))[::-1]
    if not likely:
        return None
    best, rival = likely[0], likely[1] if len(likely) > 1 else None
    # Of a matter in general many sentences are alike because each is a part of the answer.
    general = kinds.is_general(question)
    certain = certainty(best.evidence, rival.evidence if rival and not general else None)
    if certain < threshold:
        return None
    if general:
        return replace(quote(question, _beginning(likely), ranked), score=certain)
    found = replace(quote(question, best, ranked), score=certain)
    return _with_rival(found, rival.hit) if rival and _in_doubt(best, rival) else found


def quote(question: str, best: Candidate, others: Sequence[Candidate]) -> Quote:
    """The shop's own answer: the best sentence with what has to be said beside it."""
    before = CLOSE_BEFORE if _HOW.search(question) else CLOSE
    near = [
        one.hit
        for one in others
        if one.rank >= best.rank - (before if one.hit.position < best.hit.position else CLOSE)
    ]
    chosen = _with_neighbours(question, words(question), best.hit, near)
    hits = (best.hit, *(hit for hit in chosen if hit is not best.hit))
    return Quote(_lead(best.hit) + _said(chosen), hits, best.evidence.chance)


def _whole(hit: Hit) -> str:
    return f"{hit.title} {hit.heading} {hit.sentence}"


# ------------------------------------------------------------------ words


def stem(word: str) -> str:
    """Enough of stemming to bring "shipping", "ships" and "shipped" together."""
    word = re.sub(r"'s?$", "", word)
    for ending, put in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", ""), ("ly", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + put
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] in "ey" else word


@lru_cache(4096)
def words(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning."""
    found = re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.lower())
    plain = [re.sub(r"n't$|'(?:s|re|ll|ve|d|m)$", "", word) for word in found]
    return frozenset(stem(word) for word in plain if word not in COMMON and len(word) > 1)


def coverage(asked: frozenset[str], hit: Hit) -> float:
    """Share of the question's words that the sentence has; those that only its heading or title
    has count AROUND. Half for words that mean nothing by themselves ("no idea")."""
    if not asked:
        return 0.5
    inside, around = words(hit.sentence), words(f"{hit.title} {hit.heading}")
    return sum(1.0 if w in inside else AROUND * (w in around) for w in asked) / len(asked)


def _rank(asked: frozenset[str], hit: Hit) -> float:
    return hit.score + KEYWORDS * hit.keywords + NAMED * _names_row(asked, hit)


def _names_row(asked: frozenset[str], hit: Hit) -> bool:
    label = words(hit.sentence.split(":")[0]) if _ROW.match(hit.sentence) else frozenset()
    return bool(label) and label <= asked


def _unknown_names(question: str, hits: Sequence[Hit]) -> int:
    """How many names in the question stand nowhere around what was found."""
    names = re.findall(r"(?<=[\w,] )[A-Z][\w']*[a-z]\b", question)
    around = words(" ".join(f"{hit.title} {hit.heading} {hit.passage}" for hit in hits))
    return sum(1 for name in set(names) if (w := words(name)) and not w & around)


# ------------------------------------------------------------------ neighbours


def _beginning(likely: Sequence[Candidate]) -> Candidate:
    """The first in its document of those that are nearly as likely as the likeliest."""
    best = likely[0]
    alike = [
        one
        for one in likely
        if one.hit.source == best.hit.source and one.evidence.chance >= ALIKE * best.evidence.chance
    ]
    return min(alike, key=lambda one: _place(one.hit))


def _place(hit: Hit) -> tuple[int, str, int]:
    """Orders the sentences of a document."""
    number = hit.passage_id.rpartition("#")[2]
    return len(number), number, hit.position


def _in_doubt(best: Candidate, rival: Candidate) -> bool:
    """Whether either may be the answer."""
    chance = best.evidence.chance
    return chance < SURE_ALONE and rival.evidence.chance >= RIVAL * chance


def _with_rival(found: Quote, rival: Hit) -> Quote:
    """Both, unless the other is said already, or wants a sentence in front of it, or makes it too
    long to listen to."""
    if rival.sentence in found.text or _REFERS.match(rival.sentence):
        return found
    text = f"{found.text} {_lead(rival)}{rival.sentence}"
    if len(text) > MAX_CHARACTERS:
        return found
    return replace(found, text=text, hits=(*found.hits, rival))


def _with_neighbours(
    question: str, asked: frozenset[str], best: Hit, near: Sequence[Hit]
) -> list[Hit]:
    """The best sentence and what has to be said with it, in the order of the document."""
    beside = {hit.position: hit for hit in near if hit.passage_id == best.passage_id}
    chosen = [best]
    if _ROW.match(best.sentence):
        if words(best.sentence.split(":")[0]) & asked:
            return chosen
        most = MAX_ROWS
    else:
        most = MAX_SENTENCES
        while _REFERS.match(chosen[0].sentence) and len(chosen) < most:
            before = _before(chosen[0])
            if before is None:
                break
            chosen.insert(0, beside.get(before.position, before))
    steps = (-1, 1) if _HOW.search(question) else (1, -1)  # instructions are told from their start
    for step in steps:
        while len(chosen) < most:
            end = chosen[0] if step < 0 else chosen[-1]
            following = beside.get(end.position + step) or beside.get(end.position + 2 * step)
            if following is None or _length([*chosen, following]) > MAX_CHARACTERS:
                break
            chosen.insert(0 if step < 0 else len(chosen), following)
    return chosen


def _before(hit: Hit) -> Hit | None:
    """The sentence in front of this one in its passage, whether it was found or not."""
    front = hit.passage[: hit.passage.find(hit.sentence)]
    earlier = sentences(front)
    if hit.position == 0 or not earlier:
        return None
    return replace(hit, sentence=earlier[-1], position=hit.position - 1)


def _length(hits: Sequence[Hit]) -> int:
    return sum(len(hit.sentence) + 1 for hit in hits)


def _lead(hit: Hit) -> str:
    """The heading, where it is half of what is said: "September: The best month to sow."
    Otherwise headings are not read out."""
    when = _WHEN.search(hit.heading)
    return f"{hit.heading}: " if when and when[0] not in hit.sentence else ""


def _said(hits: Sequence[Hit]) -> str:
    return " ".join(hit.sentence for hit in hits)
