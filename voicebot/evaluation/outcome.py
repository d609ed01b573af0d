"""What came of a scenario, as values put together from the stream of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from voicebot import events as ev
from voicebot.evaluation.scenario import Case
from voicebot.telemetry.turns import TurnLog, TurnRecord


@dataclass(frozen=True)
class Condition:
    """How the customer speaks. voice: "" is typed; snr_db: of speech over babble, None is quiet."""

    voice: str = ""
    snr_db: float | None = None


@dataclass(frozen=True)
class Answer:
    """One turn. asked: what the customer said; heard: what the bot took it for; say: its answer.

    means, details: of each part of the answer, mostly one. tools: name, arguments, result. unknown:
    the bot said that it does not know. ms: milliseconds by stage, as in TurnRecord. tokens: of the
    last request to the language model, by "prompt", "reused", "sampled", where that is known.
    trouble: stages that failed meanwhile. broken: why there is no answer at all. replies: what the
    customer answered where the bot asked back.
    """

    asked: str
    heard: str = ""
    say: str = ""
    means: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    unknown: bool = False
    asked_model: bool = False
    ms: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    trouble: tuple[str, ...] = ()
    broken: str = ""
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """failures: of each turn what was wrong with it, and of the shop's data afterwards."""

    case: Case
    condition: Condition
    round: int
    answers: tuple[Answer, ...]
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def answer(asked: str, happened: Iterable[ev.Event], say: str | None = None) -> Answer:
    """One turn of the customer's from its events; more than one of the bot's is put together. say:
    what the customer was shown, where that is known better than from the bot's own account."""
    listed = list(happened)
    records: list[TurnRecord] = []
    log = TurnLog(records.append)
    for event in listed:
        log(event)
    chosen = [event for event in listed if isinstance(event, ev.MeansChosen)]
    failed = [event for event in listed if isinstance(event, ev.StageFailed)]
    return Answer(
        asked=asked,
        heard=_joined(record.user for record in records),
        say=_joined(record.say for record in records) if say is None else say,
        means=tuple(event.means for event in chosen),
        details=tuple(event.detail for event in chosen),
        tools=tuple(tool for record in records for tool in record.tools),
        unknown=any(
            isinstance(event, ev.Unanswered)
            or (isinstance(event, ev.MeansChosen) and event.means == "unknown")
            for event in listed
        ),
        asked_model=any(event.asked_model for event in chosen)
        or any(isinstance(event, ev.FirstToken) for event in listed),
        ms=_latest(records),
        trouble=tuple(f"{event.stage}: {event.error}" for event in failed),
    )


def together(parts: Sequence[Answer]) -> Answer:
    """One turn in which the bot asked back, and all that came of it."""
    first, last = parts[0], parts[-1]
    return replace(
        last,
        asked=first.asked,
        heard=_joined(part.heard for part in parts),
        say=_joined(part.say for part in parts),
        means=tuple(means for part in parts for means in part.means),
        details=tuple(detail for part in parts for detail in part.details),
        tools=tuple(tool for part in parts for tool in part.tools),
        unknown=any(part.unknown for part in parts),
        asked_model=any(part.asked_model for part in parts),
        trouble=tuple(trouble for part in parts for trouble in part.trouble),
        replies=tuple(part.asked for part in parts[1:]),
    )


def _joined(texts: Iterable[str]) -> str:
    return " ".join(text for text in texts if text)


def _latest(records: Sequence[TurnRecord]) -> dict[str, float]:
    """0 ms is a stage that had nothing to do, such as understanding where a parser sufficed."""
    return {stage: ms for record in records for stage, ms in record.ms.items() if ms > 0}
