"""The log, on stderr: ours at the level of the settings, libraries' warnings, a line a turn.

Modules log through the standard library (`logging.getLogger(__name__)`); structlog gives the lines
their shape. Words of customers are in them only where `logging.words` says so: libraries stay at
warnings whatever the level, because some of them write at lower levels what they hear or speak.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import structlog

from voicebot import events as ev
from voicebot.config import Logging
from voicebot.telemetry.turns import TurnRecord

_turns = structlog.stdlib.get_logger("voicebot.turns")


class _Handler(logging.StreamHandler[Any]):
    """Ours, so that setting up again replaces it and nothing else."""


def set_up_logging(settings: Logging) -> None:
    """Can be called again; the last call counts."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = _Handler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(settings.json_lines),
            ],
        )
    )
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("voicebot").setLevel(settings.level.upper())


def _renderers(json_lines: bool) -> list[structlog.typing.Processor]:
    if json_lines:
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    colors = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    # The renderer's own tracebacks show local variables: customers' words, secrets.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]


def turn_logger(words: bool) -> Callable[[TurnRecord], None]:
    """A sink for TurnLog that writes one line a turn. words: with what was said."""

    def log(record: TurnRecord) -> None:
        said: dict[str, Any] = {}
        if words:
            said = {"user": record.user, "say": record.say, "heard": record.heard}
        _turns.info(
            "turn",
            room=record.room,
            turn=record.turn,
            means=record.means,
            tools=[tool["name"] for tool in record.tools],
            passages=len(record.passages),
            interrupted=record.interrupted,
            ms=record.ms,
            **said,
        )

    return log


def log_event(event: ev.Event) -> None:
    """A listener that writes what is not part of a turn: who came and went, what failed."""
    match event:
        case ev.StageFailed():
            _turns.warning("stage failed", room=event.room, stage=event.stage, error=event.error)
        case ev.FellBack():
            _turns.warning("fell back", room=event.room, stage=event.stage, cause=event.cause)
        case ev.BackendChanged():
            _turns.warning(
                "backend changed", stage=event.stage, backend=event.backend, cause=event.cause
            )
        case ev.BotJoined() | ev.BotLeft():
            _turns.info(f"bot {event.kind.removeprefix('Bot').lower()}", **_who(event))
        case ev.CustomerJoined() | ev.CustomerLeft():
            _turns.info(f"customer {event.kind.removeprefix('Customer').lower()}", room=event.room)


def _who(event: ev.BotJoined | ev.BotLeft) -> dict[str, str]:
    return {"room": event.room, "cause": event.cause}
