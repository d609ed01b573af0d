"""Build a sentence embedder as ONNX from the weights of a BERT encoder, without torch.

The graph is the encoder, pooling (mean or first token) and L2 normalisation. Inputs `input_ids`
and `attention_mask`, int64 (batch, tokens); output `embedding`, float32 (batch, dim), of length 1.
Its operators are those into which onnxruntime fuses such a model anyway (Attention,
SkipLayerNormalization, BiasGelu of the com.microsoft domain), so nothing is left to optimise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ModelError
from voicebot.models.safetensors_file import read_safetensors

if TYPE_CHECKING:
    from onnx import ModelProto

VERSION = 1
"""Raise it when the graph changes: embedders built by an older one are then built again."""

_OPSET = 17
_IR_VERSION = 10
_FUSED = "com.microsoft"
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


def build_embedder(directory: Path) -> bytes:
    """The ONNX file for a model folder with config.json, 1_Pooling and model.safetensors."""
    weights = read_safetensors(directory / "model.safetensors")
    return build_graph(weights, read_shape(directory)).SerializeToString()


def build_graph(weights: Weights, shape: BertShape) -> ModelProto:
    """Raises ModelError if a weight is missing. Names may begin with "bert." or not."""
    from onnx import TensorProto, helper

    graph = _Graph({name.removeprefix("bert."): value for name, value in weights.items()}, shape)
    graph.embeddings()
    for layer in range(shape.layers):
        graph.layer(f"encoder.layer.{layer}")
    graph.pool()
    tokens = ["batch", "tokens"]
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, tokens)
        for name in ("input_ids", "attention_mask")
    ]
    out = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", graph.dim])
    body = helper.make_graph(graph.nodes, "embedder", ids, [out], list(graph.constants.values()))
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=_IR_VERSION)


class _Graph:
    """Collects nodes; `hidden` is the name of the tensor (batch, tokens, dim) so far."""

    def __init__(self, weights: Weights, shape: BertShape) -> None:
        self.weights = weights
        self.shape = shape
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.hidden = ""
        self.dim = int(self.weight("embeddings.word_embeddings.weight").shape[1])

    def weight(self, name: str) -> NDArray[np.float32]:
        try:
            return self.weights[name]
        except KeyError:
            raise ModelError(f"the embedder's weights hold no {name!r}") from None

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants[name] = numpy_helper.from_array(np.array(value, order="C"), name)
        return name

    def node(self, op: str, inputs: list[str], output: str, domain: str = "", **attrs: Any) -> str:
        from onnx import helper

        self.nodes.append(
            helper.make_node(op, inputs, [output], name=output, domain=domain, **attrs)
        )
        return output

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

    def layer(self, at: str) -> None:
        own = f"{at}.attention.self"
        packed = [
            np.concatenate([self.weight(f"{own}.{part}.{kind}").T for part in _QKV], axis=-1)
            for kind in ("weight", "bias")
        ]
        heads = self.shape.heads
        qkv = [self.constant(f"{at}.qkv", packed[0]), self.constant(f"{at}.qkv_bias", packed[1])]
        context = self.node(
            "Attention", [self.hidden, *qkv, "mask"], f"{at}.context", _FUSED, num_heads=heads
        )
        self.project_and_add(f"{at}.attention.output", context)
        inner = self.dense(f"{at}.intermediate.dense", self.hidden)
        bias = self.constant(f"{at}.inner_bias", self.weight(f"{at}.intermediate.dense.bias"))
        inner = self.node("BiasGelu", [inner, bias], f"{at}.inner", _FUSED)
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
            "SkipLayerNormalization", inputs, f"{prefix}.sum", _FUSED, epsilon=epsilon
        )

    def pool(self) -> None:
        if self.shape.pooling == "cls":
            first = self.constant("first", np.array(0, np.int64))
            pooled = self.node("Gather", [self.hidden, first], "pooled", axis=1)
        else:
            one = self.constant("one", np.array([1], np.int64))
            last = self.constant("last", np.array([-1], np.int64))
            self.node("Cast", ["attention_mask"], "weight", to=1)
            self.node("Unsqueeze", ["weight", last], "column")
            self.node("Mul", [self.hidden, "column"], "weighted")
            self.node("ReduceSum", ["weighted", one], "sum", keepdims=0)
            self.node("ReduceSum", ["weight", one], "count", keepdims=1)
            self.node("Max", ["count", self.constant("tiny", np.array(1e-9, np.float32))], "safe")
            pooled = self.node("Div", ["sum", "safe"], "pooled")
        self.node("LpNormalization", [pooled], "embedding", axis=-1, p=2)
