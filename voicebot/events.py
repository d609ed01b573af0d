"""Everything that happens, as one stream of typed, timed events.

The log, the metrics, `ask --json`, `call`, the benchmarks, the operator's page and the tests all
read this stream. An event's `at` is `time.monotonic()` of this process, in seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeAlias

Means = Literal["dialogue", "tool", "quote", "unknown", "model", "apology"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """room and turn say whose it is; turn counts from 1, 0 is the greeting."""

    room: str = ""
    turn: int = 0
    at: float = field(default_factory=time.monotonic)

    @property
    def kind(self) -> str:
        return type(self).__name__

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


# ---- the customer


@dataclass(frozen=True, kw_only=True)
class CustomerJoined(Event):
    identity: str


@dataclass(frozen=True, kw_only=True)
class CustomerLeft(Event):
    identity: str


@dataclass(frozen=True, kw_only=True)
class SpeechBegan(Event):
    pass


@dataclass(frozen=True, kw_only=True)
class SpeechEnded(Event):
    """The customer fell silent; `at` is the end of the voice as far as detection can tell."""


@dataclass(frozen=True, kw_only=True)
class TurnJudged(Event):
    probability: float
    silence_ms: int
    ms: float


@dataclass(frozen=True, kw_only=True)
class TurnTaken(Event):
    """The bot takes the turn; cause is a turns.Cause or "typed"."""

    silence_ms: int
    cause: str


@dataclass(frozen=True, kw_only=True)
class Transcribed(Event):
    """text is "" where nothing was understood."""

    text: str
    audio_s: float
    ms: float
    speculative: bool = False


@dataclass(frozen=True, kw_only=True)
class HeldAgainstSound(Event):
    """Names or numbers that could be meant were scored against the sound. decided: one was sure
    enough."""

    decided: bool
    ms: float


# ---- the answer


@dataclass(frozen=True, kw_only=True)
class MeansChosen(Event):
    means: Means
    detail: str = ""
    asked_model: bool = False
    ms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ToolRan(Event):
    name: str
    arguments: dict[str, Any]
    result: dict[str, Any]
    ms: float


@dataclass(frozen=True, kw_only=True)
class PassagesFound(Event):
    passages: tuple[dict[str, Any], ...]  # source, page, text, score
    ms: float


@dataclass(frozen=True, kw_only=True)
class FirstToken(Event):
    pass


@dataclass(frozen=True, kw_only=True)
class ClauseReady(Event):
    """The first `audio_s` of a clause can be heard, after `ms` of work."""

    text: str
    ms: float
    audio_s: float


@dataclass(frozen=True, kw_only=True)
class FirstSound(Event):
    """The first sample of the answer went to the room."""


@dataclass(frozen=True, kw_only=True)
class LastSound(Event):
    """The answer has been heard to its end, which was known late_ms afterwards. gap_ms: the longest
    time in it for which nothing was ready to be played."""

    gap_ms: float | None = None
    late_ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class Held(Event):
    """Somebody or something sounded while the bot spoke, and it fell silent to hear what it is.
    CutOff or WentOn follows, unless the call ends."""

    ms: float  # from the first voice to silence


@dataclass(frozen=True, kw_only=True)
class WentOn(Event):
    """It was no interruption: the bot goes on from the clause that was cut, silent_ms later. was:
    an interruption.Heard, in small letters."""

    was: str
    silent_ms: float


@dataclass(frozen=True, kw_only=True)
class CutOff(Event):
    """Barge-in: the customer spoke, and the answer is over. heard: the words that were played."""

    heard: str
    ms: float  # from the customer's first voice to silence


@dataclass(frozen=True, kw_only=True)
class ReplyEnded(Event):
    """user: the words answered; say: the answer; heard: as much of it as was played."""

    user: str
    say: str
    heard: str


@dataclass(frozen=True, kw_only=True)
class Unanswered(Event):
    question: str


@dataclass(frozen=True, kw_only=True)
class StaffCalled(Event):
    """A customer wants a person; question: what we could not answer, or ""."""

    question: str


@dataclass(frozen=True, kw_only=True)
class StageFailed(Event):
    stage: str
    error: str


@dataclass(frozen=True, kw_only=True)
class RemoteUsed(Event):
    """A server was asked for a stage's work. seconds: of sound sent to it; characters: of text
    that it spoke; cost: in the currency of the prices in the settings, 0 where there are none."""

    stage: str
    host: str
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    characters: int = 0
    cost: float = 0.0


@dataclass(frozen=True, kw_only=True)
class FellBack(Event):
    """A stage's fallback does one piece of work; ms: that the first choice had been given."""

    stage: str
    backend: str
    cause: str
    ms: float


@dataclass(frozen=True, kw_only=True)
class BackendChanged(Event):
    """Who does a stage's work from now on. cause: why the first choice does not; empty: it does."""

    stage: str
    backend: str
    cause: str = ""


# ---- rooms


@dataclass(frozen=True, kw_only=True)
class BotJoined(Event):
    cause: str  # "webhook", "job", "spawn", "reconcile"


@dataclass(frozen=True, kw_only=True)
class BotLeft(Event):
    cause: str


PRIVATE = ("text", "user", "say", "heard", "question", "arguments", "result", "passages")
Emit: TypeAlias = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Where nobody listens."""


# Stages know of no rooms: whose work a task and those that it starts are doing stands here.
_whose: ContextVar[tuple[str, int]] = ContextVar("whose", default=("", 0))


def work_for(room: str, turn: int) -> None:
    """What this task does from now on is for that turn."""
    _whose.set((room, turn))


def of_this_work(event: Event) -> Event:
    """The event as one of the turn that this task works for."""
    room, turn = _whose.get()
    return replace(event, room=room, turn=turn)


def without_words(event: Event) -> dict[str, Any]:
    """The event with everything that a customer said or was told left out."""
    return {k: v for k, v in event.as_dict().items() if k not in PRIVATE}


class EventStream:
    """Hands every event to all who listen. A listener is a plain function that returns at once and
    must not raise; `follow()` makes an iterator of one."""

    def __init__(self) -> None:
        self._listeners: list[Emit] = []

    def emit(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    @contextmanager
    def listening(self, listener: Emit) -> Iterator[None]:
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    async def follow(self, capacity: int = 1000) -> AsyncGenerator[Event, None]:
        """Events from now on. When the reader is `capacity` behind, the oldest are lost: a slow
        page must not hold up a conversation. Close it when done."""
        queue: asyncio.Queue[Event] = asyncio.Queue(capacity)

        def put(event: Event) -> None:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

        with self.listening(put):
            while True:
                yield await queue.get()
