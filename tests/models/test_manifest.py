"""The project's own manifest, and what a manifest may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.errors import ModelError
from voicebot.models.manifest import Packages, default_manifest_path, load_manifest


def test_the_projects_manifest_can_be_read_and_has_the_three_profiles() -> None:
    manifest = load_manifest()
    assert set(manifest.profiles) == {"small", "medium", "gpu"}
    used = {name for profile in manifest.profiles.values() for name in profile.names}
    assert used == set(manifest.all_names)


def test_every_file_of_small_and_medium_is_pinned() -> None:
    manifest = load_manifest()
    for profile in ("small", "medium"):
        for name in manifest.profile(profile).names:
            for file in manifest.model(name).files:
                assert file.sha256, f"{name}/{file.path}"
                assert file.size, f"{name}/{file.path}"


def test_packages_are_pinned_and_carry_exactly_the_models_files() -> None:
    for model in load_manifest().models.values():
        for source in model.sources:
            if isinstance(source, Packages):
                assert [m.path for m in source.members] == [f.path for f in model.files]
                parts = [part for member in source.members for part in member.parts]
                assert all("==" in part.requirement for part in parts)


def test_references_and_corrections_lie_beside_the_manifest() -> None:
    for model in load_manifest().models.values():
        if model.derived and model.derived.reference:
            assert (default_manifest_path().parent / model.derived.reference).is_file()
        for file in model.derived.corrections.values() if model.derived else ():
            assert (default_manifest_path().parent / file).is_file()


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "", "a\\b"])
def test_a_path_that_leaves_its_folder_is_refused(tmp_path: Path, path: str) -> None:
    text = default_manifest_path().read_text()
    bad = tmp_path / "manifest.toml"
    bad.write_text(text.replace('path = "silero_vad.onnx"', f"path = '{path}'"))
    with pytest.raises(ModelError, match="manifest"):
        load_manifest(bad)


def test_a_profile_must_name_models_of_the_right_role(tmp_path: Path) -> None:
    text = default_manifest_path().read_text()
    bad = tmp_path / "manifest.toml"
    bad.write_text(text.replace('stt = "whisper-base"', 'stt = "silero-vad-6.2.3"'))
    with pytest.raises(ModelError, match="is no stt model"):
        load_manifest(bad)


def test_a_missing_manifest_and_unknown_names_are_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot read .*nowhere.toml: No such file"):
        load_manifest(tmp_path / "nowhere.toml")
    with pytest.raises(ModelError, match=r"no model 'whisper'.*whisper-base"):
        load_manifest().model("whisper")
    with pytest.raises(ModelError, match="'tiny'; known: small, medium, gpu"):
        load_manifest().profile("tiny")
