"""Whether what is here is what is pinned."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models.conftest import WEIGHTS, Said, manifest, model
from voicebot.errors import ModelError
from voicebot.models import store as store_module
from voicebot.models.pull import Origins, pull
from voicebot.models.store import ModelStore


@pytest.fixture
def filled(store: ModelStore, at_hand: Callable[..., Path], said: Said) -> ModelStore:
    pull(store, ["ear"], Origins(at_hand()), said)
    return store


def test_require_says_in_one_line_what_is_missing_and_what_mends_it(store: ModelStore) -> None:
    with pytest.raises(ModelError) as caught:
        store.require(["ear"])
    line = str(caught.value)
    assert "\n" not in line
    assert "ear is missing" in line
    assert line.endswith(f"run: voicebot models pull --folder {store.folder} ear")
    assert caught.value.exit_code == 4


def test_require_names_the_wrong_file(filled: ModelStore) -> None:
    (filled.directory("ear") / "model.bin").write_bytes(b"!" * len(WEIGHTS))
    (filled.directory("ear") / "config" / "a.json").unlink()
    with pytest.raises(ModelError, match=r"ear/model.bin is wrong, ear/config/a.json is missing;"):
        filled.require(["ear"])


def test_only_a_changed_file_is_hashed_again(
    filled: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real = store_module.sha256_of

    def counted(path: Path) -> str:
        hashed.append(path.name)
        return real(path)

    monkeypatch.setattr(store_module, "sha256_of", counted)
    filled.require(["ear"])
    assert hashed == []
    os.utime(filled.directory("ear") / "model.bin", ns=(1, 1))
    filled.require(["ear"])
    filled.require(["ear"])
    assert hashed == ["model.bin"]


def test_a_full_look_finds_what_the_stamp_hides_and_forget_makes_pull_see_it(
    filled: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "sha256_of", lambda path: "0" * 64)
    assert filled.faults(["ear"]) == []
    faults = filled.faults(["ear"], full=True)
    assert [fault.what for fault in faults] == ["wrong", "wrong"]
    filled.forget(faults)
    assert filled.faults(["ear"]) == faults


def test_a_lost_lock_costs_only_the_hash(filled: ModelStore) -> None:
    lock = filled.directory("ear") / "lock.json"
    lock.write_text("{ torn")
    filled.require(["ear"])
    assert "model.bin" in lock.read_text()


def test_a_file_is_found_by_its_suffix(store: ModelStore) -> None:
    assert store.file("ear", ".bin") == store.folder / "ear" / "model.bin"
    with pytest.raises(ModelError, match="has 0 files"):
        store.file("ear", ".gguf")


def test_an_unpinned_file_is_pinned_by_its_first_pull(
    tmp_path: Path, at_hand: Callable[..., Path], said: Said
) -> None:
    ear = model("ear", "stt", [{"path": "model.bin"}])
    store = ModelStore(tmp_path / "models", manifest(tmp_path, ear))
    pull(store, ["ear"], Origins(at_hand()), said)
    store.require(["ear"])
    assert any("trusted on first use" in line for line in said.lines)
    (store.directory("ear") / "model.bin").write_bytes(b"another")
    with pytest.raises(ModelError, match=r"model.bin is wrong"):
        store.require(["ear"])
    with pytest.raises(ModelError, match="pinned is"):
        pull(store, ["ear"], Origins(at_hand(b"a third")), said)


def test_an_unpinned_file_put_there_by_hand_is_adopted_by_a_pull(
    tmp_path: Path, said: Said
) -> None:
    ear = model("ear", "stt", [{"path": "model.bin"}])
    store = ModelStore(tmp_path / "models", manifest(tmp_path, ear))
    store.directory("ear").mkdir(parents=True)
    (store.directory("ear") / "model.bin").write_bytes(WEIGHTS)
    with pytest.raises(ModelError, match=r"model.bin is not pinned yet"):
        store.require(["ear"])
    pull(store, ["ear"], Origins(), said)
    store.require(["ear"])
