"""One record a turn, put together from the stream of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from voicebot import events as ev

OPEN_TURNS = 256  # turns put together at a time; beyond it the oldest is given up
SPANS = 32  # of a turn; a customer who pauses often has more transcriptions, then the first count


@dataclass(frozen=True)
class Span:
    """What a stage did of a turn: from start_ms after the end of the customer's voice (or of
    typing; it may have begun before), for ms milliseconds."""

    stage: str
    start_ms: float
    ms: float


@dataclass(frozen=True)
class TurnRecord:
    """A turn that has ended. turn 0 is the greeting.

    user: the words answered, say: the whole answer, heard: what of it was played. tools: name,
    arguments, result of each. passages: source, page, text, score of each. ms: milliseconds by
    stage; only stages that ran are there:

    silence (until the turn was taken), judge, stt (the last transcription), understand, tool,
    retrieval, first_token (from the turn's taking, 0 if it came before), first_clause (to
    synthesise it), voice_to_voice (from the end of the customer's voice, or of typing, to the first
    sound), gap (the longest in the answer for which no sound was ready), end (from its last sound
    until that was known).

    spans: the same stages as a waterfall, every run of each, in the order in which they ended; what
    was over before the voice ended is left out. at: time.monotonic() when the answer had ended.

    spent: on servers, the sums of RemoteUsed's numbers; empty where none was asked.
    """

    room: str
    turn: int
    user: str = ""
    say: str = ""
    heard: str = ""
    means: str = ""
    detail: str = ""
    tools: tuple[dict[str, Any], ...] = ()
    passages: tuple[dict[str, Any], ...] = ()
    ms: dict[str, float] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)
    interrupted: bool = False
    spans: tuple[Span, ...] = ()
    at: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """What `ask --json` prints."""
        return {
            "user": self.user,
            "say": self.say,
            "means": self.means,
            "detail": self.detail,
            "tools": list(self.tools),
            "passages": list(self.passages),
            "ms": self.ms,
            "spent": self.spent,
        }


@dataclass(frozen=True)
class _Open:
    """A turn that goes on. Times are of the stream's clock, in seconds."""

    record: TurnRecord
    voice_ended: float | None = None
    taken: float | None = None
    runs: tuple[tuple[str, float, float], ...] = ()  # of stages: name, began, ended

    def told(self, **changes: Any) -> _Open:
        return replace(self, record=replace(self.record, **changes))

    def timed(self, stage: str, ms: float) -> _Open:
        return self.told(ms={**self.record.ms, stage: round(ms, 1)})

    def ran(self, stage: str, ms: float, ended: float) -> _Open:
        """A run of a stage, for the waterfall."""
        return replace(self, runs=(*self.runs, (stage, ended - ms / 1000, ended))[:SPANS])

    def closed(self, at: float) -> TurnRecord:
        zero = self.voice_ended if self.voice_ended is not None else self.taken
        if zero is None:
            return replace(self.record, at=at)
        spans = tuple(
            Span(stage, round((began - zero) * 1000, 1), round((ended - began) * 1000, 1))
            for stage, began, ended in self.runs
            if ended > zero
        )
        return replace(self.record, at=at, spans=spans)


class TurnLog:
    """A listener of the stream; `sink` gets each turn's record when its answer has ended.

    sink must return at once and must not raise.
    """

    def __init__(self, sink: Callable[[TurnRecord], None]) -> None:
        self._sink = sink
        self._open: dict[tuple[str, int], _Open] = {}

    def __call__(self, event: ev.Event) -> None:
        if isinstance(event, ev.BotLeft):
            self._forget(event.room)
            return
        if isinstance(event, ev.CustomerJoined | ev.CustomerLeft | ev.BotJoined):
            return
        if isinstance(event, ev.BackendChanged | ev.FellBack | ev.RemoteUsed) and not event.room:
            return  # a probe's, or what was done for no customer
        key = (event.room, event.turn)
        if key not in self._open and len(self._open) >= OPEN_TURNS:
            del self._open[next(iter(self._open))]
        state = self._open.get(key, _Open(TurnRecord(event.room, event.turn)))
        self._open[key] = _after(state, event)
        if isinstance(event, ev.ReplyEnded):
            record = self._open[key].closed(event.at)
            self._forget(event.room, event.turn)
            self._sink(record)

    def _forget(self, room: str, up_to: int | None = None) -> None:
        """Also turns that never got an answer, such as coughs."""
        for key in [k for k in self._open if k[0] == room and (up_to is None or k[1] <= up_to)]:
            del self._open[key]


def _after(state: _Open, event: ev.Event) -> _Open:
    match event:
        case ev.SpeechEnded():
            return replace(state, voice_ended=event.at)
        case ev.TurnJudged():
            return state.timed("judge", event.ms).ran("judge", event.ms, event.at)
        case ev.TurnTaken():
            took = replace(state, taken=event.at).timed("silence", event.silence_ms)
            return took.ran("silence", event.silence_ms, event.at)
        case ev.Transcribed():
            return state.timed("stt", event.ms).ran("stt", event.ms, event.at)
        case ev.HeldAgainstSound():
            return state.timed("second_hearing", event.ms).ran("second_hearing", event.ms, event.at)
        case _:
            return _answered(state, event)


def _answered(state: _Open, event: ev.Event) -> _Open:
    record, at = state.record, event.at
    match event:
        case ev.MeansChosen():
            chose = state.told(means=event.means, detail=event.detail)
            return chose.timed("understand", event.ms).ran("understand", event.ms, at)
        case ev.ToolRan():
            tool = {"name": event.name, "arguments": event.arguments, "result": event.result}
            spent = record.ms.get("tool", 0.0) + event.ms
            ran = state.told(tools=(*record.tools, tool)).timed("tool", spent)
            return ran.ran("tool", event.ms, at)
        case ev.PassagesFound():
            found = state.told(passages=event.passages).timed("retrieval", event.ms)
            return found.ran("retrieval", event.ms, at)
        case ev.FirstToken() if state.taken is not None:
            ms = max(0.0, at - state.taken) * 1000
            return state.timed("first_token", ms).ran("first_token", ms, at)
        case ev.ClauseReady() if "first_clause" not in record.ms:
            return state.timed("first_clause", event.ms).ran("first_clause", event.ms, at)
        case ev.FirstSound():
            began = state.voice_ended if state.voice_ended is not None else state.taken
            if began is not None and "voice_to_voice" not in record.ms:
                ms = (at - began) * 1000
                return state.timed("voice_to_voice", ms).ran("voice_to_voice", ms, at)
        case ev.LastSound() if event.gap_ms is not None and event.late_ms is not None:
            return state.timed("gap", event.gap_ms).timed("end", event.late_ms)
        case ev.RemoteUsed():
            return state.told(spent=_more(record.spent, event))
        case ev.CutOff():
            return state.told(interrupted=True, heard=event.heard)
        case ev.ReplyEnded():
            return state.told(user=event.user, say=event.say, heard=event.heard)
    return state


SPENT = ("tokens_in", "tokens_out", "seconds", "characters", "cost")


def _more(spent: dict[str, float], used: ev.RemoteUsed) -> dict[str, float]:
    return {name: spent.get(name, 0) + getattr(used, name) for name in SPENT}
