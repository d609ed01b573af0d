"""How likely a sentence is to answer a question, from several signals together. Pure.

A logistic model each: alone, read together with the question, and with the language model's
opinion. benchmarks/fit_evidence.py fits them to the 8 sentences found for the questions of
benchmarks/shops/northgate: all 409, and 220 with the 1.5B's opinions on the first 4 (these with the
similarity of the plain embedder). A sentence is right where what is quoted for it holds the
question's facts. Another says how certain the likeliest is, now that the others are known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SURE_ALONE = 0.6  # chance from which no other sentence is said or looked at beside it
Weights = tuple[float, float, float, float]


@dataclass(frozen=True)
class Verdict:
    """Of a model that was fitted to judge. log_odds: yes against no. others: as in
    `Evidence.read`, of the sentences that it was asked about. weights: what makes a chance of 1,
    the log-odds before it was asked, and both of these."""

    log_odds: float
    others: float
    weights: Weights

    def signals(self, before: float) -> tuple[float, float, float, float]:
        """What they weigh. before: the chance without it."""
        return 1.0, _odds(before), self.log_odds, self.others


@dataclass(frozen=True)
class Evidence:
    """similarity: cosine of the question and the sentence with its title and heading. keywords:
    how much of the question's words, rare ones first, the sentence and those have. coverage:
    share of the question's words of meaning that stand in the sentence (half for those around it).
    unknown: names in the question that stand nowhere around what was found. row: whether it is the
    table row that the question names. kind: 1 where the sentence has the kind of thing that is
    asked for (a price, a time), -1 where it has not, 0 where none is. read: log-odds that it
    answers, question and sentence read together, and the logarithm of 1 and the odds of the other
    sentences together; None where nobody read them. log_odds: the model's yes
    against its no when it was asked by a prompt whether the sentence answers the question; verdict:
    of one that was fitted to judge. None where it was not asked."""

    similarity: float
    keywords: float
    coverage: float
    unknown: int = 0
    row: bool = False
    kind: int = 0
    read: tuple[float, float] | None = None
    log_odds: float | None = None
    verdict: Verdict | None = None

    @property
    def judged(self) -> bool:
        return self.log_odds is not None or self.verdict is not None

    @property
    def chance(self) -> float:
        """Probability that the sentence answers the question."""
        if self.verdict is None:
            return self.unjudged
        return _weighed(self.verdict.weights, self.verdict.signals(self.unjudged))

    @property
    def unjudged(self) -> float:
        """The same without the verdict."""
        signals: tuple[float, ...] = (
            1.0,
            self.similarity,
            self.keywords,
            self.coverage,
            float(self.unknown),
            float(self.row),
            float(self.kind),
        )
        if self.log_odds is not None:
            return _weighed(_JUDGED, (*signals, self.log_odds))
        if self.read is not None:
            return _weighed(_READ, (*signals, *self.read))
        return _weighed(_ALONE, signals)


def beside_others(log_odds: Sequence[float]) -> list[tuple[float, float]]:
    """`Evidence.read` of each sentence that was read for one question."""
    odds = [math.exp(one) for one in log_odds]
    return [
        (one, math.log1p(sum(odds[:at]) + sum(odds[at + 1 :]))) for at, one in enumerate(log_odds)
    ]


def certainty(best: Evidence, rival: Evidence | None = None) -> float:
    """Chance that the likeliest sentence answers, from its own and that of the next: where the
    documents hold an answer, one sentence mostly stands out; where they do not, many are alike. A
    model that was asked about them has seen that."""
    if best.judged:
        return best.chance
    signals = standing(best.chance, rival.chance if rival else 0.0)
    return _weighed(_TOGETHER if best.read is None else _READ_TOGETHER, signals)


def standing(likeliest: float, next_best: float) -> tuple[float, float, float]:
    """What certainty weighs: 1, and the log-odds of both."""
    return 1.0, _odds(likeliest), _odds(max(next_best, _LEAST))


def _weighed(weights: Sequence[float], signals: Sequence[float]) -> float:
    return 1 / (1 + math.exp(-sum(w * s for w, s in zip(weights, signals, strict=True))))


def _odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


# Constant, similarity, keywords, coverage, unknown, row, kind, log odds. The constant of the second
# is moved so that the same threshold serves both.
_ALONE = (-5.06, 6.15, 1.25, 0.80, 0.00, 0.83, 0.43)
_JUDGED = (-2.65, 1.59, 0.14, 0.86, -0.36, 0.62, 0.50, 1.26)
# The same without the log odds, then both of `read`.
_READ = (-2.17, 2.81, 1.32, -0.43, -0.02, 0.62, 0.16, 0.41, -0.29)
# Constant, log-odds of the likeliest sentence, log-odds of the next: unread, and read.
_TOGETHER = (0.62, 2.11, -1.28)
_READ_TOGETHER = (0.20, 1.55, -0.34)
_LEAST = 0.07  # chance of the next likeliest; less, or no other at all, says no more
