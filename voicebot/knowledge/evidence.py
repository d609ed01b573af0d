"""How likely a sentence is to answer a question, from several signals together. Pure.

A logistic model each: of what was found alone, with the alignment of the tokens, and with the
language model's opinion, beside which the alignment told nothing more. benchmarks/fit_evidence.py
fits them to what is found for the questions of shops: the first 4 sentences for 409 of northgate,
the preferred one of 8 for these, 318 of parade and 70 of the sample shop, and the first 4 for 220
of northgate with the 1.5B's opinions. A sentence is right where what is quoted for it holds the
question's facts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from voicebot.knowledge.alignment import Alignment

HOPELESS = 0.05  # chance without the model below which it need not be asked
SURE_ALONE = 0.6  # and from which it need not
SURE = 0.5  # chance with the model from which no other sentence is looked at


@dataclass(frozen=True)
class Evidence:
    """similarity: cosine of the question and the sentence with its title and heading. keywords:
    how much of the question's words, rare ones first, the sentence and those have. coverage:
    share of the question's words of meaning that stand in the sentence (half for those around it).
    unknown: names in the question that stand nowhere around what was found. row: whether it is the
    table row that the question names. kind: 1 where the sentence has the kind of thing that is
    asked for (a price, a time), -1 where it has not, 0 where none is. log_odds: the model's yes
    against its no when it was asked whether the sentence answers the question; None where it was
    not. alignment: None where the embedder tells nothing of tokens."""

    similarity: float
    keywords: float
    coverage: float
    unknown: int = 0
    row: bool = False
    kind: int = 0
    log_odds: float | None = None
    alignment: Alignment | None = None

    @property
    def chance(self) -> float:
        """Probability that the sentence answers the question; with an alignment and no opinion, of
        one that is preferred to the others."""
        if self.log_odds is not None:
            total = _sum(_JUDGED, (*self._found, self.log_odds))
        elif self.alignment is not None:
            total = _sum(_ALIGNED, self.signals)
        else:
            total = _sum(_ALONE, self._found)
        return 1 / (1 + math.exp(-total))

    @property
    def preference(self) -> float:
        """Among sentences that were found for one question, all of them aligned: larger is better.
        Of what makes one answer likelier than another, not of whether there is any."""
        return _sum(_PREFERRED, self.signals)

    @property
    def signals(self) -> tuple[float, ...]:
        """What the weights are for, in their order; neither constant nor the model's opinion."""
        return (*self._found, *self._aligned)

    @property
    def _found(self) -> tuple[float, ...]:
        it = self
        return (it.similarity, it.keywords, it.coverage, it.unknown, float(it.row), it.kind)

    @property
    def _aligned(self) -> tuple[float, ...]:
        it = self.alignment
        return () if it is None else (it.asked, it.least, it.told)


def _sum(weights: tuple[float, ...], signals: tuple[float, ...]) -> float:
    constant, *rest = weights
    return constant + sum(w * s for w, s in zip(rest, signals, strict=True))


# Constant, similarity, keywords, coverage, unknown, row, kind; then log odds, or the alignment.
# Northgate's questions name few strangers: what these count alone, and aligned, is from the sample
# shop's. The aligned constant is 1.1 lower than it was fitted (-2.53): at one threshold, as many of
# northgate's unanswerable questions are refused as without the alignment.
_ALONE = (-4.10, 4.11, 1.22, 1.02, -0.60, 0.50, 0.44)
_JUDGED = (-3.29, 1.59, 0.14, 0.86, -0.36, 0.62, 0.50, 1.26)
_ALIGNED = (-3.63, 1.54, 0.31, -0.69, -0.60, 0.05, 0.40, 0.37, 1.59, 3.27)
_PREFERRED = (0.0, 5.42, 1.08, 0.77, 0.0, 1.61, 0.85, 5.77, 3.66, 3.96)
