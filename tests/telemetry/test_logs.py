from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from tests.telemetry.test_turns import records_of, spoken_turn
from voicebot import events as ev
from voicebot.config import Logging
from voicebot.telemetry import logs
from voicebot.telemetry.logs import log_event, set_up_logging, turn_logger

Logged = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The process's logging as it was."""
    root, ours = logging.getLogger(), logging.getLogger("voicebot")
    levels = root.level, ours.level
    yield
    for handler in [h for h in root.handlers if isinstance(h, logs._Handler)]:
        root.removeHandler(handler)
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    structlog.reset_defaults()


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Logged:
    def lines() -> list[dict[str, Any]]:
        captured = capsys.readouterr()
        assert captured.out == ""
        return [json.loads(line) for line in captured.err.splitlines()]

    return lines


def test_a_turn_is_one_line_without_words(logged: Logged) -> None:
    set_up_logging(Logging(json_lines=True))
    [record] = records_of(spoken_turn())
    turn_logger(words=False)(record)
    [line] = logged()
    assert line["event"] == "turn"
    assert (line["room"], line["turn"], line["means"]) == ("r", 1, "tool")
    assert line["tools"] == ["a", "b"]
    assert line["ms"]["voice_to_voice"] == 500
    assert not any(word in json.dumps(line) for word in ("Where", "here", "Thirty", '"x"'))


def test_words_are_there_where_settings_say_so(logged: Logged) -> None:
    set_up_logging(Logging(json_lines=True))
    [record] = records_of(spoken_turn())
    turn_logger(words=True)(record)
    [line] = logged()
    assert (line["user"], line["say"]) == ("Where is it?", "It is here.")


def test_comings_goings_and_failures(logged: Logged) -> None:
    set_up_logging(Logging(json_lines=True))
    for event in (
        ev.BotJoined(room="r", cause="webhook"),
        ev.CustomerJoined(room="r", identity="customer-1"),
        ev.Transcribed(room="r", text="my words", audio_s=1, ms=1),
        ev.StageFailed(room="r", stage="stt", error="gone"),
        ev.CustomerLeft(room="r", identity="customer-1"),
        ev.BotLeft(room="r", cause="empty"),
    ):
        log_event(event)
    said = [(line["event"], line["level"]) for line in logged()]
    assert said == [
        ("bot joined", "info"),
        ("customer joined", "info"),
        ("stage failed", "warning"),
        ("customer left", "info"),
        ("bot left", "info"),
    ]


@pytest.mark.parametrize("library", ["piper.voice", "faster_whisper", "httpx", "openai", "uvicorn"])
def test_libraries_only_warn(logged: Logged, library: str) -> None:
    set_up_logging(Logging(json_lines=True, level="debug"))
    logging.getLogger(library).debug("what was said")
    logging.getLogger(library).info("what was said")
    logging.getLogger(library).warning("out of memory")
    assert [line["event"] for line in logged()] == ["out of memory"]


@pytest.mark.parametrize(("level", "count"), [("debug", 3), ("info", 2), ("warning", 1)])
def test_our_own_level_is_the_settings(logged: Logged, level: Any, count: int) -> None:
    set_up_logging(Logging(json_lines=True, level=level))
    ours = logging.getLogger("voicebot.rooms")
    ours.debug("a")
    ours.info("b")
    ours.warning("c %s", 1)
    lines = logged()
    assert len(lines) == count
    assert (lines[-1]["event"], lines[-1]["logger"]) == ("c 1", "voicebot.rooms")


@pytest.mark.parametrize("json_lines", [True, False])
def test_tracebacks_have_no_local_variables(
    capsys: pytest.CaptureFixture[str], json_lines: bool
) -> None:
    set_up_logging(Logging(json_lines=json_lines))
    try:
        words = "what the customer said"
        raise ValueError(len(words))
    except ValueError:
        logging.getLogger("voicebot").exception("failed")
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert "Traceback" in told
    assert told.count("what the customer said") <= 1  # the source line is shown, its value is not


def test_setting_up_again_does_not_say_things_twice(logged: Logged) -> None:
    set_up_logging(Logging(json_lines=True))
    set_up_logging(Logging(json_lines=True))
    logging.getLogger("voicebot").warning("once")
    assert len(logged()) == 1
