"""Compare a built embedder with what the original model answered for a few sentences."""

from __future__ import annotations

import json
import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ModelError

TOLERANCE = 1e-4
"""Largest difference allowed in any component of a vector of length 1."""


def embed_all(onnx_file: Path, directory: Path, sentences: list[str]) -> NDArray[np.float32]:
    """The vectors (sentences, dim), all sentences in one padded batch."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime
    from tokenizers import Tokenizer

    limits = json.loads((directory / "sentence_bert_config.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.enable_truncation(int(limits["max_seq_length"]))
    tokenizer.enable_padding()
    encoded = tokenizer.encode_batch(sentences)
    inputs = {
        "input_ids": np.array([item.ids for item in encoded], np.int64),
        "attention_mask": np.array([item.attention_mask for item in encoded], np.int64),
    }
    onnxruntime.set_default_logger_severity(3)  # errors; it warns of what is meant to be so
    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    vectors: NDArray[np.float32] = session.run(["embedding"], inputs)[0]
    return vectors


def check_embedder(onnx_file: Path, directory: Path, reference: Path) -> None:
    """Raises ModelError if any vector differs from the original's by more than TOLERANCE."""
    try:
        with np.load(reference, allow_pickle=False) as data:
            sentences, wanted = [str(text) for text in data["sentences"]], data["vectors"]
    except (OSError, ValueError, KeyError, BadZipFile) as exc:
        raise ModelError(f"cannot read the reference vectors {reference}: {exc}") from exc
    vectors = embed_all(onnx_file, directory, sentences)
    if vectors.shape != wanted.shape:
        raise ModelError(f"{onnx_file} gives {vectors.shape}, its original {wanted.shape}")
    difference = float(np.abs(vectors - wanted).max())
    if not difference <= TOLERANCE:
        raise ModelError(
            f"{onnx_file} differs from its original by {difference:.1e}, "
            f"allowed {TOLERANCE:.0e}: this build cannot be used, please report it"
        )
