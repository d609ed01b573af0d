from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.commands.conftest import Entry
from voicebot import __version__
from voicebot.cli import COMMANDS, app


def test_version(runner: CliRunner) -> None:
    result = runner.invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"voicebot {__version__}\n")


def test_help_names_all_commands_and_imports_nothing_heavy(entry: Entry) -> None:
    result = entry("--help")
    assert result.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in result.stdout


def test_the_command_line_is_light(entry: Entry) -> None:
    """What --help imports, and what it does not."""
    code = "import sys, voicebot.cli; print(sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    heavy = {"pydantic", "numpy", "fastapi", "httpx", "livekit", "chromadb", "structlog"}
    assert not heavy & set(json.loads(done.stdout.replace("'", '"')))


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_examples(runner: CliRunner, name: str) -> None:
    result = runner.invoke(app, [name, "--help"])
    assert result.exit_code == 0, result.output
    if f"{name} [OPTIONS] COMMAND" not in result.stdout:
        assert "Examples:" in result.stdout
        assert f"voicebot {name}" in result.stdout


@pytest.mark.parametrize("args", [["nothing"], ["serve", "--nothing"], ["--config"]])
def test_wrong_usage_is_2(runner: CliRunner, args: list[str]) -> None:
    assert runner.invoke(app, args).exit_code == 2


def test_wrong_settings_are_3_and_one_line(entry: Entry, here: Path) -> None:
    (here / "config.toml").write_text("[stt]\nbacknd = 1\n", encoding="utf-8")
    result = entry("config", "show")
    assert result.returncode == 3
    assert result.stdout == ""
    said = "voicebot: unknown setting stt.backnd in config.toml: did you mean stt.backend?\n"
    assert result.stderr == said


@pytest.mark.parametrize(
    "args",
    [
        ["--config", "shop.toml", "config", "show"],
        ["config", "show", "--config", "shop.toml"],
        ["config", "--config=shop.toml", "show"],
    ],
)
def test_the_roots_options_can_stand_anywhere(
    runner: CliRunner, here: Path, args: list[str]
) -> None:
    (here / "shop.toml").write_text("[http]\nport = 8123\n", encoding="utf-8")
    result = runner.invoke(app, [*args, "--json"])
    assert result.exit_code == 0
    shown = json.loads(result.stdout)["http.port"]
    assert shown == {"value": 8123, "origin": "shop.toml"}


@pytest.mark.parametrize(("flag", "level"), [("-q", "warning"), ("-v", "debug")])
def test_quiet_and_verbose_are_levels(runner: CliRunner, flag: str, level: str) -> None:
    result = runner.invoke(app, ["config", "show", "--json", flag])
    shown = json.loads(result.stdout)["logging.level"]
    assert shown == {"value": level, "origin": "command line"}


def test_missing_models_are_4_before_anything_listens(entry: Entry) -> None:
    result = entry("serve", "--port", "0")
    assert result.returncode == 4
    said = result.stderr.splitlines()
    assert said[-1].startswith("voicebot: models in ")
    assert "voicebot models pull" in said[-1]
    assert "ready" not in result.stderr


def test_a_model_inside_native_code_does_not_spoil_the_exit() -> None:
    """Only the exit code, and all that was printed, get out; nothing waits for the thread."""
    code = """
import atexit, threading, typer
from voicebot import cli
def busy():
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    atexit.register(print, "torn down")
    print("said")
    raise typer.Exit(130)
cli.COMMANDS = {"busy": cli.Command("__main__:busy", "")}
cli.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "busy"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "said\n", "")
