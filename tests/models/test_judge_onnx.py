"""The built judge against Qwen2 written out in numpy, with random weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from tests.models.tiny_qwen2 import (
    DIM,
    EPSILON,
    HEAD_DIM,
    HEADS,
    LAYERS,
    NO,
    ROPE_BASE,
    SHARED_HEADS,
    TOKENS,
    YES,
    Array,
    random_corrections,
    random_weights,
    write_gguf,
    write_tiny,
)
from voicebot.errors import ModelError
from voicebot.models.judge_onnx import build_judge
from voicebot.models.low_rank import Correction, write_corrections

FAULTS = (
    "rope of pairs",
    "positions from 0",
    "texts see later tokens",
    "no biases",
    "no corrections",
    "one correction lost",
    "heads in another order",
    "unscaled attention",
    "yes and no changed",
)
ROUGHNESS = 0.06
"""Root mean square of the difference, in standard deviations, that rounding to bytes may make: 0.04
was measured, and 0.19 for the least of the faults."""


def corrected(weights: dict[str, Array], without: str = "") -> dict[str, Array]:
    found = dict(weights)
    for name, one in random_corrections().items():
        if name != without:
            found[f"{name}.weight"] = one.applied_to(weights[f"{name}.weight"])
    return found


def odds_of(w: dict[str, Array], prompt: Sequence[int], beginning: int, fault: str = "") -> float:
    """By one prompt alone, in float64; beginning: how many of its tokens are the question's. fault:
    what is computed wrongly."""
    count = len(prompt)
    places = np.arange(count)
    positions = np.where(places < beginning, places, places - beginning)
    angles = (positions if fault == "positions from 0" else places)[:, None] * ROPE_BASE ** -(
        np.arange(0, HEAD_DIM, 2) / HEAD_DIM
    )

    def norm(x: Any, name: str) -> Any:
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + EPSILON) * w[f"{name}.weight"]

    def linear(x: Any, name: str) -> Any:
        bias = 0 if fault == "no biases" else w.get(f"{name}.bias", 0)
        return x @ w[f"{name}.weight"].T.astype(np.float64) + bias

    def heads(x: Any, times: int = 1) -> Any:
        parts = x.reshape(count, -1, HEAD_DIM).swapaxes(0, 1)
        if fault == "heads in another order":
            return np.tile(parts, (times, 1, 1))
        return np.repeat(parts, times, 0)

    def turned(x: Any) -> Any:
        if fault == "rope of pairs":
            one, other = x[..., ::2], x[..., 1::2]
        else:
            one, other = np.split(x, 2, -1)
        cos, sin = np.cos(angles), np.sin(angles)
        return np.concatenate([one * cos - other * sin, other * cos + one * sin], -1)

    unseen = places[:, None] < places
    if fault == "texts see later tokens":
        unseen &= places[:, None] < beginning
    x = w["token_embd.weight"][list(prompt)].astype(np.float64)
    for layer in range(LAYERS):
        at = f"blk.{layer}"
        inner = norm(x, f"{at}.attn_norm")
        q = turned(heads(linear(inner, f"{at}.attn_q")))
        k = turned(heads(linear(inner, f"{at}.attn_k"), HEADS // SHARED_HEADS))
        v = heads(linear(inner, f"{at}.attn_v"), HEADS // SHARED_HEADS)
        scale = 1 if fault == "unscaled attention" else HEAD_DIM**-0.5
        scores = np.exp(np.where(unseen, -np.inf, q @ k.swapaxes(1, 2) * scale))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ v
        x = x + linear(mixed.swapaxes(0, 1).reshape(count, DIM), f"{at}.attn_output")
        inner = norm(x, f"{at}.ffn_norm")
        gate = linear(inner, f"{at}.ffn_gate")
        inner = gate / (1 + np.exp(-gate)) * linear(inner, f"{at}.ffn_up")
        x = x + linear(inner, f"{at}.ffn_down")
    head = w.get("output.weight", w["token_embd.weight"])
    yes, no = (NO, YES) if fault == "yes and no changed" else (YES, NO)
    return float(norm(x[-1], "output_norm") @ (head[yes] - head[no]))


def inputs(question: Sequence[int], texts: Sequence[Sequence[int]]) -> dict[str, NDArray[Any]]:
    """As the module's docstring has them."""
    segments = [question, *texts]
    shared, longest = len(question), max(map(len, segments))
    slots = np.zeros((len(segments), longest), np.int64)
    keys = np.zeros((len(segments), shared + longest), np.int64)
    keys[:, :shared] = range(shared)
    mask = np.full((len(segments), 1, longest, shared + longest), -1e9, np.float32)
    ids: list[int] = []
    pos, back, ends = [], [], []
    for row, segment in enumerate(segments):
        for place, token in enumerate(segment):
            slots[row, place] = keys[row, shared + place] = len(ids)
            mask[row, 0, place, shared : shared + place + 1] = 0
            if row:
                mask[row, 0, place, :shared] = 0
            pos.append(place + (shared if row else 0))
            back.append(row * longest + place)
            ids.append(token)
        ends.append(len(ids) - 1)
    rows = {"ids": np.array([ids]), "pos": np.array([pos]), "back": np.array(back)}
    return {**rows, "slots": slots, "keys": keys, "mask": mask, "ends": np.array(ends[1:])}


def opened(file: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(file))


