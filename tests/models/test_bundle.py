"""Models in one tar, and tars that mean harm."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models.conftest import CONFIG, WEIGHTS, Said, manifest, model
from voicebot.errors import ModelError
from voicebot.models.bundle import export_bundle, import_bundle
from voicebot.models.pull import Origins, pull
from voicebot.models.store import ModelStore


def _tar(path: Path, *members: tuple[str, bytes, bytes, str]) -> Path:
    """Members as (name, content, type, link target)."""
    with tarfile.open(path, "w:") as tar:
        for name, content, kind, target in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = target
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_round_trip(
    tmp_path: Path, store: ModelStore, at_hand: Callable[..., Path], said: Said
) -> None:
    pull(store, ["ear"], Origins(at_hand()), said)
    bundle = tmp_path / "voicebot.tar"
    export_bundle(store, ["ear"], bundle, said)
    with tarfile.open(bundle) as tar:
        names = ["manifest.toml", "hashes.json", "ear/model.bin", "ear/config/a.json"]
        assert tar.getnames() == names
    other = ModelStore(tmp_path / "other", store.manifest)
    assert import_bundle(other, bundle, said) == ["ear"]
    other.require(["ear"])


def test_a_model_that_is_wrong_here_is_not_exported(
    tmp_path: Path, store: ModelStore, said: Said
) -> None:
    with pytest.raises(ModelError, match="ear is missing"):
        export_bundle(store, ["ear"], tmp_path / "voicebot.tar", said)
    assert not list(tmp_path.glob("voicebot.tar*"))


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (("../outside", b"x", tarfile.REGTYPE, ""), "does not know"),
        (("/tmp/outside", b"x", tarfile.REGTYPE, ""), "does not know"),
        (("ear/../../outside", b"x", tarfile.REGTYPE, ""), "does not know"),
        (("ear/lock.json", b"{}", tarfile.REGTYPE, ""), "does not know"),
        (("ear/model.bin", b"", tarfile.SYMTYPE, "/etc/passwd"), "not a plain file"),
        (("ear/model.bin", b"", tarfile.LNKTYPE, "../outside"), "not a plain file"),
        (("ear/config", b"", tarfile.DIRTYPE, ""), "not a plain file"),
        (("ear/model.bin", b"short", tarfile.REGTYPE, ""), "has 5 bytes"),
        (("ear/model.bin", b"!" * len(WEIGHTS), tarfile.REGTYPE, ""), "sha256"),
    ],
)
def test_a_tar_that_means_harm_is_refused(
    tmp_path: Path,
    store: ModelStore,
    said: Said,
    member: tuple[str, bytes, bytes, str],
    why: str,
) -> None:
    bundle = _tar(tmp_path / "bad.tar", member)
    with pytest.raises(ModelError, match=why):
        import_bundle(store, bundle, said)
    files = [path.name for path in store.folder.rglob("*") if path.is_file() or path.is_symlink()]
    assert files == [".busy"]
    assert not (tmp_path / "outside").exists()


def test_nothing_is_written_if_any_name_is_unknown(
    tmp_path: Path, store: ModelStore, said: Said
) -> None:
    good = ("ear/config/a.json", CONFIG, tarfile.REGTYPE, "")
    bundle = _tar(tmp_path / "bad.tar", good, ("ear/x", b"x", tarfile.REGTYPE, ""))
    with pytest.raises(ModelError, match="does not know"):
        import_bundle(store, bundle, said)
    assert not store.directory("ear").exists()


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 100])
def test_no_tar(tmp_path: Path, store: ModelStore, said: Said, content: bytes) -> None:
    bundle = tmp_path / "no.tar"
    bundle.write_bytes(content)
    with pytest.raises(ModelError, match="cannot read the bundle"):
        import_bundle(store, bundle, said)


def test_a_truncated_bundle(
    tmp_path: Path, store: ModelStore, at_hand: Callable[..., Path], said: Said
) -> None:
    pull(store, ["ear"], Origins(at_hand()), said)
    bundle = tmp_path / "voicebot.tar"
    export_bundle(store, ["ear"], bundle, said)
    bundle.write_bytes(bundle.read_bytes()[:40_000])
    other = ModelStore(tmp_path / "other", store.manifest)
    with pytest.raises(ModelError, match="bundle"):
        import_bundle(other, bundle, said)
    assert not other.directory("ear").exists()


def test_an_unpinned_file_is_held_to_the_hash_it_was_exported_with(
    tmp_path: Path, at_hand: Callable[..., Path], said: Said
) -> None:
    ear = model("ear", "stt", [{"path": "model.bin"}])
    store = ModelStore(tmp_path / "models", manifest(tmp_path, ear))
    pull(store, ["ear"], Origins(at_hand()), said)
    bundle = tmp_path / "voicebot.tar"
    export_bundle(store, ["ear"], bundle, said)
    content = bytearray(bundle.read_bytes())
    content[content.index(WEIGHTS) + 100] ^= 1
    bundle.write_bytes(content)
    other = ModelStore(tmp_path / "other", store.manifest)
    with pytest.raises(ModelError, match="sha256"):
        import_bundle(other, bundle, said)
