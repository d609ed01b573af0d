"""A judge as a file that a pull makes: built, checked, carried, built again."""

from __future__ import annotations

import tarfile
from pathlib import Path

import onnxruntime
import pytest

from tests.models.conftest import Said, manifest, model, pinned
from tests.models.tiny_qwen2 import random_corrections, write_tiny
from voicebot.errors import ModelError
from voicebot.models import pull as pull_module
from voicebot.models.bundle import export_bundle, import_bundle
from voicebot.models.lock import read_lock, write_lock
from voicebot.models.low_rank import write_corrections
from voicebot.models.manifest import JUDGING, Derived
from voicebot.models.pull import Origins, pull, staging
from voicebot.models.store import ModelStore

DERIVED = {"path": "judge.onnx", "data": "judge.onnx.data", "builder": "judge"}


@pytest.fixture
def store(tmp_path: Path, said: Said) -> ModelStore:
    """Has one model, `mind`, as an older version left it: fetched, and nothing built."""
    gguf, fits = write_tiny(tmp_path)
    (tmp_path / "at-hand" / "mind").mkdir(parents=True)
    gguf = gguf.rename(tmp_path / "at-hand" / "mind" / gguf.name)
    files = [pinned(gguf.name, gguf.read_bytes())]
    older = ModelStore(tmp_path / "models", manifest(tmp_path, model("mind", "llm", files)))
    pull(older, ["mind"], Origins(tmp_path / "at-hand"), said)
    derived = {**DERIVED, "corrections": {JUDGING: fits.name}}
    mind = model("mind", "llm", files, derived=derived)
    return ModelStore(older.folder, manifest(tmp_path, mind))


@pytest.fixture
def pulled(store: ModelStore, said: Said) -> ModelStore:
    pull(store, ["mind"], Origins(), said)
    return store


def faults(store: ModelStore, *, full: bool = False) -> list[str]:
    return [str(fault) for fault in store.faults(["mind"], full=full)]


def contents(store: ModelStore) -> list[bytes]:
    return [(store.directory("mind") / f"judge.onnx{end}").read_bytes() for end in ("", ".data")]


def fit_again(tmp_path: Path) -> None:
    write_corrections(tmp_path / "tiny.judging.npz", random_corrections(seed=4))


def test_a_model_of_an_older_version_is_to_be_pulled_again(store: ModelStore) -> None:
    with pytest.raises(ModelError) as caught:
        store.require(["mind"])
    line = str(caught.value)
    assert "mind/judge.onnx is not built yet; " in line
    assert line.endswith(f"run: voicebot models pull --folder {store.folder} mind")


def test_a_pull_builds_both_files(pulled: ModelStore, said: Said) -> None:
    pulled.require(["mind"])
    assert faults(pulled, full=True) == []
    assert "mind: building judge.onnx" in said.lines
    names = {path.name for path in pulled.directory("mind").iterdir()}
    assert names == {"tiny.gguf", "judge.onnx", "judge.onnx.data", "lock.json"}
    assert not staging(pulled, pulled.manifest.model("mind")).exists()
    assert pulled.file("mind", ".gguf").name == "tiny.gguf"
    onnxruntime.InferenceSession(str(pulled.file("mind", ".onnx")))


@pytest.mark.parametrize("name", ["judge.onnx", "judge.onnx.data"])
def test_a_missing_or_damaged_file_is_built_again(
    pulled: ModelStore, said: Said, name: str
) -> None:
    before, file = contents(pulled), pulled.directory("mind") / name
    file.unlink()
    assert faults(pulled) == [f"mind/{name} is missing"]
    pull(pulled, ["mind"], Origins(), said)
    assert contents(pulled) == before
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    assert faults(pulled) == [f"mind/{name} is wrong"]
    pull(pulled, ["mind"], Origins(), said)
    assert faults(pulled, full=True) == []
    assert contents(pulled) == before


def test_after_another_fit_it_is_built_again(
    pulled: ModelStore, tmp_path: Path, said: Said
) -> None:
    before = contents(pulled)
    fit_again(tmp_path)
    assert faults(pulled) == ["mind/judge.onnx is not built yet"]
    pull(pulled, ["mind"], Origins(), said)
    assert faults(pulled, full=True) == []
    assert contents(pulled)[1] != before[1]


def test_a_lock_that_knows_only_one_of_the_files(pulled: ModelStore) -> None:
    lock = read_lock(pulled.directory("mind"))
    del lock["judge.onnx.data"]
    write_lock(pulled.directory("mind"), lock)
    assert faults(pulled) == ["mind/judge.onnx is not built yet"]


def test_an_interrupted_build_is_noticed(
    pulled: ModelStore, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = tmp_path / "tiny.judging.npz"
    older = fit.read_bytes()
    fit_again(tmp_path)

    def interrupted(path: Path) -> tuple[int, ...]:
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(pull_module, "stamp_of", interrupted)  # the files have their names by then
        with pytest.raises(ModelError, match="the power went"):
            pull(pulled, ["mind"], Origins(), said)
    assert faults(pulled) == ["mind/judge.onnx is not built yet"]
    fit.write_bytes(older)
    assert "mind/judge.onnx.data is wrong" in faults(pulled)
    pull(pulled, ["mind"], Origins(), said)
    assert faults(pulled, full=True) == []


def test_a_build_that_fails_leaves_what_was_there(
    pulled: ModelStore, tmp_path: Path, said: Said
) -> None:
    fit = tmp_path / "tiny.judging.npz"
    before, older = contents(pulled), fit.read_bytes()
    one = random_corrections()["blk.0.attn_output"]
    write_corrections(fit, {"blk.9.attn_output": one})
    with pytest.raises(ModelError, match=r"does not have: blk\.9"):
        pull(pulled, ["mind"], Origins(), said)
    assert contents(pulled) == before
    assert not list(staging(pulled, pulled.manifest.model("mind")).iterdir())
    fit.write_bytes(older)
    assert faults(pulled, full=True) == []


def test_a_bundle_does_not_carry_it_and_builds_it_where_it_is_read(
    pulled: ModelStore, tmp_path: Path, said: Said
) -> None:
    bundle = tmp_path / "voicebot.tar"
    export_bundle(pulled, ["mind"], bundle, said)
    with tarfile.open(bundle) as tar:
        assert tar.getnames() == ["manifest.toml", "hashes.json", "mind/tiny.gguf"]
    other = ModelStore(tmp_path / "other", pulled.manifest)
    assert import_bundle(other, bundle, said) == ["mind"]
    other.require(["mind"])
    assert contents(other) == contents(pulled)


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": None},
        {"data": "another.data"},
        {"corrections": {}},
        {"corrections": {JUDGING: "a.npz", "more": "b.npz"}},
        {"reference": "vectors.npz"},
        {"builder": "bert"},
    ],
)
def test_a_manifest_says_what_the_builder_needs(wrong: dict[str, object]) -> None:
    right = {**DERIVED, "corrections": {JUDGING: "a.npz"}}
    assert Derived.model_validate(right).paths == ("judge.onnx", "judge.onnx.data")
    with pytest.raises(ValueError, match=r"judge\.onnx: "):
        Derived.model_validate(right | wrong)
