"""Build a sentence embedder as ONNX from the weights of a BERT encoder, without torch.

The graph is the encoder, pooling (mean or first token) and L2 normalisation. Inputs `input_ids`
and `attention_mask`, int64 (batch, tokens); output `embedding`, float32 (batch, dim), of length 1.
Where corrections to its last layers are given (`low_rank.py`), the graph forks before them, and
each set of corrections has an output of its own: all share the words' table and the first layers,
which are most of the memory. An output is computed unless `want.NAME` is false.

Its operators are those into which onnxruntime fuses such a model anyway (Attention,
SkipLayerNormalization, BiasGelu of the com.microsoft domain), so nothing is left to optimise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ModelError
from voicebot.models.low_rank import Correction, fitted_name, read_corrections
from voicebot.models.onnx_graph import FUSED, GraphBuilder
from voicebot.models.safetensors_file import read_safetensors

if TYPE_CHECKING:
    from onnx import ModelProto

VERSION = 4
"""Raise it when the graph changes: embedders built by an older one are then built again."""

PLAIN = "embedding"
_QKV = ("query", "key", "value")

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class BertShape:
    """What the weights alone do not tell."""

    layers: int
    heads: int
    epsilon: float
    pooling: str
    """"mean" or "cls"."""


def read_shape(directory: Path) -> BertShape:
    """From config.json and 1_Pooling/config.json. Raises ModelError for what cannot be built."""
    try:
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
        pooling = json.loads((directory / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
        kind = (config["model_type"], config["hidden_act"])
        position = config.get("position_embedding_type", "absolute")
        if kind != ("bert", "gelu") or position != "absolute":
            raise ValueError(f"only BERT with GELU and absolute positions, not {kind}, {position}")
        return BertShape(
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            epsilon=float(config["layer_norm_eps"]),
            pooling="cls" if pooling["pooling_mode_cls_token"] else "mean",
        )
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ModelError(f"no embedder can be built from {directory}: {exc}") from exc


def build_embedder(directory: Path, corrections: Mapping[str, Path] | None = None) -> bytes:
    """The ONNX file for a model folder with config.json, 1_Pooling and model.safetensors.
    corrections: files by the name of the output. What an output gives is called by the name that
    the file's metadata has for it."""
    weights = read_safetensors(directory / "model.safetensors")
    files = dict(corrections or {})
    forks = {output: read_corrections(file) for output, file in files.items()}
    graph = build_graph(weights, read_shape(directory), forks)
    for output, file in files.items():
        graph.metadata_props.add(key=output, value=fitted_name(directory.name, file))
    return graph.SerializeToString()


def build_graph(
    weights: Weights, shape: BertShape, forks: Mapping[str, Mapping[str, Correction]]
) -> ModelProto:
    """Raises ModelError if a weight is missing. Names may begin with "bert." or not; those of the
    corrections do not."""
    from onnx import TensorProto, helper

    graph = _Graph({name.removeprefix("bert."): value for name, value in weights.items()}, shape)
    graph.embeddings()
    layers = [f"encoder.layer.{layer}" for layer in range(shape.layers)]
    shared = next((at for at, name in enumerate(layers) if _is_corrected(name, forks)), None)
    for name in layers[:shared]:
        graph.layer(name)
    rest = layers[shared:] if shared is not None else []
    graph.output(PLAIN, rest)
    for output, corrections in forks.items():
        graph.output(output, [graph.corrected(name, output, corrections) for name in rest])
    tokens = ["batch", "tokens"]
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, tokens)
        for name in ("input_ids", "attention_mask")
    ]
    ids += [
        helper.make_tensor_value_info(wanted(name), TensorProto.BOOL, [])
        for name in (PLAIN, *forks)
    ]
    out = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", graph.dim])
        for name in (PLAIN, *forks)
    ]
    return graph.model("embedder", ids, out)


def wanted(output: str) -> str:
    """The input that says whether an output is wanted; true where it is not given."""
    return f"want.{output}"


def _is_corrected(layer: str, forks: Mapping[str, Mapping[str, Correction]]) -> bool:
    return any(name.startswith(f"{layer}.") for fork in forks.values() for name in fork)


