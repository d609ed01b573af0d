"""Logistic regression and the conditional logit, for what the benchmarks fit."""

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


def preferring(rows: Numbers, right: Numbers, of: Numbers, *, ridge: float) -> Numbers:
    """Weights that put a right row above the others of its question (McFadden's conditional logit,
    1973), by Newton's method. of: each row's question; those without a right row tell nothing."""
    weights = np.zeros(rows.shape[1])
    told = np.isin(of, of[right > 0])
    rows, right = rows[told], right[told]
    _, of = np.unique(of[told], return_inverse=True)
    for _ in range(STEPS):
        rated = rows @ weights
        odds = np.exp(rated - rated.max())
        share = odds / np.bincount(of, odds)[of]
        ours = odds * right
        wanted = ours / np.bincount(of, ours)[of]
        slope = rows.T @ (share - wanted) + ridge * weights
        mean = np.zeros((of.max() + 1, rows.shape[1]))
        np.add.at(mean, of, share[:, None] * rows)
        curve = (rows * share[:, None]).T @ rows - mean.T @ mean + ridge * np.eye(len(weights))
        weights -= np.linalg.solve(curve, slope)
    return weights
