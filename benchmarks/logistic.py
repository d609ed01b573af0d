"""Logistic regression, for what the benchmarks fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEPS = 30  # Newton's: more than any of the fits needs
Numbers = NDArray[np.float64]


def chance(total: Numbers) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-total))
    return found


def fitted(
    rows: Numbers, right: Numbers, *, ridge: float, constant: int, share: Numbers | float = 1.0
) -> Numbers:
    """Weights by Newton's method. constant: the column of ones, which the ridge leaves alone.
    share: how much each row counts."""
    weights = np.zeros(rows.shape[1])
    held = ridge * np.eye(len(weights))
    held[constant, constant] = 0
    for _ in range(STEPS):
        rated = chance(rows @ weights)
        slope = rows.T @ ((rated - right) * share) + held @ weights
        curve = (rows * (share * rated * (1 - rated))[:, None]).T @ rows + held
        weights -= np.linalg.solve(curve, slope)
    return weights
