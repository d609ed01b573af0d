"""What the operator's page shows, in memory and bounded, fed by the one stream of events.

Times of events are turned into Unix time by `unix`, so that nothing here reads a clock.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from voicebot import events as ev
from voicebot.telemetry.presence import Presence, Room
from voicebot.telemetry.questions import Question, Questions
from voicebot.telemetry.turns import Span, TurnRecord

TURNS = 100  # kept with their waterfalls
POINTS = 5_000  # turns kept as a point: a busy day
TROUBLES = 1000
RETURNS = 100
PERIODS = 60  # of a plot, whatever its length


@dataclass(frozen=True)
class Turn:
    """One turn as a waterfall. at: Unix time of its end. delay_ms: what the customer waited, from
    the end of the voice to the first sound. user, say, tools' arguments: only where words are
    kept."""

    at: float
    room: str
    turn: int
    means: str
    detail: str
    interrupted: bool
    delay_ms: float | None
    spans: tuple[Span, ...]
    tools: tuple[str, ...]
    user: str = ""
    say: str = ""


@dataclass(frozen=True)
class Period:
    """A point of the plot. start: Unix time, seconds."""

    start: float
    turns: int
    errors: int
    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True)
class StageTimes:
    """Of one stage over the turns that are kept."""

    stage: str
    runs: int
    p50_ms: float
    p95_ms: float
    most_ms: float


@dataclass(frozen=True)
class ReturnOpened:
    """return_id is "" where words are not kept."""

    at: float
    room: str
    refund_amount: float | None
    return_id: str = ""


@dataclass(frozen=True)
class Trouble:
    """kind: "failed"; "fallback" where another backend did one piece of work, "changed" where it
    does them from now on."""

    at: float
    kind: str
    room: str
    stage: str
    text: str


@dataclass(frozen=True)
class Overview:
    """Everything at one moment. now, since (the start): Unix time, seconds. turns, their delay,
    means, barge_ins, staff_calls, failures, fallbacks and periods are of the last `minutes`; stages
    are of the recent turns."""

    now: float
    since: float
    minutes: int
    words: bool
    rooms: tuple[Room, ...]
    turns: int
    p50_ms: float | None
    p95_ms: float | None
    means: dict[str, int]
    barge_ins: int
    staff_calls: int
    failures: dict[str, int]
    fallbacks: dict[str, int]
    periods: tuple[Period, ...]
    stages: tuple[StageTimes, ...]
    recent: tuple[Turn, ...]
    unanswered: tuple[Question, ...]
    returns: tuple[ReturnOpened, ...]
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True)
class _Point:
    at: float
    means: str
    delay_ms: float | None
    interrupted: bool


class Board:
    """`on_event` is a listener of the stream, `on_turn` a sink of TurnLog. words: whether what
    customers say may be kept and shown. since: Unix time of the start; unix: Unix time at the
    monotonic clock's zero."""

    def __init__(self, questions: Questions, *, words: bool, since: float, unix: float) -> None:
        self._questions, self._words, self._since, self._unix = questions, words, since, unix
        self._presence = Presence()
        self._nearest: dict[str, str] = {}  # room -> document that came nearest this turn
        self._turns: deque[Turn] = deque(maxlen=TURNS)
        self._points: deque[_Point] = deque(maxlen=POINTS)
        self._troubles: deque[Trouble] = deque(maxlen=TROUBLES)
        self._returns: deque[ReturnOpened] = deque(maxlen=RETURNS)
        self._staff_calls: deque[float] = deque(maxlen=TROUBLES)

    # ---- taking in

    def on_event(self, event: ev.Event) -> None:
        at = event.at + self._unix
        match event:
            case ev.BotLeft():
                self._nearest.pop(event.room, None)
            case ev.PassagesFound():
                best = event.passages[0]["source"] if event.passages else ""
                self._nearest[event.room] = str(best)
            case ev.Unanswered():
                self._questions.add(event.question, self._nearest.get(event.room, ""), at)
            case ev.StaffCalled():
                self._staff_calls.append(at)
            case ev.StageFailed():
                trouble = Trouble(at, "failed", event.room, event.stage, event.error)
                self._troubles.append(trouble)
            case ev.FellBack():
                text = f"{event.backend} stepped in: {event.cause}"
                self._troubles.append(Trouble(at, "fallback", event.room, event.stage, text))
            case ev.BackendChanged() if event.cause:
                text = f"{event.backend} from now on: {event.cause}"
                self._troubles.append(Trouble(at, "changed", event.room, event.stage, text))
            case ev.ToolRan() if "return_id" in event.result:
                self._note_return(event, at)
        self._presence.take(event, at)

    def on_turn(self, record: TurnRecord) -> None:
        if not record.turn:
            return
        at, delay = record.at + self._unix, record.ms.get("voice_to_voice")
        self._points.append(_Point(at, record.means, delay, record.interrupted))
        self._turns.append(
            Turn(
                at=at,
                room=record.room,
                turn=record.turn,
                means=record.means,
                detail=record.detail,
                interrupted=record.interrupted,
                delay_ms=delay,
                spans=record.spans,
                tools=tuple(tool["name"] for tool in record.tools),
                user=record.user if self._words else "",
                say=record.say if self._words else "",
            )
        )
        self._presence.answered(record.room, delay)

    def _note_return(self, event: ev.ToolRan, at: float) -> None:
        amount = event.result.get("refund_amount")
        self._returns.append(
            ReturnOpened(
                at=at,
                room=event.room,
                refund_amount=float(amount) if amount is not None else None,
                return_id=str(event.result["return_id"]) if self._words else "",
            )
        )

    # ---- giving out

    def overview(self, now: float, minutes: int) -> Overview:
        """now: Unix time, seconds."""
        begin = now - minutes * 60
        points = [point for point in self._points if point.at >= begin]
        troubles = [trouble for trouble in self._troubles if trouble.at >= begin]
        p50, p95 = _percentiles(point.delay_ms for point in points)
        return Overview(
            now=now,
            since=self._since,
            minutes=minutes,
            words=self._words,
            rooms=self._presence.rooms(),
            turns=len(points),
            p50_ms=p50,
            p95_ms=p95,
            means=dict(Counter(point.means or "none" for point in points).most_common()),
            barge_ins=sum(point.interrupted for point in points),
            staff_calls=sum(at >= begin for at in self._staff_calls),
            failures=_by_stage(troubles, "failed"),
            fallbacks=_by_stage(troubles, "fallback"),
            periods=_periods(points, troubles, begin, minutes),
            stages=_stages(self._turns),
            recent=tuple(reversed(self._turns)),
            unanswered=self._questions.asked(),
            returns=tuple(reversed(self._returns)),
            troubles=tuple(reversed(self._troubles))[:TURNS],
        )


