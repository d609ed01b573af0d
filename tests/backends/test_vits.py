import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.backends.conftest import model_path
from voicebot.backends.onnx_session import open_session
from voicebot.backends.vits import REST, VitsVoice, spans
from voicebot.errors import ModelError

VOICE = model_path("en_US-joe-medium", "en_US-joe-medium.onnx")


@given(st.integers(0, 3000))
def test_the_pieces_are_the_whole_and_none_is_hardly_any(frames: int) -> None:
    pieces = list(spans(frames))
    assert list(itertools.chain(*(range(*piece) for piece in pieces))) == list(range(frames))
    lengths = [last - first for first, last in pieces]
    assert all(length > REST for length in lengths[1:])


@pytest.mark.models
@pytest.mark.parametrize("repeated", [1, 5, 30])
def test_pieces_sound_as_the_whole_does(repeated: int, tmp_path: Path) -> None:
    ids = json.loads(Path(f"{VOICE}.json").read_text())["phoneme_id_map"]
    phonemes = [
        ids["^"][0],
        *[ids[x][0] for x in "hɛlˈəʊ ðˈɛə " * repeated if x in ids],
        ids["$"][0],
    ]
    inputs: dict[str, NDArray[Any]] = {
        "input": np.array([phonemes], np.int64),
        "input_lengths": np.array([len(phonemes)], np.int64),
        "scales": np.array([0.0, 1.0, 0.0], np.float32),  # without its noise
    }
    whole = open_session(VOICE).run(None, inputs)[0].reshape(-1)
    pieces, lengths = zip(*VitsVoice(VOICE, kept=tmp_path).speak(inputs), strict=True)
    assert set(lengths) == {len(whole)}
    assert len(pieces) > 1 or repeated == 1
    assert np.allclose(np.concatenate(pieces), whole, atol=1e-5)


def graph(folder: Path) -> Path:
    """A voice whose two halves have no names."""
    node = onnx.helper.make_node("Identity", ["input"], ["output"], name="Identity_0")
    value = onnx.helper.make_tensor_value_info
    kind = onnx.TensorProto.FLOAT
    made = onnx.helper.make_graph(
        [node], "g", [value("input", kind, [1, None])], [value("output", kind, [1, None])]
    )
    file = folder / "voice.onnx"
    opset = onnx.helper.make_opsetid("", 15)
    onnx.save(onnx.helper.make_model(made, opset_imports=[opset], ir_version=8), str(file))
    return file


def test_a_voice_that_cannot_be_parted_speaks_in_one_piece(tmp_path: Path) -> None:
    sound = np.ones((1, 5000), np.float32)
    ((wave, length),) = VitsVoice(graph(tmp_path), kept=tmp_path / "kept").speak({"input": sound})
    assert length == len(wave) == 5000


def test_what_is_no_graph_is_told(tmp_path: Path) -> None:
    file = tmp_path / "voice.onnx"
    file.write_bytes(b"not a graph")
    with pytest.raises(ModelError, match=r"cannot load .*voice\.onnx"):
        VitsVoice(file, kept=tmp_path / "kept")
