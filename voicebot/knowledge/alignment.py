"""How well each word of a question finds something like it in a sentence, and the other way. Pure.

One vector for a whole sentence blurs what it says; token by token ("late interaction") it does not.
MaxSim, from Khattab and Zaharia, "ColBERT", 2020, here with a model that was never trained for it:
what its numbers are worth is fitted (`knowledge.evidence`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voicebot.knowledge.keywords import COMMON
from voicebot.stages import Tokens


@dataclass(frozen=True)
class Alignment:
    """Cosines, -1 to 1. asked: of each of the question's words of meaning with what is most like it
    in the sentence, their mean. least: the smallest of them. told: of each of the sentence's tokens
    with what is most like it in the question, their mean."""

    asked: float
    least: float
    told: float


def align(question: Tokens, text: Tokens) -> Alignment:
    """Without any tokens, all is 0."""
    if not question.texts or not text.texts:
        return Alignment(0.0, 0.0, 0.0)
    likeness = question.vectors @ text.vectors.T
    means = [_means(token) for token in question.texts]
    own = likeness[means] if any(means) else likeness
    best = own.max(axis=1)
    return Alignment(float(best.mean()), float(best.min()), float(np.mean(likeness.max(axis=0))))


def _means(token: str) -> bool:
    """Whether it stands for something: no punctuation, and nothing that every question has."""
    word = token.removeprefix("##")
    return word.isalnum() and word not in COMMON