def _percentiles(delays: Iterable[float | None]) -> tuple[float | None, float | None]:
    known = [delay for delay in delays if delay is not None]
    if not known:
        return None, None
    p50, p95 = np.percentile(known, (50, 95))
    return round(float(p50), 1), round(float(p95), 1)


def _periods(
    points: Iterable[_Point], troubles: Iterable[Trouble], begin: float, minutes: int
) -> tuple[Period, ...]:
    length = minutes * 60 / PERIODS

    def place(at: float) -> int:
        return min(PERIODS - 1, int((at - begin) / length))

    delays: list[list[float | None]] = [[] for _ in range(PERIODS)]
    for point in points:
        delays[place(point.at)].append(point.delay_ms)
    errors = Counter(place(trouble.at) for trouble in troubles if trouble.kind == "failed")
    return tuple(
        Period(begin + index * length, len(found), errors[index], *_percentiles(found))
        for index, found in enumerate(delays)
    )


def _stages(turns: Iterable[Turn]) -> tuple[StageTimes, ...]:
    spent: dict[str, list[float]] = {}
    for turn in turns:
        for span in turn.spans:
            spent.setdefault(span.stage, []).append(span.ms)
    found = []
    for stage, times in spent.items():
        p50, p95 = _percentiles(times)
        assert p50 is not None
        assert p95 is not None
        found.append(StageTimes(stage, len(times), p50, p95, max(times)))
    return tuple(found)


def _by_stage(troubles: Iterable[Trouble], kind: str) -> dict[str, int]:
    counted = Counter(trouble.stage for trouble in troubles if trouble.kind == kind)
    return dict(counted.most_common())
