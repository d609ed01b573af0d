"""Spoken order numbers: what was said, which numbers that exist it may mean, whether more comes.

An identifier's normal form is its letters and digits in upper case: "ORD-123" is "ORD123".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.dialogue.spoken import ids
from voicebot.dialogue.spoken.ids import IdIndex, Match, normal
from voicebot.dialogue.spoken.numbers import TIMES, Token, bag, tokens
from voicebot.dialogue.spoken.symbols import CORRECTIONS, HESITATIONS, Piece, piece

__all__ = ["HeardId", "IdIndex", "Match", "bare", "heard", "match", "normal", "unfinished"]

MOST_READINGS = 12
_LONG_ENOUGH = 3  # symbols; so many in a row are an identifier without a word that says so
_CUE_REACH = 8  # tokens between "order" and its number
# What makes the number before it a count, a price or a time.
_MEASURES = bag(
    "dollar dollars buck bucks euro euros pound pounds quid cent cents percent % $ day days week"
    " weeks month months year years hour hours minute minutes o'clock am pm a.m p.m item items"
    " time times steps miles people inch inches meter meters watt watts gb mb tb kg of more units"
    " pieces pairs pair headphones st nd rd th of"
)
_SIGNS = frozenset("$£€")
_MONTHS = bag(
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
)
_LETTERED = re.compile(r"\d?(?P<letters>[A-Z]{2,5})(?P<digits>\d.*)")
_ENDS = re.compile(
    r"\W*(?:(?:left|come|came|arrived|shipped|been|yet|now|please|here|there|first|is|has)\b.*)?$",
    re.I,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ORDER_SAID = frozenset(
    ("order", "ord", "orders", "ordered", "word", "oder", "aud", "border", "boarder")
)


@dataclass(frozen=True)
class HeardId:
    """An identifier in an utterance. readings: normal forms it may have, the likeliest first;
    start, end: where it stands. cue: a word such as "order" leads to it."""

    readings: tuple[str, ...]
    start: int
    end: int
    cue: bool = False

    @property
    def order_id(self) -> str:
        """The likeliest reading."""
        return self.readings[0]


@dataclass(frozen=True)
class _Run:
    pieces: tuple[Piece, ...]
    first: int  # token
    end: int  # token behind


def heard(
    text: str, *, prefix_known: Sequence[str] = (), expected: bool = False
) -> tuple[HeardId, ...]:
    """The identifiers in the text, in order. prefix_known: letters that identifiers begin with.
    expected: a question for one is open, so that bare digits are one."""
    found = tokens(text)
    prefixes = frozenset(prefix.upper() for prefix in prefix_known) | {"ORD"}
    said: list[HeardId] = []
    for run in _corrected(_runs(found, prefixes), found):
        cue = _has_cue(found, run.first)
        readings = tuple(_whole(reading, prefixes) for reading in _readings(run.pieces))
        if not readings or _is_measure(found, run):
            continue
        symbols = len(readings[0])
        spelled = any(p.kind == "letters" and p.sure for p in run.pieces)
        enough = cue or symbols > _LONG_ENOUGH or (spelled and symbols >= _LONG_ENOUGH)
        if expected:  # "I don't have one" names none
            enough = enough or symbols > 1 or len(found) <= 2
        if not enough and (symbols < _LONG_ENOUGH or len(run.pieces) < _LONG_ENOUGH):
            continue
        said.append(HeardId(readings, found[run.first].start, found[run.end - 1].end, cue))
    return tuple(said)


def _whole(reading: str, prefixes: frozenset[str]) -> str:
    """With the prefix that its letters were meant for: its first letters went into the word before,
    or that word into it ("Where so RD123", "SORD132 left", "4LRD139"), or one was heard as another
    ("LRD124")."""
    parts = _LETTERED.fullmatch(reading)
    if parts is None or parts["letters"] in prefixes:
        return reading
    for prefix in sorted(prefixes):
        if ids.like_prefix(parts["letters"], prefix):
            return prefix + parts["digits"]
    return reading


def bare(text: str, index: IdIndex) -> tuple[HeardId, ...]:
    """What may be an order number only because the words are of an order ("Where is 905?", "your
    D905 left yet"): digits, alone or with letters of a prefix, at the end or before what is said of
    it."""
    said = heard(text, prefix_known=index.prefixes, expected=True)
    if not said or not _ENDS.match(text[said[-1].end :]):
        return ()
    last = said[-1].order_id
    return said[-1:] if index.lettered(last) and sum(map(str.isdigit, last)) >= _LONG_ENOUGH else ()


def match(text: str, known: Sequence[str] | IdIndex, expected: bool = False) -> tuple[Match, ...]:
    """The existing identifiers that the text may name, the likeliest first, at most 8.

    Scores: 1 said in full; 0.97 its digits alone; 0.8 to 0.9 another way to read what was said;
    0.7 to 0.75 one sound off; below, a digit more or less or another one. Anything but an exact
    reading needs asking back. known: build the IdIndex once where there are many.
    """
    index = known if isinstance(known, IdIndex) else IdIndex(known)
    best: dict[str, float] = {}
    for one in heard(text, prefix_known=index.prefixes, expected=expected):
        for order_id, score in index.rank(one.readings).items():
            best[order_id] = max(best.get(order_id, 0.0), score)
    ranked = sorted(best.items(), key=lambda pair: (-pair[1], len(pair[0]), pair[0]))
    return tuple(Match(order_id, score) for order_id, score in ranked[: ids.MOST])


def unfinished(text: str, index: IdIndex | None = None) -> bool:
    """Whether an identifier seems to be still open at the end of the text. With an index: what was
    said begins one that exists and is none yet; without: fewer than three digits were said."""
    found = tokens(text)
    while found and found[-1].text in ("uh", "um", "er", "erm", "hmm"):
        found.pop()
    said = " ".join(token.text for token in found)
    if not found or text.rstrip().endswith("?"):
        return False
    if _ASKS_FOR_MORE.search(said) and not _LACKS_IT.search(said):
        return True
    if found[-1].text in TIMES or (found[-1].text in CORRECTIONS and len(found) > 1):
        return bool(_runs(found[:-1], frozenset({"ORD"}))) or _has_cue(found, len(found) - 1)
    prefixes = index.prefixes if index else ("ORD",)
    runs = _corrected(_runs(found, frozenset(prefixes) | {"ORD"}, letters_too=True), found)
    if not runs or runs[-1].end != len(found) or _is_measure(found, runs[-1]):
        return False
    last = runs[-1]
    readings = _readings(last.pieces, digits_needed=False)
    lettered = any(p.kind == "letters" and p.sure for p in last.pieces)
    if not readings or not (lettered or _has_cue(found, last.first) or len(last.pieces) > 1):
        return False
    if index is not None:
        return not any(index.holds(r) for r in readings) and index.begins(readings[0])
    return sum(char.isdigit() for char in readings[0]) < _LONG_ENOUGH


_ASKS_FOR_MORE = re.compile(
    r"\b(?:(?:order|reference|confirmation)(?: number| id| no)(?: is| was| it's)?"
    r"|(?:number|id|order)(?: is| was)|(?:it's|is|number) order)$"
)
_LACKS_IT = re.compile(
    r"\b(?:don't|not|what|what's|where|lost|forgot|forgotten|find|need|without)\b"
)


# ------------------------------------------------------------------ runs of symbols


def _runs(
    found: Sequence[Token], prefixes: frozenset[str], *, letters_too: bool = False
) -> list[_Run]:
    """Longest runs of letters and digits; each holds a digit, unless letters are enough."""
    runs: list[_Run] = []
    pieces: list[Piece] = []
    first = at = 0
    dotted = True

    def close() -> None:
        kept, begin = _trimmed(pieces, found, first)
        digits = any(p.kind == "digits" and p.sure for p in kept)
        if kept and (digits or (letters_too and any(p.sure for p in kept))):
            runs.append(_Run(tuple(kept), begin, kept[-1].end))
        pieces.clear()

    while at < len(found):
        token = found[at]
        if _ends_sentence(token, pieces, dotted):
            close()
        part = piece(found, at, prefixes)
        if part is not None:
            dotted = "." in token.before and dotted if pieces else True
            first = first if pieces else at
            pieces.append(part)
            at = part.end
            continue
        if not (pieces and token.text in HESITATIONS):
            close()
        at += 1
    close()
    return runs


def _ends_sentence(token: Token, pieces: Sequence[Piece], dotted: bool) -> bool:
    """A full stop ends a run, but for letters that lead to digits, and for stops between all
    symbols so far, as whisper writes them: "O. R. D. 1. 2. 3."."""
    if not pieces or re.search(r"[?!;:]", token.before):
        return bool(pieces)
    only_letters = all(p.kind == "letters" for p in pieces)
    alone = len(pieces) > 1 or len(pieces[0].readings[0]) == 1
    return bool(re.search(r"\.\s", token.before)) and not (only_letters or (dotted and alone))


def _trimmed(
    pieces: Sequence[Piece], found: Sequence[Token], first: int
) -> tuple[list[Piece], int]:
    """Without the common words at either end: in "are you 123" neither is a letter.

    A chain of them in front of digits stays where the prefix is spelled by them ("oh are dee").
    """
    kept = list(pieces)
    begins = [first, *(p.end for p in kept)]
    while kept and not kept[-1].sure and kept[-1].kind == "digits":
        kept.pop()
    lead = list(itertools.takewhile(lambda p: not (p.kind == "digits" and p.sure), kept))
    spelled = "".join(p.readings[0] for p in lead)
    unsure = sum(not p.sure for p in lead)
    if unsure and unsure == len(lead) and len(spelled) < 3:
        return kept[len(lead) :], _start_of(found, begins[len(lead)])
    while kept and not kept[0].sure and kept[0].kind == "digits":
        begins.pop(0)
        kept.pop(0)
    return kept, _start_of(found, begins[0])


def _start_of(found: Sequence[Token], at: int) -> int:
    while at < len(found) - 1 and found[at].text in HESITATIONS:
        at += 1
    return at


def _corrected(runs: Sequence[_Run], found: Sequence[Token]) -> list[_Run]:
    """Runs with "one two three, sorry, one two four" made one."""
    joined: list[_Run] = []
    for run in runs:
        if joined:
            between = [token.text for token in found[joined[-1].end : run.first]]
            fillers = (
                HESITATIONS | CORRECTIONS | {"i", "it's", "that", "that's", "make", "not", "is"}
            )
            if (
                between
                and any(word in CORRECTIONS or word == "make" for word in between)
                and all(word in fillers for word in between)
            ):
                joined[-1] = _replaced(joined[-1], run)
                continue
        joined.append(run)
    return joined


def _replaced(earlier: _Run, later: _Run) -> _Run:
    """The later symbols in the place of the last ones said, or of all."""
    letters = tuple(itertools.takewhile(lambda p: p.kind == "letters", earlier.pieces))
    digits = earlier.pieces[len(letters) :]
    if any(p.kind == "letters" for p in later.pieces):
        return _Run(later.pieces, later.first, later.end)
    said = "".join(p.readings[0] for p in digits)
    spare = len(said) - sum(len(p.readings[0]) for p in later.pieces)
    kept = (Piece("digits", (said[:spare],), earlier.end),) if spare > 0 else ()
    return _Run((*letters, *kept, *later.pieces), earlier.first, later.end)


# ------------------------------------------------------------------ readings and context


def _readings(pieces: Sequence[Piece], *, digits_needed: bool = True) -> tuple[str, ...]:
    """Normal forms, the likeliest first: the fewer pieces read unlike their first reading."""
    ways = [range(len(p.readings)) for p in pieces]
    # Beyond so many ambiguous pieces only the likeliest reading of the rest is taken.
    ambiguous = [i for i, way in enumerate(ways) if len(way) > 1]
    for i in ambiguous[6:]:
        ways[i] = range(1)
    chosen = sorted(itertools.product(*ways), key=lambda picks: (sum(picks), picks))
    readings: list[str] = []
    for picks in chosen:
        reading = "".join(p.readings[pick] for p, pick in zip(pieces, picks, strict=True))
        if digits_needed and not any(char.isdigit() for char in reading):
            continue
        if reading and reading not in readings:
            readings.append(reading)
    return tuple(readings[:MOST_READINGS])


def _has_cue(found: Sequence[Token], first: int) -> bool:
    """Whether "order" or the like leads to the token. "number" and "it's" want "order" before,
    unless they stand right before it."""
    reach = [token.text for token in found[max(0, first - _CUE_REACH) : first]]
    if "to" in reach and "order" in reach and reach.index("order") == reach.index("to") + 1:
        return False  # "I want to order 2 of them"
    if any(word in _ORDER_SAID or word in ("purchase", "reference", "parcel") for word in reach):
        return True
    return bool(reach) and any(word in ("number", "#", "ord", "id") for word in reach[-2:])


def _is_measure(found: Sequence[Token], run: _Run) -> bool:
    """A count, price or time: "60 dollars", "$60", "2 of them", "3rd"."""
    after = found[run.end].text if run.end < len(found) else ""
    before = found[run.first - 1].text if run.first else ""
    only_digits = all(p.kind == "digits" for p in run.pieces)
    if not only_digits:
        return False
    closed = run.end < len(found) and re.search(r"[.,;?!]", found[run.end].before)
    if before in _MONTHS or (after in _MONTHS and not closed):
        return True
    if before in ("in", "since") and _YEAR.fullmatch(run.pieces[0].readings[0]):
        return True
    return before in _SIGNS or (after in _MEASURES and not closed)
