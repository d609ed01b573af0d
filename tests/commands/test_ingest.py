from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.knowledge.fakes import HashingEmbedder
from voicebot.commands import ingest as command
from voicebot.commands.common import State
from voicebot.errors import IngestError


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pdfs").mkdir()
    (tmp_path / "pdfs" / "hours.md").write_text("# Hours\n\nWe open at nine.")
    (tmp_path / "config.toml").write_text('[knowledge]\nfolder = "pdfs"\nindex = "index"\n')
    monkeypatch.setattr(command, "_open_embedder", lambda settings: HashingEmbedder())
    return tmp_path


def run(shop: Path, *args: str) -> tuple[int, dict[str, object] | None, str]:
    app = typer.Typer()
    app.command()(command.ingest)
    state = State(config=shop / "config.toml")
    result = CliRunner().invoke(app, list(args), obj=state)
    if isinstance(result.exception, Exception):
        raise result.exception
    return result.exit_code, json.loads(result.stdout) if result.stdout else None, result.stderr


def test_the_folder_of_the_settings_by_default(shop: Path) -> None:
    code, data, _ = run(shop, "--json")
    assert code == 0
    assert data is not None
    assert (data["sentences"], data["written"]) == (1, True)
    assert data["index"] == str(shop / "index")
    assert data["files"] == [
        {"name": "hours.md", "outcome": "added", "pages": 1, "sentences": 1, "reason": ""}
    ]


def test_without_json_stdout_stays_empty(shop: Path) -> None:
    assert run(shop)[:2] == (0, None)


def test_partly_ingested_is_an_exit_code_of_its_own(shop: Path) -> None:
    (shop / "pdfs" / "bad.pdf").write_bytes(b"")
    code, data, _ = run(shop, "--json")
    assert code == 5
    assert data is not None
    assert data["sentences"] == 1


def test_nothing_but_failures_is_a_failure(shop: Path) -> None:
    (shop / "pdfs" / "hours.md").write_bytes(b"")
    assert run(shop)[0] == 1


def test_an_empty_folder_says_what_to_do(shop: Path) -> None:
    (shop / "pdfs" / "hours.md").unlink()
    with pytest.raises(IngestError, match="put some there"):
        run(shop)
