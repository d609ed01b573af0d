"""The log, turn by turn, and the metrics: both read the stream of events."""

from __future__ import annotations

from voicebot.config import Logging


def set_up_logging(settings: Logging) -> None:
    """Everything that is logged goes to stderr."""
