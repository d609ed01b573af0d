"""Which order number was said, by the sound, where the transcript has one that nobody has. Pure.

Whisper writes a digit too many or too few into long numbers: "482113" for 48213. So it is a closed
test: every number that is one slip away from what was written, those that exist and as many that do
not, is put in its place and scored against the sound. One that exists is believed if it beats all
others and comes near the transcript. Margins: benchmarks/spoken_identifiers.py measures them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicebot.dialogue.spoken.identifiers import HeardId
from voicebot.dialogue.spoken.ids import IdIndex

MOST = 4  # numbers that exist in a test
DECOYS = 8  # numbers that do not; each text costs some 20 ms
# Natural log probability: the best number's lead over the next one, and how far it may be behind
# the transcript. Where a number like the transcript's could exist, that is believed rather: one
# near it was taken for it in 1 of 279 tries; elsewhere the one that exists was the right one.
LEAD, BEHIND = 1.0, 4.0
LEAD_FITTING, BEHIND_FITTING = 2.0, 1.0
NEAR = 3.0  # behind the best, from which a number is not worth asking about
ASKED = 2  # numbers that are asked about at once
_LEAST_DIGITS = 3  # shorter numbers are all near one another
_DIGIT = re.compile(r"[0-9]")


@dataclass(frozen=True)
class Rival:
    """order_id: "" of a number that nobody has. text: the transcript with it in its place."""

    order_id: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """order_ids: of those that may be meant, the likeliest first. sure: it is the one."""

    order_ids: tuple[str, ...] = ()
    sure: bool = False


def rivals(text: str, heard: HeardId, index: IdIndex) -> tuple[Rival, ...]:
    """The numbers of a test; () where none that exists is near."""
    span = text[heard.start : heard.end]
    if sum(map(str.isdigit, span)) < _LEAST_DIGITS:
        return ()
    known: dict[str, Rival] = {}
    others: dict[str, Rival] = {}
    for slip in map(str.lstrip, _slips(span), itertools.repeat(" .,-")):
        digits = "".join(_DIGIT.findall(slip))
        whole = text[: heard.start] + slip + text[heard.end :]
        if found := index.with_digits(digits):
            known.setdefault(digits, Rival(found[0], whole))
        elif index.fits(digits):
            others.setdefault(digits, Rival("", whole))
    if not known or len(known) > MOST:
        return ()
    return (*known.values(), *_spread(list(others.values())))


def verdict(
    transcript: float, rivals: Sequence[Rival], scores: Sequence[float], *, fits: bool
) -> Verdict:
    """Which number was said. All in natural log probability. fits: whether a number like the one in
    the transcript could exist; else the transcript is wrong, and what comes near is asked about."""
    ranked = sorted(zip(scores, rivals, strict=True), key=lambda pair: -pair[0])
    best, winner = ranked[0]
    lead = best - ranked[1][0] if len(ranked) > 1 else LEAD_FITTING
    least, most = (LEAD_FITTING, BEHIND_FITTING) if fits else (LEAD, BEHIND)
    if winner.order_id and lead >= least and transcript - best <= most:
        return Verdict((winner.order_id,), sure=True)
    near = [one.order_id for score, one in ranked if one.order_id and best - score <= NEAR]
    return Verdict(() if fits else tuple(near[:ASKED]))


def _slips(span: str) -> Iterator[str]:
    """The written number with a digit left out, another one, one more, or two swapped, and the rest
    of it as it was written."""
    at = [match.start() for match in _DIGIT.finditer(span)]
    for place in at:
        yield span[:place] + span[place + 1 :]
    for place in at:
        yield span[: place + 1] + span[place:]  # one said twice
    for one, other in itertools.pairwise(at):
        yield span[:one] + span[other] + span[one + 1 : other] + span[one] + span[other + 1 :]
    for place in at:
        for digit in "0123456789":
            if digit != span[place]:
                yield span[:place] + digit + span[place + 1 :]
    for place in (*at, len(span)):
        for digit in "0123456789":
            yield span[:place] + digit + span[place:]


def _spread(others: Sequence[Rival]) -> Sequence[Rival]:
    """DECOYS of them, of all kinds of slips."""
    step = max(1, len(others) // DECOYS)
    return others[::step][:DECOYS]
