from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from voicebot.errors import IngestError
from voicebot.knowledge import versions
from voicebot.knowledge.versions import Indexed, Manifest

ABOUT = Manifest(
    versions.FORMAT, "hashing", 256, 1.5, 2, (Indexed("a.pdf", "/a.pdf", "0" * 64, 1, 2, 1e9),)
)


def put(folder: Path, words: str) -> Path:
    with versions.exclusive(folder), versions.draft(folder) as version:
        (version / "words").write_text(words)
        versions.describe_as(version, ABOUT)
        versions.put_in_force(folder, version)
    return version


def test_a_version_in_force_tells_what_it_holds(tmp_path: Path) -> None:
    assert versions.describe(tmp_path) is None
    version = put(tmp_path, "one")
    assert versions.current(tmp_path) == version
    assert versions.describe(tmp_path) == ABOUT


def test_keeps_the_version_before_and_sweeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "versions" / "killed").mkdir(parents=True)
    names = [put(tmp_path, str(n)).name for n in range(3)]
    assert {path.name for path in (tmp_path / "versions").iterdir()} == set(names[1:])


def test_a_draft_that_is_left_is_gone_and_the_old_stays(tmp_path: Path) -> None:
    before = put(tmp_path, "old")
    with versions.draft(tmp_path) as version:
        (version / "words").write_text("new")
    assert not version.exists()
    assert versions.current(tmp_path) == before


def test_a_disk_that_takes_no_more_says_so_and_the_old_stays(tmp_path: Path) -> None:
    before = put(tmp_path, "old")
    with (
        pytest.raises(
            IngestError,
            match=r"No space left on device \(\d+ MB are free there\); the old one stays",
        ),
        versions.draft(tmp_path),
    ):
        raise OSError(28, "No space left on device")
    assert versions.current(tmp_path) == before
    assert [path.name for path in (tmp_path / "versions").iterdir()] == [before.name]


def test_everything_is_on_the_disk_before_current_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = versions._sync

    def noted(path: Path) -> None:
        synced.append(path.name if (tmp_path / "CURRENT").exists() else f"{path.name} before")
        sync(path)

    monkeypatch.setattr(versions, "_sync", noted)
    version = put(tmp_path, "words")
    before = {"words", "manifest.json", version.name, "CURRENT.new", "versions"}
    assert {name.removesuffix(" before") for name in synced[:-1]} == before
    assert all(name.endswith(" before") for name in synced[:-1])
    assert synced[-1] == tmp_path.name


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from voicebot.knowledge import versions\n"
        "from voicebot.errors import IngestError\n"
        "try:\n with versions.exclusive(Path(sys.argv[1])): print('mine')\n"
        "except IngestError as error: print(error)"
    )
    ask = [sys.executable, "-c", code, str(tmp_path)]
    with versions.exclusive(tmp_path):
        said = subprocess.run(ask, capture_output=True, text=True, check=True, timeout=60).stdout
        assert said.startswith("another ingest is writing")
    said = subprocess.run(ask, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said == "mine\n"


def test_a_damaged_or_foreign_manifest_says_so(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(IngestError, match=r"damaged.*--rebuild"):
        versions.manifest(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 999}')
    with pytest.raises(IngestError, match=r"another format.*--rebuild"):
        versions.manifest(tmp_path)