def runs() -> list[tuple[list[int], list[list[int]]]]:
    """Questions with texts, each of another length."""
    random = np.random.default_rng(11)

    def tokens(least: int, most: int) -> list[int]:
        count = int(random.integers(least, most))
        return [int(token) for token in random.integers(0, len(TOKENS), count)]

    return [(tokens(3, 12), [tokens(1, 15) for _ in range(9)]) for _ in range(6)]


def difference(got: list[float], wanted: list[float]) -> float:
    """Root mean square, in standard deviations of what is wanted."""
    return float(np.sqrt(np.mean((np.array(got) - wanted) ** 2)) / np.std(wanted))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judge")
    build_judge(*write_tiny(folder), folder / "judge.onnx")
    return folder / "judge.onnx"


@pytest.fixture(scope="module")
def got(built: Path) -> list[float]:
    session = opened(built)
    return [odds for run in runs() for odds in session.run(["odds"], inputs(*run))[0].tolist()]


def wanted(weights: dict[str, Array], fault: str = "") -> list[float]:
    return [
        odds_of(weights, [*question, *text], len(question), fault)
        for question, texts in runs()
        for text in texts
    ]


def test_the_graph_computes_qwen2(got: list[float]) -> None:
    assert difference(got, wanted(corrected(random_weights()))) < ROUGHNESS


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_could_pass_for_rounding(got: list[float], fault: str) -> None:
    weights = random_weights()
    if fault == "one correction lost":
        weights = corrected(weights, without="blk.1.attn_v")
    elif fault != "no corrections":
        weights = corrected(weights)
    assert difference(got, wanted(weights, fault)) > 2 * ROUGHNESS


def test_a_head_of_its_own_and_packed_weights(tmp_path: Path) -> None:
    weights = random_weights(tied=False)
    model, fits = tmp_path / "tiny.gguf", tmp_path / "fit.npz"
    packed = [
        name for name in weights if "ffn_gate" in name or name.startswith(("token", "output."))
    ]
    write_gguf(model, weights, packed=packed)
    write_corrections(fits, random_corrections())
    build_judge(model, fits, tmp_path / "judge.onnx")
    session = opened(tmp_path / "judge.onnx")
    found = [odds for run in runs() for odds in session.run(["odds"], inputs(*run))[0].tolist()]
    assert difference(found, wanted(corrected(weights))) < ROUGHNESS
    assert difference(found, wanted(corrected(random_weights()))) > 2 * ROUGHNESS


def test_a_text_is_judged_alone_as_among_others(built: Path, got: list[float]) -> None:
    session = opened(built)
    alone = [
        session.run(["odds"], inputs(question, [text]))[0].item()
        for question, texts in runs()
        for text in texts
    ]
    assert difference(got, alone) < ROUGHNESS / 10


def test_large_weights_lie_beside_the_graph_where_they_can_be_mapped(built: Path) -> None:
    graph = onnx.load(built, load_external_data=False).graph
    external = [one for one in graph.initializer if one.external_data]
    assert len(external) == 1 + 7 * LAYERS
    for one in external:
        where = {entry.key: entry.value for entry in one.external_data}
        assert where["location"] == "judge.onnx.data"
        assert int(where["offset"]) % 4096 == 0
    # What processors without VNNI can add up.
    weights = [onnx.numpy_helper.to_array(one, str(built.parent)) for one in external]
    assert {int(np.abs(one.astype(int)).max()) for one in weights[1:]} == {63}


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    model, fits = write_tiny(tmp_path)
    write_gguf(model, random_weights(), architecture="llama")
    with pytest.raises(ModelError, match="only qwen2, not llama"):
        build_judge(model, fits, tmp_path / "judge.onnx")


@pytest.mark.parametrize(
    "name",
    ["blk.1.ffn_down.weight", "blk.0.attn_q.bias", "token_embd.weight", "output_norm.weight"],
)
def test_missing_weights_are_named(tmp_path: Path, name: str) -> None:
    weights = random_weights()
    del weights[name]
    model, fits = write_tiny(tmp_path)
    write_gguf(model, weights)
    with pytest.raises(ModelError, match=f"holds no weights '{name}'"):
        build_judge(model, fits, tmp_path / "judge.onnx")


def test_a_model_without_the_answers_tokens_is_refused(tmp_path: Path) -> None:
    model, fits = write_tiny(tmp_path)
    write_gguf(model, random_weights(), tokens=["yes", *TOKENS[1:-1], "no"])
    with pytest.raises(ModelError, match="has no token 'Ġyes'"):
        build_judge(model, fits, tmp_path / "judge.onnx")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.03, 0.5, 0.99])
def test_a_torn_file_is_refused(tmp_path: Path, share: float) -> None:
    model, fits = write_tiny(tmp_path)
    content = model.read_bytes()
    model.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelError, match=r"tiny\.gguf"):
        build_judge(model, fits, tmp_path / "judge.onnx")


def test_corrections_that_do_not_belong_to_the_model_are_refused(tmp_path: Path) -> None:
    model, fits = write_tiny(tmp_path)
    one = random_corrections()["blk.0.attn_output"]
    write_corrections(fits, {"blk.9.attn_output": one})
    with pytest.raises(ModelError, match=r"does not have: blk\.9\.attn_output"):
        build_judge(model, fits, tmp_path / "judge.onnx")
    write_corrections(fits, {"blk.0.attn_output": Correction(one.down[1:], one.up)})
    with pytest.raises(ModelError, match="does not fit"):
        build_judge(model, fits, tmp_path / "judge.onnx")
    fits.unlink()
    with pytest.raises(ModelError, match="cannot read the corrections"):
        build_judge(model, fits, tmp_path / "judge.onnx")
