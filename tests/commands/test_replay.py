from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.dialogue.test_trace import Written
from voicebot.cli import app
from voicebot.dialogue.trace import last_line
from voicebot.dialogue.turns import Wording
from voicebot.errors import RecordingError


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """Two questions, both of which patience ends."""
    told = Written()
    for _ in range(2):
        told.steps(30, voice=True)
        told.steps(6, voice=False)
        told.taker.judged(0.1)
        told.taker.transcribed(Wording.OPEN)
        told.steps(40, voice=False)
    file = tmp_path / "call.jsonl"
    file.write_text("".join([*told.lines, last_line(told.taker.now, "left")]))
    return file


def edited(call: Path, was: str, now: str) -> Path:
    text = call.read_text()
    assert was in text
    file = call.with_name("edited.jsonl")
    file.write_text(text.replace(was, now, 1))
    return file


def test_it_is_the_same(runner: CliRunner, call: Path) -> None:
    result = runner.invoke(app, ["replay", str(call)])
    assert result.exit_code == 0, result.output
    assert "desk-1, 2026-11-23T12:00:00Z, 4.9 s\n" in result.output
    assert "     2.176 = Ended start 0.000 end 0.960 silence 1.216 patience" in result.output
    assert "the same: 2 turns (2 patience), after 1216 ms of silence (median)" in result.output


def test_the_first_difference_is_shown(runner: CliRunner, call: Path) -> None:
    other = edited(call, '"end": 15360, "silence": 19456', '"end": 15360, "silence": 512')
    result = runner.invoke(app, ["replay", str(other)])
    assert result.exit_code == 1
    assert "differs from 2.176 s on, at step" in result.output
    assert "     2.176 < Ended start 0.000 end 0.960 silence 0.032 patience" in result.output
    assert "     2.176 > Ended start 0.000 end 0.960 silence 1.216 patience" in result.output


def test_another_setting(runner: CliRunner, call: Path) -> None:
    result = runner.invoke(app, ["-q", "replay", "--set", "turns.patience=800", str(call)])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "desk-1, 2026-11-23T12:00:00Z, 4.9 s",
        "differs from 1.760 s on, at step",
        "  recorded: 2 turns (2 patience), after 1216 ms of silence (median)",
        "  replayed: 2 turns (2 patience), after 800 ms of silence (median)",
    ]


def test_several_calls_are_summed_up(runner: CliRunner, call: Path) -> None:
    other = edited(call, '"silence": 19456', '"silence": 512')
    for files, said in (
        ((call, call), "2 calls, of which none differ"),
        ((call, other), "2 calls, of which 1 differs"),
    ):
        result = runner.invoke(app, ["-q", "replay", *map(str, files)])
        assert result.exit_code == (files[1] is other)
        assert result.output.splitlines()[-1] == said


def test_as_json_an_object_a_call(runner: CliRunner, call: Path) -> None:
    result = runner.invoke(app, ["replay", "--json", str(call), str(call)])
    assert result.exit_code == 0
    objects: list[dict[str, Any]] = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(objects) == 2
    assert objects[0]["same"]
    assert objects[0]["first_difference"] is None
    assert objects[0]["turns"]["replayed"] == {
        "count": 2, "silence_ms": 1216.0, "causes": {"patience": 2},
    }  # fmt: skip
    moment = objects[0]["moments"][0]
    assert moment["recorded"] == moment["replayed"] == [{"event": "Began", "start": 0}]
    result = runner.invoke(app, ["replay", "--json", "--set", "vad.threshold=0.95", str(call)])
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["settings"] == {"vad.threshold": "0.95"}
    assert found["first_difference"]["replayed"] == []
    assert found["turns"]["replayed"]["count"] == 0


def test_a_call_that_breaks_off(runner: CliRunner, call: Path) -> None:
    call.write_text(call.read_text()[:-100])
    result = runner.invoke(app, ["replay", str(call)])
    assert result.exit_code == 0
    assert "and breaks off there" in result.output


def test_settings_that_have_gone_are_named(runner: CliRunner, call: Path) -> None:
    other = edited(call, '"turns": {', '"turns": {"impatience": 3, ')
    result = runner.invoke(app, ["replay", str(other)])
    assert result.exit_code == 0
    assert "turns.impatience is no setting any more" in result.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("turns.patienc=900", "did you mean turns.patience"),
        ("turns.patience=long", "turns.patience"),
        ("rooms.max=9", "give turns.NAME=VALUE or vad.NAME=VALUE"),
        ("turns.patience", "give turns.NAME=VALUE or vad.NAME=VALUE"),
    ],
)
def test_a_setting_that_cannot_be(runner: CliRunner, call: Path, change: str, said: str) -> None:
    result = runner.invoke(app, ["replay", "--set", change, str(call)])
    assert result.exit_code != 0
    assert said in result.stderr + str(result.exception)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\n", b'{"format": "wav"}\n'])
def test_a_file_that_is_no_call(runner: CliRunner, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "other.jsonl"
    if content is not None:
        file.write_bytes(content)
    result = runner.invoke(app, ["replay", str(file)])
    assert isinstance(result.exception, RecordingError)
    assert "other.jsonl cannot be replayed" in str(result.exception)
