"""A written-down call given to turn-taking once more. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from voicebot.audio import HEARING_RATE
from voicebot.config import Turns, Vad
from voicebot.dialogue.trace import Event, Trace, feed
from voicebot.dialogue.turns import TurnTaker

ANSWERS = ("judged", "transcribed")  # to what was asked in a silence


@dataclass(frozen=True)
class Moment:
    """Something followed from an input: when it was recorded, or now. at: samples heard by then;
    cause: the input's name."""

    at: int
    cause: str
    recorded: tuple[Event, ...]
    replayed: tuple[Event, ...]

    @property
    def same(self) -> bool:
        return self.recorded == self.replayed


@dataclass(frozen=True)
class TurnsTaken:
    """silence_ms: median of the silence until a turn was taken, None where none was. causes: how
    often each."""

    count: int
    silence_ms: float | None
    causes: dict[str, int]


def replayed(trace: Trace, turns: Turns, vad: Vad) -> Iterator[Moment]:
    """Every moment at which something followed, from a fresh TurnTaker with these settings.

    Up to the first difference it is what would have happened. From there on it is a guess: what was
    heard and found later was in answer to a bot that did otherwise. An answer that nobody asked for
    any more is dropped then, as it is in a call.
    """
    taker = TurnTaker(turns, threshold=vad.threshold, min_level_db=vad.min_level_db)
    apart = False
    for came in trace.inputs:
        dropped = apart and came.name in ANSWERS and not taker.paused
        out = () if dropped else feed(taker, came)
        if out or came.out:
            moment = Moment(taker.now, came.name, came.out, out)
            apart = apart or not moment.same
            yield moment


def turns_taken(events: Iterable[Event]) -> TurnsTaken:
    ended = [event for event in events if event["event"] == "Ended"]
    silences: Sequence[float] = [event["silence"] * 1000 / HEARING_RATE for event in ended]
    causes = Counter(str(event["cause"]) for event in ended)
    return TurnsTaken(len(ended), median(silences) if silences else None, dict(causes))
