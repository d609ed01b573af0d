"""Build a judge as ONNX from a language model of Qwen2's kind and corrections fitted to judging:
what it thinks of several texts for one question, in one run.

The weights are a byte each, with a scale for each output. What is multiplied with them is rounded
to a byte too, each token's by its own largest number: the first token's few huge ones ("Massive
Activations in Large Language Models", Sun et al. 2024) would leave the others no precision in a
range common to all. So no text's result depends on what else is in the run.

The tokens of a run are S segments, one behind the other without padding: the beginning that all
prompts have in common (P tokens), then what each text goes on with. T tokens in all, at most L in
a segment, K = P + L. Only attention lays the segments out as rows of L places; what is in places
behind a segment's end does not matter, but has to be a valid number. Inputs, int64 but for `mask`:

`ids` (1, T): the tokens.
`pos` (1, T): each token's position in its prompt, from 0; in a text's segment the first has P.
`slots` (S, L): which of the T tokens stands in a segment's place.
`keys` (S, K): which of the T tokens a segment may look at: the P of the beginning, then its own.
`mask` (S, 1, L, K), float32: added to the attention of a place to a key: 0 where it looks at it
(the text's segments at all of the beginning; each at its own tokens up to the place itself), -1e9
elsewhere. The beginning's own segment looks at its tokens as its own, not as the first P.
`back` (T,): where each token is in the S * L places.
`ends` (N,): which of the T tokens are asked for what comes next: the last of each text.

Output `odds`, float32 (N,): log-odds of " yes" against " no" as the next token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ModelError
from voicebot.models.gguf_file import GgufFile
from voicebot.models.low_rank import Correction, read_corrections
from voicebot.models.onnx_graph import FUSED, GraphBuilder

VERSION = 1
"""Raise it when the graph changes: judges built by an older one are then built again."""

MOST_TOKENS = 2048
"""Of a run: onnxruntime wants a row of its table for each, though positions stay far below it."""

_YES, _NO = "Ġyes", "Ġno"
_PAGE = 4096  # onnxruntime maps what begins at a multiple of it, else it reads it
_ROWS = 8192  # of the words' table at a time
_ACTIVATION_STEPS = 127
# Without VNNI two products of bytes are added in 16 bits: 2 * 255 * 63 fits, with 127 it does not.
_WEIGHT_STEPS = 63
_WORD_STEPS = 127  # these are not multiplied as bytes

_INPUTS: dict[str, list[int | str]] = {
    "ids": [1, "T"],
    "pos": [1, "T"],
    "mask": ["S", 1, "L", "K"],
    "slots": ["S", "L"],
    "keys": ["S", "K"],
    "back": ["T"],
    "ends": ["N"],
}


@dataclass(frozen=True)
class Qwen2Shape:
    layers: int
    heads: int
    shared_heads: int
    """For keys and values; each serves heads / shared_heads of the heads."""
    dim: int
    epsilon: float
    rope_base: float

    @property
    def group(self) -> int:
        return self.heads // self.shared_heads

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads


def build_judge(gguf: Path, corrections: Path, into: Path) -> None:
    """Write the graph, and the large weights beside it into a file that is called as it with
    ".data" behind. corrections: see `low_rank`, by the GGUF's names without ".weight".

    Holds one layer's weight at a time. Raises ModelError, OSError if it cannot be written.
    """
    source = GgufFile(gguf)
    shape = read_shape(source)
    found = read_corrections(corrections)
    data = into.with_name(f"{into.name}.data")
    with data.open("wb") as file:
        graph = _Graph(source, shape, found, file, data.name)
        graph.begin()
        for layer in range(shape.layers):
            graph.layer(layer, last=layer == shape.layers - 1)
        graph.end()
    if found.keys() - graph.corrected:
        names = ", ".join(sorted(found.keys() - graph.corrected))
        raise ModelError(f"{corrections} corrects what {gguf} does not have: {names}")
    into.write_bytes(graph.serialized())


def read_shape(source: GgufFile) -> Qwen2Shape:
    """Raises ModelError for a model that cannot be built."""
    kind = source.field("general.architecture")
    if kind != "qwen2":
        raise ModelError(f"no judge can be built from {source.path}: only qwen2, not {kind}")
    own = "qwen2.attention"
    return Qwen2Shape(
        layers=int(source.field("qwen2.block_count")),
        heads=int(source.field(f"{own}.head_count")),
        shared_heads=int(source.field(f"{own}.head_count_kv")),
        dim=int(source.field("qwen2.embedding_length")),
        epsilon=float(source.field(f"{own}.layer_norm_rms_epsilon")),
        rope_base=float(source.field("qwen2.rope.freq_base")),
    )


@dataclass(frozen=True)
class _Bytes:
    """Tensors (1, T, inputs) as bytes, and (1, T, 1) that they are to be multiplied by."""

    rounded: str
    scale: str


class _Graph(GraphBuilder):
    """`normed` and `residual` are the names of tensors (1, T, dim) so far; (1, N, dim) from the
    attention of the last layer on."""

    def __init__(
        self,
        source: GgufFile,
        shape: Qwen2Shape,
        corrections: Mapping[str, Correction],
        file: IO[bytes],
        location: str,
    ) -> None:
        super().__init__()
        self.source = source
        self.shape = shape
        self.corrections = corrections
        self.corrected: set[str] = set()
        self.file = file
        self.location = location
        self.normed = self.residual = ""
        self.queries = self.shape_of("queries", -1, shape.shared_heads, shape.group, shape.head_dim)
        self.shared = self.shape_of("shared", -1, shape.shared_heads, shape.head_dim)
        # 0: as it is.
        self.grouped = self.shape_of("grouped", 0, shape.shared_heads, -1, shape.head_dim)
        self.parted = self.shape_of(
            "parted", 0, shape.shared_heads, shape.group, -1, shape.head_dim
        )
        self.flat = self.shape_of("flat", -1, shape.dim)

    def shape_of(self, name: str, *sizes: int) -> str:
        return self.constant(f"shape.{name}", np.array(sizes, np.int64))

    def mapped(self, name: str, value: NDArray[Any]) -> str:
        """A constant that is kept in the file beside the graph."""
        start = self.next_page()
        self.file.write(value.tobytes())
        return self.declare(name, value.dtype, value.shape, start)

    def next_page(self) -> int:
        at = self.file.tell()
        self.file.write(b"\0" * (-at % _PAGE))
        return self.file.tell()

    def declare(self, name: str, dtype: Any, shape: tuple[int, ...], start: int) -> str:
        """A constant out of what was written from `start` on."""
        from onnx import TensorProto, helper

        tensor = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(dtype))
        tensor.dims.extend(shape)
        tensor.data_location = TensorProto.EXTERNAL
        length = self.file.tell() - start
        where = {"location": self.location, "offset": str(start), "length": str(length)}
        for key, value in where.items():
            tensor.external_data.add(key=key, value=value)
        self.constants[name] = tensor
        return name

    def begin(self) -> None:
        """The words, and what all layers need."""
        table, scales = self.words()
        rounded = self.node("Gather", [table, "ids"], "word.rounded")
        as_float = self.node("Cast", [rounded], "word.float", to=1)
        scale = self.node("Gather", [scales, "ids"], "word.scale")
        self.residual = self.node("Mul", [as_float, scale], "word")
        weight = self.constant("blk.0.attn_norm", self.source.weights("blk.0.attn_norm.weight"))
        self.normed = self.node(
            "SimplifiedLayerNormalization", [self.residual, weight], "blk.0.normed",
            axis=-1, epsilon=self.shape.epsilon,
        )  # fmt: skip
        size = self.shape.head_dim
        speeds = self.shape.rope_base ** (-np.arange(0, size, 2) / size)
        angles = np.arange(MOST_TOKENS)[:, None] * speeds
        self.constant("cos", np.cos(angles).astype(np.float32))
        self.constant("sin", np.sin(angles).astype(np.float32))
        self.constant("step", np.array(1 / _ACTIVATION_STEPS, np.float32))
        self.constant("middle", np.array(128, np.uint8))
        # Those heads that share keys are rows of one product, one behind the other.
        times = self.constant("times", np.array([1, 1, self.shape.group, 1], np.int64))
        self.node("Tile", ["mask", times], "grouped.mask")
        first = self.constant("first", np.array([0], np.int64))
        self.node("Unsqueeze", ["back", first], "all.back")
        self.node("Gather", ["all.back", "ends"], "ends.back", axis=1)

    def words(self) -> tuple[str, str]:
        """Their table, and a scale for each."""
        name = "token_embd.weight"
        count = self.source.height(name)
        start = self.next_page()
        scales = []
        for row in range(0, count, _ROWS):
            words = self.source.weights(name, slice(row, row + _ROWS))
            rounded, scale = _rounded(words, _WORD_STEPS)
            self.file.write(rounded.tobytes())
            scales.append(scale)
        table = self.declare("words", np.dtype(np.int8), (count, self.shape.dim), start)
        return table, self.constant("words.scale", np.concatenate(scales)[:, None])

    def layer(self, number: int, *, last: bool) -> None:
        at = f"blk.{number}"
        mixed = self.attention(at, "ends.back" if last else "all.back")
        if last:
            # From here on a token's result is its own alone, and only these are wanted.
            self.residual = self.node("Gather", [self.residual, "ends"], f"{at}.asked", axis=1)
        self.add(self.product(f"{at}.attn_output", self.rounded(mixed)), f"{at}.ffn_norm")
        following = "output_norm" if last else f"blk.{number + 1}.attn_norm"
        self.add(self.feed_forward(at), following)

    def attention(self, at: str, back: str) -> str:
        source = self.rounded(self.normed)
        scale = self.shape.head_dim**-0.5
        q = self.rotated(self.biased(f"{at}.attn_q", source, scale))
        k = self.rotated(self.biased(f"{at}.attn_k", source))
        v = self.biased(f"{at}.attn_v", source)
        q = self.laid_out(q, self.queries, "slots", [0, 2, 3, 1, 4])
        q = self.node("Reshape", [q, self.grouped], f"{q}.grouped")
        k = self.laid_out(k, self.shared, "keys", [0, 2, 3, 1])
        v = self.laid_out(v, self.shared, "keys", [0, 2, 1, 3])
        scores = self.node("MatMul", [q, k], f"{at}.scores")
        seen = self.node("Add", [scores, "grouped.mask"], f"{at}.seen")
        weights = self.node("Softmax", [seen], f"{at}.attention", axis=-1)
        mixed = self.node("MatMul", [weights, v], f"{at}.mixed")
        parted = self.node("Reshape", [mixed, self.parted], f"{at}.parted")
        placed = self.node("Transpose", [parted], f"{at}.placed", perm=[0, 3, 1, 2, 4])
        flat = self.node("Reshape", [placed, self.flat], f"{at}.flat")
        return self.node("Gather", [flat, back], f"{at}.attended", axis=0)

    def rotated(self, source: str) -> str:
        return self.node(
            "RotaryEmbedding", [source, "pos", "cos", "sin"], f"{source}.turned", FUSED
        )

    def laid_out(self, source: str, shape: str, places: str, order: list[int]) -> str:
        heads = self.node("Reshape", [source, shape], f"{source}.heads")
        placed = self.node("Gather", [heads, places], f"{source}.placed", axis=0)
        return self.node("Transpose", [placed], f"{source}.laid", perm=order)

    def feed_forward(self, at: str) -> str:
        source = self.rounded(self.normed)
        gate = self.product(f"{at}.ffn_gate", source)
        opened = self.node("QuickGelu", [gate], f"{at}.open", FUSED, alpha=1.0)  # SiLU
        # Each token's number that would bring this one to scale may as well come at the end.
        raised = self.unscaled(f"{at}.ffn_up", source)
        inner = self.rounded(self.node("Mul", [opened, raised], f"{at}.inner"))
        scale = self.node("Mul", [inner.scale, source.scale], f"{at}.inner.all_scale")
        return self.product(f"{at}.ffn_down", _Bytes(inner.rounded, scale))

    def rounded(self, source: str) -> _Bytes:
        absolute = self.node("Abs", [source], f"{source}.abs")
        largest = self.node("ReduceMax", [absolute], f"{source}.max", axes=[-1])
        share = self.node("Div", [source, largest], f"{source}.share")
        rounded = self.node("QuantizeLinear", [share, "step", "middle"], f"{source}.rounded")
        return _Bytes(rounded, largest)

    def unscaled(self, name: str, source: _Bytes, scale: float = 1.0) -> str:
        weight = self.source.weights(f"{name}.weight")
        if (correction := self.corrections.get(name)) is not None:
            weight = correction.applied_to(weight)
            self.corrected.add(name)
        rounded, steps = _rounded(weight, _WEIGHT_STEPS)
        inputs = [
            source.rounded,
            self.mapped(f"{name}.weight", rounded.T),
            "step",
            self.constant(f"{name}.steps", steps * np.float32(scale)),
            "middle",
        ]
        return self.node("MatMulIntegerToFloat", inputs, f"{name}.unscaled", FUSED)

    def product(self, name: str, source: _Bytes, scale: float = 1.0) -> str:
        unscaled = self.unscaled(name, source, scale)
        return self.node("Mul", [unscaled, source.scale], f"{name}.product")

    def biased(self, name: str, source: _Bytes, scale: float = 1.0) -> str:
        """scale: what comes out is multiplied by it."""
        bias = self.source.weights(f"{name}.bias") * np.float32(scale)
        product = self.product(name, source, scale)
        return self.node("Add", [product, self.constant(f"{name}.bias", bias)], f"{name}.sum")

    def add(self, product: str, norm: str) -> None:
        weight = self.constant(norm, self.source.weights(f"{norm}.weight"))
        total = f"{product}.total"
        self.normed = self.node(
            "SkipSimplifiedLayerNormalization", [product, self.residual, weight],
            f"{product}.normed", FUSED, more=["", "", total], epsilon=self.shape.epsilon,
        )  # fmt: skip
        self.residual = total

    def end(self) -> None:
        tokens = self.source.field("tokenizer.ggml.tokens")
        missing = [token for token in (_YES, _NO) if token not in tokens]
        if missing:
            raise ModelError(f"{self.source.path} has no token {missing[0]!r}")
        tied = "output.weight" not in self.source
        head = "token_embd.weight" if tied else "output.weight"
        yes, no = self.source.weights(head, [tokens.index(_YES), tokens.index(_NO)])
        difference = self.constant("difference", yes - no)
        first = self.node("Squeeze", [self.normed, "first"], "asked")
        self.node("MatMul", [first, difference], "odds")

    def serialized(self) -> bytes:
        from onnx import TensorProto, helper

        inputs = [
            helper.make_tensor_value_info(
                name, TensorProto.FLOAT if name == "mask" else TensorProto.INT64, sizes
            )
            for name, sizes in _INPUTS.items()
        ]
        odds = helper.make_tensor_value_info("odds", TensorProto.FLOAT, ["N"])
        written: bytes = self.model("judge", inputs, [odds]).SerializeToString()
        return written


def _rounded(
    weight: NDArray[np.float32], steps: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Each row as up to so many steps on either side of 0, and what a step of it stands for."""
    largest = np.abs(weight).max(axis=1)
    step = np.where(largest > 0, largest / steps, 1).astype(np.float32)
    return np.rint(weight / step[:, None]).astype(np.int8), step
