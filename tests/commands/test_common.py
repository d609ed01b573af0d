from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from voicebot.commands.common import State, loaded_of, print_json, settings_of


def run(runner: CliRunner, does: object, state: State | None = None) -> str:
    app = typer.Typer()

    @app.command()
    def command(ctx: typer.Context) -> None:
        ctx.obj = state
        assert callable(does)
        does(ctx)

    result = runner.invoke(app, [], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_settings_are_read_once(runner: CliRunner, here: Path) -> None:
    file = here / "shop.toml"
    file.write_text("[http]\nport = 8001\n", encoding="utf-8")

    def does(ctx: typer.Context) -> None:
        first = settings_of(ctx)
        file.unlink()
        assert settings_of(ctx) is first
        assert first.http.port == 8001

    run(runner, does, State(config=file))


def test_flags_that_were_not_given_change_nothing(runner: CliRunner) -> None:
    def does(ctx: typer.Context) -> None:
        loaded = loaded_of(ctx, {"http.port": None, "http.host": "::1"})
        assert loaded.origins == {"http.host": "command line"}

    run(runner, does, State())


def test_api_keys_of_the_dotenv_reach_the_backends(
    runner: CliRunner, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from the environment")
    monkeypatch.setenv("OPENROUTER_API_KEY", "")
    monkeypatch.delenv("OPENROUTER_API_KEY")
    (here / ".env").write_text("OPENAI_API_KEY=a\nOPENROUTER_API_KEY=b\n", encoding="utf-8")
    run(runner, settings_of, State())
    assert os.environ["OPENAI_API_KEY"] == "from the environment"
    assert os.environ["OPENROUTER_API_KEY"] == "b"


def test_json_is_a_line_on_stdout(runner: CliRunner) -> None:
    printed = run(runner, lambda ctx: print_json({"path": Path("/a"), "words": "Käse"}))
    assert printed == '{"path": "/a", "words": "Käse"}\n'
    assert json.loads(printed)
