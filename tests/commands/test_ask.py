from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import voicebot.service
from voicebot.cli import app
from voicebot.commands import ask
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

    monkeypatch.setattr(voicebot.service, "open_brain", open_brain)


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


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The writing end of a pipe that is stdin."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield writing
    with suppress(OSError):
        os.close(writing)


async def test_a_pipe_is_read_line_by_line(pipe: int) -> None:
    lines = ask._lines([])
    async with asyncio.timeout(10):
        os.write(pipe, b"one\ntwo\nthr")
        assert [await anext(lines), await anext(lines)] == ["one", "two"]
        os.write(pipe, "ée\n\nlast".encode())
        assert await anext(lines) == "thrée"
        os.close(pipe)
        assert [line async for line in lines] == ["last"]


async def test_waiting_for_a_line_can_be_cancelled(pipe: int) -> None:
    async def first() -> str:
        return await anext(ask._lines([]))

    waiting = asyncio.create_task(first())
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await waiting


def test_a_file_can_be_stdin(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "questions").write_text("one\ntwo\n", encoding="utf-8")

    async def read() -> list[str]:
        return [line async for line in ask._lines([])]

    with (here / "questions").open(encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert asyncio.run(read()) == ["one", "two"]
