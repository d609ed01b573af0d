"""The built embedder against BERT written out in numpy, with random weights."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from voicebot.errors import ModelError
from voicebot.models.embedder_check import check_embedder
from voicebot.models.low_rank import Correction, fitted_name, write_corrections
from voicebot.models.minilm_onnx import build_embedder
from voicebot.models.safetensors_file import read_safetensors
from voicebot.models.store import ModelStore

DIM, INNER, HEADS, LAYERS, WORDS, LENGTH = 24, 40, 3, 2, 50, 16
Array = NDArray[np.float32]


def random_weights() -> dict[str, Array]:
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (WORDS, DIM),
        "embeddings.position_embeddings.weight": (LENGTH, DIM),
        "embeddings.token_type_embeddings.weight": (2, DIM),
        **norm("embeddings.LayerNorm"),
    }
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            shapes |= linear(f"{at}.attention.self.{part}", DIM, DIM)
        shapes |= linear(f"{at}.attention.output.dense", DIM, DIM)
        shapes |= norm(f"{at}.attention.output.LayerNorm")
        shapes |= linear(f"{at}.intermediate.dense", INNER, DIM)
        shapes |= linear(f"{at}.output.dense", DIM, INNER)
        shapes |= norm(f"{at}.output.LayerNorm")
    return {k: random.normal(0, 0.5, shape).astype(np.float32) for k, shape in shapes.items()}


def norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (DIM,), f"{name}.bias": (DIM,)}


def linear(name: str, out: int, into: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def write_model(folder: Path, weights: dict[str, Array], pooling: str, prefix: str = "") -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    blob = b""
    for name, value in weights.items():
        offsets = [len(blob), len(blob) + value.nbytes]
        entry = {"dtype": "F32", "shape": value.shape, "data_offsets": offsets}
        header[prefix + name] = entry
        blob += value.tobytes()
    head = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + blob)
    config = {"model_type": "bert", "hidden_act": "gelu", "layer_norm_eps": 1e-12}
    config |= {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "1_Pooling").mkdir()
    kind = {"pooling_mode_cls_token": pooling == "cls"}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(kind))


def reference(w: dict[str, Array], ids: NDArray[np.int64], length: int, pooling: str) -> Array:
    """One sentence of `length` tokens, without padding, in float64."""

    def dense(x: Any, name: str) -> Any:
        return x @ w[f"{name}.weight"].T.astype(np.float64) + w[f"{name}.bias"]

    def layer_norm(x: Any, name: str) -> Any:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][ids[:length]].astype(np.float64)
    x = x + w["embeddings.position_embeddings.weight"][:length]
    x = layer_norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        q, k, v = (
            dense(x, f"{at}.attention.self.{part}").reshape(length, HEADS, -1).swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        scores = np.exp(q @ k.swapaxes(1, 2) / math.sqrt(DIM / HEADS))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ v
        mixed = dense(mixed.swapaxes(0, 1).reshape(length, DIM), f"{at}.attention.output.dense")
        x = layer_norm(x + mixed, f"{at}.attention.output.LayerNorm")
        inner = dense(x, f"{at}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = layer_norm(x + dense(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")
    pooled = x[0] if pooling == "cls" else x.mean(0)
    result: Array = (pooled / np.linalg.norm(pooled)).astype(np.float32)
    return result


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("prefix", ["", "bert."])
def test_the_graph_computes_bert(tmp_path: Path, pooling: str, prefix: str) -> None:
    weights = random_weights()
    write_model(tmp_path, weights, pooling, prefix)
    session = onnxruntime.InferenceSession(build_embedder(tmp_path))
    ids = np.random.default_rng(3).integers(0, WORDS, (3, 11))
    lengths = [11, 4, 1]
    mask = np.array([[int(i < n) for i in range(11)] for n in lengths], np.int64)
    got = session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})[0]
    wanted = [reference(weights, row, n, pooling) for row, n in zip(ids, lengths, strict=True)]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, wanted, atol=2e-6)


def test_corrections_make_further_outputs_and_leave_the_first(tmp_path: Path) -> None:
    weights = random_weights()
    write_model(tmp_path, weights, "mean")
    random = np.random.default_rng(5)
    # The second begins above the first: it shares that layer with the plain output.
    fits = {
        "verdict": f"encoder.layer.{LAYERS - 2}.intermediate.dense",
        "answering": f"encoder.layer.{LAYERS - 1}.intermediate.dense",
    }
    files, wanted = {}, {"embedding": weights}
    for output, name in fits.items():
        down = random.normal(0, 0.5, (DIM, 2)).astype(np.float16).astype(np.float32)
        up = random.normal(0, 0.5, (2, INNER)).astype(np.float16).astype(np.float32)
        files[output] = tmp_path / f"{output}.npz"
        write_corrections(files[output], {name: Correction(down, up)})
        wanted[output] = weights | {f"{name}.weight": weights[f"{name}.weight"] + (down @ up).T}
    session = onnxruntime.InferenceSession(build_embedder(tmp_path, files))
    ids = random.integers(0, WORDS, (1, 9))
    feed = {"input_ids": ids, "attention_mask": np.ones((1, 9), np.int64)}
    got = dict(zip(wanted, session.run([*wanted], feed), strict=True))
    for output, its_weights in wanted.items():
        np.testing.assert_allclose(
            got[output][0], reference(its_weights, ids[0], 9, "mean"), atol=2e-6
        )
    assert np.abs(got["embedding"] - got["answering"]).max() > 0.01
    assert np.abs(got["verdict"] - got["answering"]).max() > 0.01
    assert session.get_modelmeta().custom_metadata_map == {
        output: fitted_name(tmp_path.name, file) for output, file in files.items()
    }


def test_a_missing_weight_is_named(tmp_path: Path) -> None:
    weights = random_weights()
    del weights["encoder.layer.1.output.dense.bias"]
    write_model(tmp_path, weights, "mean")
    with pytest.raises(ModelError, match=r"hold no 'encoder.layer.1.output.dense.bias'"):
        build_embedder(tmp_path)


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    write_model(tmp_path, random_weights(), "mean")
    (tmp_path / "config.json").write_text('{"model_type": "t5", "hidden_act": "relu"}')
    with pytest.raises(ModelError, match="only BERT"):
        build_embedder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x00" * 8, b"\xff" * 20, b"\x02" + b"\x00" * 7 + b"[]"])
def test_no_safetensors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="no readable safetensors"):
        read_safetensors(path)


@pytest.mark.models
def test_minilm_as_built_here_answers_as_the_original() -> None:
    store = ModelStore()
    name = store.profile("small").embedding
    directory = store.directory(name)
    reference_file = store.manifest.path.parent / "all-MiniLM-L6-v2.vectors.npz"
    check_embedder(store.file(name, ".onnx"), directory, reference_file)
    with pytest.raises(ModelError, match="cannot read the reference"):
        check_embedder(store.file(name, ".onnx"), directory, directory / "config.json")
