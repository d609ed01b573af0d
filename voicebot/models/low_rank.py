"""Corrections of low rank to a model's weights (LoRA, Hu et al. 2021): small files beside a large
one that stays as it was published.

A file holds `NAME|down` (inputs, rank) and `NAME|up` (rank, outputs) for each corrected product,
as float16; NAME is the weight's, without ".weight". benchmarks/fit_answers.py,
fit_endings.py and fit_verdicts.py make them.
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
        return {name: Correction(parts[f"{name}|down"], parts[f"{name}|up"]) for name in names}
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as exc:
        raise ModelError(f"cannot read the corrections {file}: {exc}") from exc


def read_head(file: Path) -> NDArray[np.float32] | None:
    """Of one linear layer on what a fitted output gives: a weight for each dimension, and the
    constant. None where nobody has fitted one."""
    if not file.exists():
        return None
    with np.load(file) as kept:
        return np.asarray(kept["weights"], np.float32)


def write_corrections(file: Path, corrections: dict[str, Correction]) -> None:
    parts = {f"{name}|down": one.down for name, one in corrections.items()}
    parts |= {f"{name}|up": one.up for name, one in corrections.items()}
    kept: dict[str, Any] = {name: part.astype(np.float16) for name, part in parts.items()}
    np.savez_compressed(file, **kept)
