from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from voicebot.backends.onnx_session import open_session
from voicebot.backends.sentence_transformers import OnnxEmbedder, with_output
from voicebot.errors import EmbeddingError, ModelError

REFERENCE = Path(__file__).parents[2] / "models" / "all-MiniLM-L6-v2.vectors.npz"


@pytest.mark.models
async def test_agrees_with_the_original_model(embedder: OnnxEmbedder) -> None:
    with np.load(REFERENCE, allow_pickle=False) as data:
        sentences, wanted = [str(text) for text in data["sentences"]], data["vectors"]
    vectors = await embedder.embed(sentences)
    assert vectors.shape == wanted.shape
    assert np.abs(vectors - wanted).max() < 1e-4


@pytest.mark.models
async def test_order_is_kept_over_batches_of_all_lengths(embedder: OnnxEmbedder) -> None:
    texts = ["kettle " * (1 + (7 * number) % 30) + str(number) for number in range(40)]
    together = await embedder.embed(texts)
    assert together.shape == (40, embedder.dimension) == (40, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-4)
    for number in (0, 17, 39):
        assert np.allclose(together[number], (await embedder.embed([texts[number]]))[0], atol=1e-4)


@pytest.mark.models
async def test_like_means_near(embedder: OnnxEmbedder) -> None:
    one, other, far = await embedder.embed(
        ["Where is my parcel?", "When does my package arrive?", "This lamp is made of glass."]
    )
    assert one @ other > one @ far + 0.2


@pytest.mark.models
async def test_nothing_and_too_much(embedder: OnnxEmbedder) -> None:
    assert (await embedder.embed([])).shape == (0, 384)
    assert (await embedder.embed(["", "word " * 5000])).shape == (2, 384)
    assert embedder.name == "all-MiniLM-L6-v2"


@pytest.mark.models
async def test_tokens_are_those_of_the_text_whatever_it_is_read_with(
    embedder: OnnxEmbedder,
) -> None:
    asked = "Where is my parcel?"
    alone, among = (
        (await embedder.tokens([asked]))[0],
        (await embedder.tokens(["x " * 40, asked]))[1],
    )
    assert alone.texts == among.texts == ("where", "is", "my", "parcel", "?")
    assert np.allclose(np.linalg.norm(alone.vectors, axis=1), 1.0, atol=1e-4)
    assert np.allclose(alone.vectors, among.vectors, atol=1e-4)
    assert (await embedder.tokens([""]))[0].vectors.shape == (0, 384)


@pytest.mark.models
async def test_a_token_means_what_it_means_where_it_stands(embedder: OnnxEmbedder) -> None:
    kept, bar, metal = await embedder.tokens(
        ["My money is in the bar of gold.", "We drink in the bar.", "This ingot of gold is heavy."]
    )
    gold = metal.vectors[metal.texts.index("gold")]
    in_gold, in_drink = (one.vectors[one.texts.index("bar")] for one in (kept, bar))
    assert in_gold @ gold > in_drink @ gold


@pytest.mark.models
async def test_the_librarys_errors_become_ours(
    embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(embedder, "_run", broken)
    with pytest.raises(EmbeddingError, match="no memory"):
        await embedder.embed(["x"])


def test_a_folder_without_the_model_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models verify"):
        OnnxEmbedder(tmp_path)


def test_a_tensor_inside_a_model_becomes_an_output() -> None:
    floats = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["inner"]), helper.make_node("Neg", ["inner"], ["y"])],
        "twice",
        [floats("x", TensorProto.FLOAT, ["n"])],
        [floats("y", TensorProto.FLOAT, ["n"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = open_session(with_output(model.SerializeToString(), "inner"))
    feed = {"x": np.array([1, 2], np.float32)}
    outer, inner = session.run(["y", "inner"], feed)
    assert outer.tolist() == [1, 2]
    assert inner.tolist() == [-1, -2]
