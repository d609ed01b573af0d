"""A language model of Qwen2's kind that is small enough to be made in a test."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

from voicebot.models.low_rank import Correction, write_corrections

LAYERS, HEADS, SHARED_HEADS, HEAD_DIM, INNER = 2, 4, 2, 16, 96
DIM = HEADS * HEAD_DIM
EPSILON, ROPE_BASE = 1e-6, 100.0
TOKENS = [*(f"t{number}" for number in range(60)), "Ġno", "Ġyes"]
NO, YES = 60, 61

Array = NDArray[np.float32]


def random_weights(*, tied: bool = True, seed: int = 7) -> dict[str, Array]:
    random = np.random.default_rng(seed)

    def spread(shape: tuple[int, ...], by: float, around: float = 0.0) -> Array:
        return random.normal(around, by, shape).astype(np.float32)

    def linear(outputs: int, inputs: int, by: float = 1.0) -> Array:
        return spread((outputs, inputs), by / inputs**0.5)

    found = {"token_embd.weight": spread((len(TOKENS), DIM), 1)}
    for layer in range(LAYERS):
        at, shared = f"blk.{layer}", SHARED_HEADS * HEAD_DIM
        for name, outputs in (("q", DIM), ("k", shared), ("v", shared)):
            found[f"{at}.attn_{name}.weight"] = linear(outputs, DIM, 1 if name == "v" else 1.3)
            found[f"{at}.attn_{name}.bias"] = spread((outputs,), 0.7)
        found[f"{at}.attn_output.weight"] = linear(DIM, DIM, 1.5)
        found[f"{at}.ffn_gate.weight"] = linear(INNER, DIM, 1.5)
        found[f"{at}.ffn_up.weight"] = linear(INNER, DIM)
        found[f"{at}.ffn_down.weight"] = linear(DIM, INNER)
        found[f"{at}.attn_norm.weight"] = spread((DIM,), 0.2, 1)
        found[f"{at}.ffn_norm.weight"] = spread((DIM,), 0.2, 1)
    found["output_norm.weight"] = spread((DIM,), 0.2, 1)
    if not tied:
        found["output.weight"] = linear(len(TOKENS), DIM)
    return found


def random_corrections(seed: int = 3) -> dict[str, Correction]:
    random = np.random.default_rng(seed)
    outputs = {"attn_v": SHARED_HEADS * HEAD_DIM, "attn_output": DIM}
    return {
        f"blk.{layer}.{name}": Correction(
            random.normal(0, DIM**-0.5, (DIM, 2)).astype(np.float16).astype(np.float32),
            random.normal(0, 0.7, (2, size)).astype(np.float16).astype(np.float32),
        )
        for layer in range(LAYERS)
        for name, size in outputs.items()
    }


def write_gguf(
    file: Path,
    weights: dict[str, Array],
    *,
    architecture: str = "qwen2",
    tokens: list[str] = TOKENS,
    packed: Collection[str] = (),
) -> None:
    """packed: those that are written as Q8_0, which rounds them."""
    writer = gguf.GGUFWriter(file, architecture)
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(DIM)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(SHARED_HEADS)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_token_list(tokens)
    for name, value in weights.items():
        if name in packed:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(value, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_tiny(folder: Path) -> tuple[Path, Path]:
    """A model and its corrections, as files."""
    model, corrections = folder / "tiny.gguf", folder / "tiny.judging.npz"
    write_gguf(model, random_weights())
    write_corrections(corrections, random_corrections())
    return model, corrections
