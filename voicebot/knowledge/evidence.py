"""How likely a sentence is to answer a question, from several signals together. Pure.

A logistic model each: without the language model's opinion, and with it. Fitted (ridge of 1) to the
first 4 of 8 sentences found for 220 questions of benchmarks/shops/northgate, with the 1.5B's
opinions; a sentence was right where what is quoted for it holds the question's facts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

HOPELESS = 0.05  # chance without the model below which it need not be asked
SURE_ALONE = 0.6  # and from which it need not
SURE = 0.5  # chance with the model from which no other sentence is looked at


@dataclass(frozen=True)
class Evidence:
    """similarity: cosine of the question and the sentence with its title and heading. keywords:
    how much of the question's words, rare ones first, the sentence and those have. coverage:
    share of the question's words of meaning that stand in the sentence (half for those around it).
    unknown: names in the question that stand nowhere around what was found. row: whether it is the
    table row that the question names. log_odds: the model's yes against its no when it was asked
    whether the sentence answers the question; None where it was not."""

    similarity: float
    keywords: float
    coverage: float
    unknown: int = 0
    row: bool = False
    log_odds: float | None = None

    @property
    def chance(self) -> float:
        """Probability that the sentence answers the question."""
        if self.log_odds is None:
            weights, odds = _ALONE, 0.0
        else:
            weights, odds = _JUDGED, self.log_odds
        constant, *rest = weights
        signals = (
            self.similarity,
            self.keywords,
            self.coverage,
            float(self.unknown),
            float(self.row),
            odds,
        )
        total = constant + sum(w * s for w, s in zip(rest, signals, strict=True))
        return 1 / (1 + math.exp(-total))


# Constant, similarity, keywords, coverage, unknown, row, log odds.
_ALONE = (-4.81, 5.02, 0.95, 1.10, -0.60, 0.93, 0.0)
_JUDGED = (-3.25, 1.64, 0.05, 0.90, -0.27, 0.67, 1.32)
