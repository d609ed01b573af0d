from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest

from voicebot.telemetry import keep
from voicebot.telemetry.keep import keeping, read, write
from voicebot.telemetry.questions import Question, Questions

LOBSTERS = Question("Do you sell lobsters?", "shipping.pdf", 2, 10.0, 20.0)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "data" / "unanswered.json"
    assert read(file) == []
    write(file, (LOBSTERS,))
    assert read(file) == [LOBSTERS]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [f.name for f in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 99, "questions": []}', '{"version": 1, "questions": [{"x": 1}]}'],
)
def test_a_file_that_cannot_be_read_is_set_aside(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "unanswered.json"
    file.write_text(text)
    assert read(file) == []
    assert (tmp_path / "unanswered.unreadable").read_text() == text
    assert "cannot be read" in caplog.text


async def test_the_end_writes_what_is_new(tmp_path: Path) -> None:
    file = tmp_path / "unanswered.json"
    questions = Questions(words=False)
    async with keeping(questions, file):
        questions.add("?", "a.pdf", 1.0)
    assert [q.document for q in read(file)] == ["a.pdf"]


async def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "unanswered.json"
    async with keeping(Questions(words=True, known=[LOBSTERS]), file):
        pass
    assert not file.exists()


async def test_it_is_written_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep, "LATEST_S", 0.0)
    file, written = tmp_path / "unanswered.json", asyncio.Event()
    loop = asyncio.get_running_loop()

    def writing(file: Path, questions: tuple[Question, ...]) -> None:
        write(file, questions)
        loop.call_soon_threadsafe(written.set)

    monkeypatch.setattr(keep, "write", writing)
    questions = Questions(words=False)
    async with keeping(questions, file):
        questions.add("?", "a.pdf", 1.0)
        async with asyncio.timeout(10):
            await written.wait()
        assert json.loads(file.read_text())["questions"][0]["count"] == 1


async def test_a_disk_that_is_full_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keep, "LATEST_S", 0.0)
    tries, tried_twice = 0, asyncio.Event()
    loop = asyncio.get_running_loop()

    def full(file: Path, questions: tuple[Question, ...]) -> None:
        nonlocal tries
        tries += 1
        if tries > 1:
            loop.call_soon_threadsafe(tried_twice.set)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keep, "write", full)
    questions = Questions(words=False)
    async with keeping(questions, tmp_path / "unanswered.json"):
        questions.add("?", "", 1.0)
        async with asyncio.timeout(10):
            await tried_twice.wait()
    assert caplog.text.count("No space left") == 1
