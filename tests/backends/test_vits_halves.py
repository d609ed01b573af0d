import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from voicebot.backends import vits_halves
from voicebot.backends.vits_halves import Halves, halves, keep
from voicebot.errors import ModelError


def voice(folder: Path, *, name: str = "/dec/Neg", typed: bool = True) -> Path:
    """Two nodes, the second in the decoder. typed: whether it says what goes between them."""
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Abs", ["input"], ["frames"], name="/enc/Abs"),
        helper.make_node("Neg", ["frames"], ["output"], name=name),
    ]
    names = ("input", "frames", "output")
    first, frames, last = (value(one, TensorProto.FLOAT, [1, None]) for one in names)
    graph = helper.make_graph(nodes, "g", [first], [last], value_info=[frames] if typed else [])
    file = folder / "voice.onnx"
    opset = helper.make_opsetid("", 15)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), str(file))
    return file


def files(kept: Path) -> list[str]:
    return sorted(str(file.relative_to(kept)) for file in kept.rglob("*") if file.is_file())


def test_a_voice_is_parted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, kept = voice(tmp_path), tmp_path / "kept"
    first = halves(model, kept)
    assert first.between == ("frames",)
    assert isinstance(first.encoder, Path)
    assert isinstance(first.decoder, Path)
    assert [node.op_type for node in onnx.load(str(first.decoder)).graph.node] == ["Neg"]
    monkeypatch.setattr(vits_halves, "_part_aside", lambda *_: pytest.fail("parted again"))
    assert halves(model, kept) == first


def test_another_file_by_that_name_is_another_voice(tmp_path: Path) -> None:
    model, kept = voice(tmp_path), tmp_path / "kept"
    former = halves(model, kept)
    os.utime(model, ns=(1, 1))
    now = halves(model, kept)
    assert now != former
    assert len(files(kept)) == 3  # of the former nothing is left


def test_where_nothing_can_be_kept_it_is_parted_all_the_same(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("no folder")
    found = halves(voice(tmp_path), kept)
    assert found.between == ("frames",)
    assert isinstance(found.encoder, bytes)


@pytest.mark.parametrize(("name", "typed"), [("/other/Neg", True), ("/dec/Neg", False)])
def test_what_cannot_be_parted_is_known_as_such(
    name: str, typed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, kept = voice(tmp_path, name=name, typed=typed), tmp_path / "kept"
    assert halves(model, kept) == Halves(model)
    monkeypatch.setattr(vits_halves, "_part_aside", lambda *_: pytest.fail("parted again"))
    assert halves(model, kept) == Halves(model)


def test_a_disk_that_fills_up_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, kept = voice(tmp_path), tmp_path / "kept"
    kept.mkdir()

    def full(file: Path, data: bytes) -> None:
        file.write_bytes(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vits_halves, "_write", full)
    with pytest.raises(OSError, match="No space left"):
        keep(model, kept / "voice-0123456789ab")
    assert files(kept) == []


def test_what_is_no_graph_is_told(tmp_path: Path) -> None:
    model = tmp_path / "voice.onnx"
    model.write_bytes(np.zeros(10, np.uint8).tobytes() + b"not a graph")
    with pytest.raises(ModelError, match=r"cannot load .*voice\.onnx"):
        halves(model, tmp_path / "kept")
    with pytest.raises(ModelError, match="No such file"):
        halves(tmp_path / "none.onnx", tmp_path / "kept")
