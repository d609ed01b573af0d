from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from voicebot.cli import app
from voicebot.config import Sections
from voicebot.evaluation import run_spoken, run_typed, speak
from voicebot.evaluation.outcome import Answer, Condition
from voicebot.evaluation.scenario import Case

TEXT = """
[shop]
orders = "orders.json"
[[scenario]]
id = "good"
kind = "status"
[[scenario.turns]]
customer = "Where is it?"
says = ["here"]
[[scenario]]
id = "bad"
kind = "search"
[[scenario.turns]]
customer = "Got a lamp?"
says = ["lamp"]
"""


class Player:
    """Always says the same. played: id and condition of each scenario."""

    def __init__(self) -> None:
        self.played: list[tuple[str, Condition]] = []

    async def play(self, case: Case, condition: Condition, *_: Any) -> list[Answer]:
        self.played.append((case.scenario.id, condition))
        return [Answer(turn.customer, say="It is here.") for turn in case.scenario.turns]


@pytest.fixture(autouse=True)
def player(monkeypatch: pytest.MonkeyPatch) -> Player:
    made = Player()

    @asynccontextmanager
    async def opened(settings: Sections) -> AsyncIterator[Player]:
        yield made

    monkeypatch.setattr(run_typed, "open_typed", opened)
    monkeypatch.setattr(run_spoken, "open_spoken", opened)
    monkeypatch.setattr(speak, "check", lambda voices: None)
    return made


@pytest.fixture
def file(here: Path) -> str:
    (here / "orders.json").write_text("{}")
    (here / "s.toml").write_text(TEXT)
    return "s.toml"


def test_a_table_on_stdout_and_progress_on_stderr(runner: CliRunner, file: str) -> None:
    result = runner.invoke(app, ["eval", file])
    assert result.exit_code == 0, result.output
    assert 'not said: "lamp"' in result.stdout
    assert "all          1   2   50%" in result.stdout
    assert "1/2 good passed" in result.stderr
    assert "2/2 bad failed" in result.stderr


def test_quiet_tells_no_progress(runner: CliRunner, file: str) -> None:
    assert runner.invoke(app, ["-q", "eval", file]).stderr == ""


@pytest.mark.parametrize(("rate", "code"), [("0.5", 0), ("0.51", 1)])
def test_fail_under(runner: CliRunner, file: str, rate: str, code: int) -> None:
    assert runner.invoke(app, ["eval", file, "--fail-under", rate]).exit_code == code


def test_json_is_one_object(runner: CliRunner, file: str) -> None:
    result = runner.invoke(app, ["eval", file, "--json", "--repeat", "2"])
    found = json.loads(result.stdout)
    assert (found["count"], found["n"]) == (2, 4)
    assert [one["round"] for one in found["outcomes"]] == [1, 1, 2, 2]


def test_only(runner: CliRunner, file: str, player: Player) -> None:
    assert runner.invoke(app, ["eval", file, "--only", "search"]).exit_code == 0
    assert [name for name, _ in player.played] == ["bad"]


def test_every_voice_speaks_in_every_noise(runner: CliRunner, file: str, player: Player) -> None:
    options = ["--voice", "awb", "--voice", "rms", "--snr", "20", "--snr", "5", "--only", "good"]
    assert runner.invoke(app, ["eval", file, "--spoken", *options]).exit_code == 0
    assert [how for _, how in player.played] == [
        Condition("awb", 20.0),
        Condition("awb", 5.0),
        Condition("rms", 20.0),
        Condition("rms", 5.0),
    ]


def test_without_voices_there_are_two(runner: CliRunner, file: str, player: Player) -> None:
    assert runner.invoke(app, ["eval", file, "--spoken", "--only", "good"]).exit_code == 0
    assert [how for _, how in player.played] == [Condition("slt"), Condition("rms")]


def test_who_types_has_no_voice(runner: CliRunner, file: str) -> None:
    result = runner.invoke(app, ["eval", file, "--voice", "slt"])
    assert result.exit_code == 2
    assert "--spoken" in result.stderr


def test_a_wrong_file_is_a_line_and_exit_code_3(entry: Any, file: str) -> None:
    Path(file).write_text(TEXT.replace("says", "sais"))
    result = entry("eval", file)
    assert result.returncode == 3
    assert "unknown key 'sais': did you mean 'says'?" in result.stderr
    assert len(result.stderr.splitlines()) == 1
