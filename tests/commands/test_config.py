from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicebot.cli import app
from voicebot.settings import known_keys


@pytest.fixture(autouse=True)
def settings_file(here: Path) -> None:
    (here / "config.toml").write_text(
        '[livekit]\napi_secret = "hush"\n[conversation]\nshop = "Käse & Co"\n', encoding="utf-8"
    )


def test_every_setting_is_a_line_with_its_origin(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEBOT_ROOMS__MAX", "2")
    result = runner.invoke(app, ["config", "show"])
    assert result.exit_code == 0
    lines = [line for line in result.stdout.splitlines() if not line.startswith("#")]
    assert [line.split()[0] for line in lines] == list(known_keys())
    told = {line.split()[0]: line.split("=", 1)[1].strip() for line in lines}
    assert told["rooms.max"] == "2  # environment VOICEBOT_ROOMS__MAX"
    assert told["conversation.shop"] == '"Käse & Co"  # config.toml'
    assert told["vad.threshold"] == "0.5  # default"


def test_secrets_are_masked(runner: CliRunner) -> None:
    for flags in ([], ["--json"]):
        result = runner.invoke(app, ["config", "show", *flags])
        assert "hush" not in result.output
        assert "********" in result.stdout


def test_lines_are_toml_but_for_what_is_not_set(runner: CliRunner) -> None:
    result = runner.invoke(app, ["config", "show"])
    lines = [line for line in result.stdout.splitlines() if "= null" not in line]
    assert tomllib.loads("\n".join(lines))["http"]["port"] == 8000


def test_json_is_one_object(runner: CliRunner) -> None:
    shown = json.loads(runner.invoke(app, ["config", "show", "--json"]).stdout)
    assert list(shown) == list(known_keys())
    assert shown["models.folder"] == {"value": None, "origin": "default"}


def test_what_leaves_the_box_stands_below(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = runner.invoke(app, ["config", "show"]).stdout
    assert shown.endswith("# What leaves this box:\n#   nothing\n")
    monkeypatch.setenv("VOICEBOT_STT__BACKEND", "openai")
    shown = runner.invoke(app, ["config", "show"]).stdout
    told = "#   stt: the sound of what customers say, to api.openai.com\n"
    assert shown.endswith(f"# What leaves this box:\n{told}")
