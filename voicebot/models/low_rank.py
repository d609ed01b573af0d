"""Corrections of low rank to a model's weights (LoRA, Hu et al. 2021): small files beside a large
one that stays as it was published.

A file holds `NAME|down` (inputs, rank) and `NAME|up` (rank, outputs) for each corrected product,
as float16, or in a byte each with `NAME|steps` (2, rank): what 1 stands for in a column of the one
and in a row of the other. NAME is the weight's, without ".weight". benchmarks/fit_answers.py,
fit_endings.py, fit_verdicts.py and fit_judge.py make them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ModelError


@dataclass(frozen=True)
class Correction:
    """down: shape (inputs, rank); up: shape (rank, outputs)."""

    down: NDArray[np.float32]
    up: NDArray[np.float32]

    def applied_to(self, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """weight: as BERT keeps it, shape (outputs, inputs). Raises ModelError if it is of another
        shape."""
        if weight.shape != (self.up.shape[1], self.down.shape[0]):
            raise ModelError(
                f"a correction for weights of shape {(self.up.shape[1], self.down.shape[0])}"
                f" does not fit weights of shape {weight.shape}"
            )
        corrected: NDArray[np.float32] = weight + (self.down @ self.up).T
        return corrected


def fitted_name(name: str, file: Path) -> str:
    """Of a model with these corrections: vectors of one fit say nothing about those of another.
    Raises ModelError."""
    try:
        return f"{name}+{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}"
    except OSError as exc:
        raise ModelError(f"cannot read the corrections {file}: {exc}") from exc


def read_corrections(file: Path) -> dict[str, Correction]:
    """By the weights' names. Raises ModelError."""
    try:
        with np.load(BytesIO(file.read_bytes()), allow_pickle=False) as kept:
            parts = {name: np.asarray(kept[name], np.float32) for name in kept.files}
        names = {name.partition("|")[0] for name in parts}
        return {name: _correction(name, parts) for name in names}
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as exc:
        raise ModelError(f"cannot read the corrections {file}: {exc}") from exc


def _correction(name: str, parts: dict[str, NDArray[np.float32]]) -> Correction:
    down, up = parts[f"{name}|down"], parts[f"{name}|up"]
    if (steps := parts.get(f"{name}|steps")) is None:
        return Correction(down, up)
    return Correction(down * steps[0], up * steps[1][:, None])


def read_head(file: Path) -> NDArray[np.float32] | None:
    """Of one linear layer on what a fitted output gives: a weight for each dimension, and the
    constant. None where nobody has fitted one."""
    if not file.exists():
        return None
    with np.load(file) as kept:
        return np.asarray(kept["weights"], np.float32)


def write_corrections(
    file: Path, corrections: dict[str, Correction], *, steps: int | None = None
) -> None:
    """steps: up to 127 on either side of 0 that a number is rounded to, the last the largest of
    its column or row. 127 halve the file, 11 make it a third. float16 where there are none."""
    kept: dict[str, Any] = {}
    for name, one in corrections.items():
        down, up = one.down, one.up
        if steps:
            down_steps, up_steps = _steps(down, steps, axis=0), _steps(up, steps, axis=1)
            kept[f"{name}|steps"] = np.stack([down_steps, up_steps])
            kept[f"{name}|down"] = np.rint(down / down_steps).astype(np.int8)
            kept[f"{name}|up"] = np.rint(up / up_steps[:, None]).astype(np.int8)
        else:
            kept |= {f"{name}|down": down.astype(np.float16), f"{name}|up": up.astype(np.float16)}
    np.savez_compressed(file, **kept)


def _steps(numbers: NDArray[np.float32], count: int, axis: int) -> NDArray[np.float32]:
    """The largest along the axis is `count` of them; for zeros alone any step does."""
    largest = np.abs(numbers).max(axis=axis)
    return np.where(largest > 0, largest / count, 1).astype(np.float32)