class _Graph(GraphBuilder):
    """Collects nodes; `hidden` is the name of the tensor (batch, tokens, dim) so far."""

    def __init__(self, weights: Weights, shape: BertShape) -> None:
        super().__init__()
        self.weights = weights
        self.shape = shape
        self.hidden = ""
        self.dim = int(self.weight("embeddings.word_embeddings.weight").shape[1])

    def weight(self, name: str) -> NDArray[np.float32]:
        try:
            return self.weights[name]
        except KeyError:
            raise ModelError(f"the embedder's weights hold no {name!r}") from None

    def norm_weights(self, prefix: str) -> list[str]:
        return [
            self.constant(f"{prefix}.{part}", self.weight(f"{prefix}.{part}"))
            for part in ("weight", "bias")
        ]

    def embeddings(self) -> None:
        words = self.weight("embeddings.word_embeddings.weight")
        # A single text is all of segment 0, so its vector is added to every position once here.
        positions = (
            self.weight("embeddings.position_embeddings.weight")
            + self.weight("embeddings.token_type_embeddings.weight")[0]
        )
        table = self.constant("positions", positions)
        zero = self.constant("zero", np.array([0], np.int64))
        self.node("Shape", ["input_ids"], "length", start=1, end=2)
        self.node("Slice", [table, zero, "length", zero], "position")
        self.node("Gather", [self.constant("words", words), "input_ids"], "word")
        self.node("Add", ["word", "position"], "embedded")
        norm = self.norm_weights("embeddings.LayerNorm")
        epsilon = self.shape.epsilon
        self.hidden = self.node(
            "LayerNormalization", ["embedded", *norm], "hidden", axis=-1, epsilon=epsilon
        )
        self.node("Cast", ["attention_mask"], "mask", to=6)  # int32, as Attention wants it

    def corrected(self, layer: str, output: str, corrections: Mapping[str, Correction]) -> str:
        """The name of a copy of the layer whose weights are corrected; of the layer itself where
        none are."""
        if not any(name.startswith(f"{layer}.") for name in corrections):
            return layer
        copy = f"{output}.{layer}"
        for name in [name for name in self.weights if name.startswith(f"{layer}.")]:
            correction = corrections.get(name.removesuffix(".weight"))
            value = self.weights[name]
            if correction is not None and name.endswith(".weight"):
                value = correction.applied_to(value)
            self.weights[f"{output}.{name}"] = value
        return copy

    def layer(self, at: str) -> None:
        own = f"{at}.attention.self"
        packed = [
            np.concatenate([self.weight(f"{own}.{part}.{kind}").T for part in _QKV], axis=-1)
            for kind in ("weight", "bias")
        ]
        heads = self.shape.heads
        qkv = [self.constant(f"{at}.qkv", packed[0]), self.constant(f"{at}.qkv_bias", packed[1])]
        context = self.node(
            "Attention", [self.hidden, *qkv, "mask"], f"{at}.context", FUSED, num_heads=heads
        )
        self.project_and_add(f"{at}.attention.output", context)
        inner = self.dense(f"{at}.intermediate.dense", self.hidden)
        bias = self.constant(f"{at}.inner_bias", self.weight(f"{at}.intermediate.dense.bias"))
        inner = self.node("BiasGelu", [inner, bias], f"{at}.inner", FUSED)
        self.project_and_add(f"{at}.output", inner)

    def dense(self, prefix: str, source: str) -> str:
        weight = self.constant(f"{prefix}.weight", self.weight(f"{prefix}.weight").T)
        return self.node("MatMul", [source, weight], f"{prefix}.product")

    def project_and_add(self, prefix: str, source: str) -> None:
        product = self.dense(f"{prefix}.dense", source)
        bias = self.constant(f"{prefix}.bias", self.weight(f"{prefix}.dense.bias"))
        inputs = [product, self.hidden, *self.norm_weights(f"{prefix}.LayerNorm"), bias]
        epsilon = self.shape.epsilon
        self.hidden = self.node(
            "SkipLayerNormalization", inputs, f"{prefix}.sum", FUSED, epsilon=epsilon
        )

    def output(self, name: str, layers: Sequence[str]) -> None:
        """The layers that lead to it from the hidden states so far, and what they give; nothing,
        of no length, where it is not wanted. The hidden states stay as they are."""
        from onnx import TensorProto, helper

        before, self.hidden, outside, self.nodes = self.hidden, self.hidden, self.nodes, []
        for layer in layers:
            self.layer(layer)
        found = helper.make_tensor_value_info(
            self.pool(f"{name}.found"), TensorProto.FLOAT, ["batch", self.dim]
        )
        nothing = helper.make_tensor_value_info(
            f"{name}.nothing", TensorProto.FLOAT, ["batch", self.dim]
        )
        empty = self.constant(f"{name}.empty", np.zeros((0, self.dim), np.float32))
        branches: dict[str, Any] = {
            "then_branch": helper.make_graph(self.nodes, f"{name}.then", [], [found]),
            "else_branch": helper.make_graph(
                [helper.make_node("Identity", [empty], [nothing.name])],
                f"{name}.else", [], [nothing],
            ),
        }  # fmt: skip
        self.hidden, self.nodes = before, outside
        want = self.constant(wanted(name), np.array(True))
        self.node("If", [want], name, **branches)

    def pool(self, output: str) -> str:
        """The sentence's vector, from the hidden states so far."""
        if self.shape.pooling == "cls":
            first = self.constant("first", np.array(0, np.int64))
            pooled = self.node("Gather", [self.hidden, first], f"{output}.pooled", axis=1)
        else:
            one = self.constant("one", np.array([1], np.int64))
            last = self.constant("last", np.array([-1], np.int64))
            tiny = self.constant("tiny", np.array(1e-9, np.float32))
            weight = self.node("Cast", ["attention_mask"], f"{output}.weight", to=1)
            column = self.node("Unsqueeze", [weight, last], f"{output}.column")
            weighted = self.node("Mul", [self.hidden, column], f"{output}.weighted")
            total = self.node("ReduceSum", [weighted, one], f"{output}.sum", keepdims=0)
            count = self.node("ReduceSum", [weight, one], f"{output}.count", keepdims=1)
            safe = self.node("Max", [count, tiny], f"{output}.safe")
            pooled = self.node("Div", [total, safe], f"{output}.pooled")
        return self.node("LpNormalization", [pooled], output, axis=-1, p=2)
