from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

import voicebot.assemble
from voicebot.cli import app
from voicebot.config import Sections
from voicebot.events import EventStream, MeansChosen, ReplyEnded, ToolRan


class Talk:
    """Says how many turns there have been."""

    def __init__(self, events: EventStream) -> None:
        self._events = events
        self._turn = 0

    async def say(self, text: str) -> str:
        self._turn += 1
        who: dict[str, Any] = {"room": "typed", "turn": self._turn}
        tool = ToolRan(**who, name="look", arguments={"text": text}, result={"n": 1}, ms=2)
        self._events.emit(MeansChosen(**who, means="tool", ms=1))
        self._events.emit(tool)
        said = f"{self._turn}: {text}"
        self._events.emit(ReplyEnded(**who, user=text, say=said, heard=said))
        return said


class Brain:
    def __init__(self, events: EventStream) -> None:
        self._events = events

    def typed(self) -> Talk:
        return Talk(self._events)


@pytest.fixture(autouse=True)
def brain(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def open_brain(settings: Sections, events: EventStream) -> AsyncIterator[Brain]:
        yield Brain(events)

    monkeypatch.setattr(voicebot.assemble, "open_brain", open_brain)


def test_texts_are_turns_of_one_dialogue(runner: CliRunner) -> None:
    result = runner.invoke(app, ["ask", "where is it", "doe"])
    assert result.exit_code == 0, result.output
    assert result.stdout == "1: where is it\n2: doe\n"


def test_json_is_one_object_a_turn(runner: CliRunner) -> None:
    result = runner.invoke(app, ["ask", "--json", "a", "b"])
    first, second = [json.loads(line) for line in result.stdout.splitlines()]
    assert (first["user"], first["say"]) == ("a", "1: a")
    assert first["tools"] == [{"name": "look", "arguments": {"text": "a"}, "result": {"n": 1}}]
    assert first["passages"] == []
    assert first["ms"] == {"understand": 1, "tool": 2}
    assert second["user"] == "b"


def test_without_texts_stdin_is_the_dialogue(runner: CliRunner) -> None:
    result = runner.invoke(app, ["ask"], input="one\n\n  two  \nthree")
    assert result.stdout == "1: one\n2: two\n3: three\n"
    assert result.stderr == ""


def test_nothing_asked_is_nothing_said(runner: CliRunner) -> None:
    result = runner.invoke(app, ["ask"], input="")
    assert (result.exit_code, result.stdout) == (0, "")
