"""Choosing the next token from a model's logits."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import LlmError

TOP_K = 40  # llama.cpp's defaults
TOP_P = 0.95
_SHORTLIST = 256  # tokens asked of a grammar before all 150,000 are


class Constraint(Protocol):
    def filter(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]: ...


def choose(
    logits: NDArray[np.float32],
    constraint: Constraint | None,
    temperature: float,
    random: np.random.Generator,
) -> int:
    """The next token: the likeliest at temperature 0, else drawn. Raises LlmError at a dead end.

    A grammar is asked about the likeliest token first, since it mostly agrees, and about the
    whole vocabulary, which takes 10 ms and more, only when none of a shortlist will do.
    """
    if temperature <= 0:
        best = int(np.argmax(logits))
        if constraint is None or constraint.filter(np.array([best], np.int32))[0]:
            return best
    shortlist = _likeliest(logits, _SHORTLIST)
    if constraint is not None:
        shortlist = _admitted(logits, shortlist, constraint)
    if temperature <= 0:
        return int(shortlist[0])
    shortlist = shortlist[:TOP_K]
    scaled = logits[shortlist].astype(np.float64) / temperature
    weights = np.exp(scaled - scaled[0])
    weights /= weights.sum()
    kept = int(np.searchsorted(np.cumsum(weights), TOP_P)) + 1
    weights = weights[:kept] / weights[:kept].sum()
    return int(random.choice(shortlist[:kept], p=weights))


def _admitted(
    logits: NDArray[np.float32], shortlist: NDArray[np.int32], constraint: Constraint
) -> NDArray[np.int32]:
    admitted = shortlist[constraint.filter(shortlist)]
    if not len(admitted):
        everything = _likeliest(logits, len(logits))
        admitted = everything[constraint.filter(everything)]
    if not len(admitted):
        raise LlmError("the grammar made for this turn admits no token: it has a dead end")
    return admitted


def _likeliest(logits: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    """Token ids, the likeliest first."""
    if count < len(logits):
        top = np.argpartition(logits, -count)[-count:]
    else:
        top = np.arange(len(logits))
    ordered: NDArray[np.intp] = top[np.argsort(-logits[top], kind="stable")]
    return ordered.astype(np.int32)
