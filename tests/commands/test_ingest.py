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
from voicebot.knowledge import versions


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
    files = data["files"]
    assert isinstance(files, list)
    (file,) = files
    assert {key: value for key, value in file.items() if value} == {
        "name": "hours.md",
        "outcome": "added",
        "pages": 1,
        "passages": 1,
        "sentences": 1,
    }


def test_without_json_stdout_stays_empty(shop: Path) -> None:
    assert run(shop)[:2] == (0, None)


def test_another_embedding_model_is_told(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(shop)
    monkeypatch.setattr(command, "_open_embedder", lambda settings: HashingEmbedder("other"))
    code, data, told = run(shop, "--json")
    assert (code, data and data["written"]) == (0, True)
    said = "the index was made with hashing; other is in force: everything is read again"
    assert data is not None
    assert data["anew"] == said
    assert said in " ".join(told.split())


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


def test_pages_passages_and_notes_are_told(shop: Path) -> None:
    code, _, told = run(shop)
    assert code == 0
    assert "passages" in told
    assert run(shop, "--json")[1]["files"][0]["passages"] == 1  # type: ignore[index]


def test_names_cannot_steer_the_terminal(shop: Path) -> None:
    (shop / "pdfs" / "a\x1b[31m\n.md").write_text("We open at ten.")
    assert "a?[31m?.md" in run(shop)[2].replace("\n", "")


def shown(shop: Path, *args: str) -> str:
    app = typer.Typer()
    app.command()(command.ingest)
    result = CliRunner().invoke(app, list(args), obj=State(config=shop / "config.toml"))
    if isinstance(result.exception, Exception):
        raise result.exception
    return result.stdout


def test_show_prints_what_is_known_of_a_file(shop: Path) -> None:
    text = "# Hours\n\n## Sundays\n\nWe are closed.\n\n| Day | Hours |\n|---|---|\n| Monday | 9 |\n"
    (shop / "new.md").write_text(text)
    assert shown(shop, "--show", str(shop / "new.md")) == (
        "Hours (new.md)\n\npage 1 of 1\n  Sundays\n    We are closed.\n    Monday: hours 9.\n"
    )
    assert not (shop / "index").exists()


def test_show_knows_the_names_in_the_index(shop: Path) -> None:
    run(shop)
    assert json.loads(shown(shop, "--show", "hours.md", "--json")) == {
        "source": "hours.md",
        "title": "Hours",
        "note": "",
        "pages": [{"page": 1, "sections": [{"heading": "", "sentences": ["We open at nine."]}]}],
    }


def test_show_says_what_there_is_to_show(shop: Path) -> None:
    run(shop)
    with pytest.raises(IngestError, match=r"neither a file nor a source.*holds hours\.md"):
        shown(shop, "--show", "prices.pdf")
    (shop / "bad.pdf").write_bytes(b"")
    with pytest.raises(IngestError, match=r"bad\.pdf: the file is empty"):
        shown(shop, "--show", str(shop / "bad.pdf"))


def test_a_copy_for_other_boxes(shop: Path) -> None:
    copied = shop / "chain" / "index"
    assert "index copied to" in " ".join(run(shop, "--to", str(copied))[2].split())
    assert versions.describe(copied) == versions.describe(shop / "index")
    assert "is the same already" in " ".join(run(shop, "--to", str(copied))[2].split())
    (shop / "pdfs" / "more.md").write_text("# More\n\nWe close at six.")
    run(shop, "--to", str(copied))
    about = versions.describe(copied)
    assert about is not None
    assert about.sentences == 2
