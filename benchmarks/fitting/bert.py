"""BERT in JAX, with corrections of low rank to its last layers that can be fitted.

The layers below the corrected ones stay as they are, so their states are computed once for each
text (`States`) and every step of the fit begins behind them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from voicebot.models.low_rank import Correction
from voicebot.models.minilm_onnx import read_shape
from voicebot.models.safetensors_file import read_safetensors

# Every product of a layer with a weight.
_PRODUCTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_BATCH = 64  # texts
Down = dict[str, dict[str, Any]]  # by the weight's name: "down" and "up"


@dataclass(frozen=True)
class States:
    """Of texts, behind the layers that stay. hidden: shape (texts, tokens, dimension); mask: 1
    where there is a token."""

    hidden: NDArray[np.float32]
    mask: NDArray[np.float32]

    def padded(self, texts: int) -> States:
        """With the last text as often as it takes, so that all steps have one shape."""
        most = len(self.hidden)
        rows = [min(row, most - 1) for row in range(texts)]
        return States(self.hidden[rows], self.mask[rows])


class Bert:
    """folder: config.json, model.safetensors and tokenizer.json. first: the first layer that is
    corrected."""

    def __init__(self, folder: Path, first: int) -> None:
        """Raises ModelError."""
        weights = read_safetensors(folder / "model.safetensors")
        self.weights = {
            name.removeprefix("bert."): jnp.asarray(value)
            for name, value in weights.items()
            if value.dtype == np.float32
        }
        self._shape, self._first = read_shape(folder), first
        limits = json.loads((folder / "sentence_bert_config.json").read_text("utf-8"))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._most = int(limits["max_seq_length"])
        self._lower = jax.jit(self._below)

    @property
    def dimension(self) -> int:
        return int(self.weights["embeddings.word_embeddings.weight"].shape[1])

    def corrections(self, rank: int, seed: int) -> Down:
        """That change nothing yet."""
        random = np.random.default_rng(seed)
        found: Down = {}
        for layer in range(self._first, self._shape.layers):
            for product in _PRODUCTS:
                name = f"encoder.layer.{layer}.{product}"
                outputs, inputs = self.weights[f"{name}.weight"].shape
                down = random.normal(0, inputs**-0.5, (inputs, rank)).astype(np.float32)
                found[name] = {"down": down, "up": np.zeros((rank, outputs), np.float32)}
        return found

    def states(self, texts: Sequence[str], tokens: int) -> States:
        """Longer texts are cut to so many tokens."""
        self._tokenizer.enable_truncation(min(tokens, self._most))
        ids = np.zeros((len(texts), tokens), np.int32)
        mask = np.zeros((len(texts), tokens), np.float32)
        for row, item in enumerate(self._tokenizer.encode_batch(list(texts))):
            ids[row, : len(item.ids)] = item.ids
            mask[row, : len(item.ids)] = 1
        hidden = []
        for start in range(0, len(texts), _BATCH):
            rows = [min(row, len(texts) - 1) for row in range(start, start + _BATCH)]
            hidden.append(np.asarray(self._lower(self.weights, ids[rows], mask[rows])))
        return States(np.concatenate(hidden)[: len(texts)], mask)

    def vectors(self, weights: Any, corrections: Down, hidden: Any, mask: Any) -> Any:
        """Mean-pooled, of length 1: shape (texts, dimension)."""
        for layer in range(self._first, self._shape.layers):
            hidden = self._layer(weights, corrections, layer, hidden, mask)
        pooled = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return pooled / jnp.linalg.norm(pooled, axis=-1, keepdims=True)

    def _below(self, weights: Any, ids: Any, mask: Any) -> Any:
        at = "embeddings"
        hidden = weights[f"{at}.word_embeddings.weight"][ids]
        hidden += weights[f"{at}.position_embeddings.weight"][: ids.shape[1]]
        hidden += weights[f"{at}.token_type_embeddings.weight"][0]
        hidden = self._norm(weights, f"{at}.LayerNorm", hidden)
        for layer in range(self._first):
            hidden = self._layer(weights, {}, layer, hidden, mask)
        return hidden

    def _layer(self, weights: Any, corrections: Down, layer: int, hidden: Any, mask: Any) -> Any:
        at = f"encoder.layer.{layer}"
        dense = partial(_dense, weights, corrections)
        texts, tokens, dimension = hidden.shape
        heads = (texts, tokens, self._shape.heads, -1)
        query, key, value = (
            dense(f"{at}.attention.self.{part}", hidden).reshape(heads).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        looks = query @ key.transpose(0, 1, 3, 2) / np.sqrt(dimension // self._shape.heads)
        looks = jax.nn.softmax(looks - 1e9 * (1 - mask)[:, None, None, :], -1)
        mixed = (looks @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, dimension)
        mixed = dense(f"{at}.attention.output.dense", mixed)
        hidden = self._norm(weights, f"{at}.attention.output.LayerNorm", hidden + mixed)
        inner = jax.nn.gelu(dense(f"{at}.intermediate.dense", hidden), approximate=False)
        inner = dense(f"{at}.output.dense", inner)
        return self._norm(weights, f"{at}.output.LayerNorm", hidden + inner)

    def _norm(self, weights: Any, name: str, x: Any) -> Any:
        x = x - x.mean(-1, keepdims=True)
        x = x / jnp.sqrt((x * x).mean(-1, keepdims=True) + self._shape.epsilon)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _dense(weights: Any, corrections: Down, name: str, x: Any) -> Any:
    product = x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
    if name in corrections:
        product += (x @ corrections[name]["down"]) @ corrections[name]["up"]
    return product


def frozen(corrections: Down) -> dict[str, Correction]:
    """As they are kept."""
    return {
        name: Correction(np.asarray(parts["down"]), np.asarray(parts["up"]))
        for name, parts in corrections.items()
    }
