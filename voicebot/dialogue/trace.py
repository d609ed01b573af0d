"""A call's turn-taking written down: all that came into it, in order, and what followed. Pure.

One JSON object a line, so that a file that breaks off is good up to there: first what was in force,
then every input, and at the end of a call why it ended.

    {"format": "voicebot-turns", "version": 1, "room": "desk-1", "began": "2026-11-23T12:00:00Z",
     "turns": {"min_speech": 96, ...}, "vad": {"threshold": 0.5, ...}}
    {"at": 1024, "in": "step", "probability": 0.98, "level_db": -21.5, "out": [{"event": "Began", ...}]}
    {"at": 53760, "in": "transcribed", "wording": "OPEN", "odds": 1.25}
    {"at": 99840, "in": "end", "why": "left"}

`at`: samples heard before it came. `in`: a method of `TurnTaker`, with what it was given by name,
or `expects`, where that has changed. There are no words in it.
"""  # noqa: E501

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from voicebot.audio import STEP
from voicebot.config import Turns, Vad
from voicebot.dialogue.turns import Expecting, TurnEvent, TurnTaker, Wording
from voicebot.errors import RecordingError

FORMAT, VERSION = "voicebot-turns", 1
END = "end"
METHODS = ("step", "judged", "transcribed", "bot_speaks", "continue_from", "reset")
EXPECTS = "expects"
ENUMS: Mapping[str, type[Enum]] = {"wording": Wording, "what": Expecting}  # by what they are given

Event: TypeAlias = dict[str, Any]  # {"event": "Ended", "start": ...}
T = TypeVar("T")
S = TypeVar("S", Turns, Vad)


@dataclass(frozen=True)
class Input:
    """at: samples heard before it came. name: of METHODS, or EXPECTS. given: by name of the
    parameter. out: what followed."""

    at: int
    name: str
    given: Mapping[str, Any] = field(default_factory=dict)
    out: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Trace:
    """A call that was written down. began: UTC, ISO 8601. ended: why it ended, None where the file
    breaks off. unknown: settings that this version does not have, left out."""

    room: str
    began: str
    turns: Turns
    vad: Vad
    inputs: tuple[Input, ...]
    ended: str | None
    unknown: tuple[str, ...] = ()

    @property
    def heard(self) -> int:
        """Samples."""
        return sum(STEP for came in self.inputs if came.name == "step")


class TracedTurns(TurnTaker):
    """A TurnTaker that tells `note` of all that comes into it. `note` must not raise or wait."""

    def __init__(
        self,
        settings: Turns,
        *,
        threshold: float,
        min_level_db: float,
        note: Callable[[Input], None],
    ) -> None:
        super().__init__(settings, threshold=threshold, min_level_db=min_level_db)
        self._note = note
        self._noted_expecting = self.expecting
        self._noted_speaking: bool | None = None

    def step(self, probability: float, level_db: float) -> tuple[TurnEvent, ...]:
        return self._noted("step", super().step, probability=probability, level_db=level_db)

    def judged(self, probability: float) -> tuple[TurnEvent, ...]:
        return self._noted("judged", super().judged, probability=probability)

    def transcribed(self, wording: Wording, odds: float | None = None) -> tuple[TurnEvent, ...]:
        return self._noted("transcribed", super().transcribed, wording=wording, odds=odds)

    def bot_speaks(self, speaking: bool) -> None:
        """It is told at every step; what stays as it was is not noted."""
        super().bot_speaks(speaking)
        if speaking != self._noted_speaking:
            self._noted_speaking = speaking
            self._note(Input(self.now, "bot_speaks", {"speaking": speaking}))

    def continue_from(self, start: int) -> None:
        self._noted("continue_from", super().continue_from, start=start)

    def reset(self) -> None:
        self._noted("reset", super().reset)

    def _noted(self, name: str, put: Callable[..., T], **given: Any) -> T:
        if self.expecting is not self._noted_expecting:
            self._noted_expecting = self.expecting
            self._note(Input(self.now, EXPECTS, {"what": self.expecting}))
        at, out = self.now, put(**given)
        self._note(Input(at, name, given, written(out) if isinstance(out, tuple) else ()))
        return out


def feed(taker: TurnTaker, came: Input) -> tuple[Event, ...]:
    """Give it what came, and what follows."""
    if came.name == EXPECTS:
        taker.expecting = came.given["what"]
        return ()
    return written(getattr(taker, came.name)(**came.given) or ())


def written(events: Iterable[TurnEvent]) -> tuple[Event, ...]:
    return tuple({"event": type(event).__name__, **asdict(event)} for event in events)


# ------------------------------------------------------------------ lines


def first_line(room: str, began: str, turns: Turns, vad: Vad) -> str:
    head = {"format": FORMAT, "version": VERSION, "room": room, "began": began}
    return json.dumps({**head, "turns": turns.model_dump(), "vad": vad.model_dump()}) + "\n"


def line(came: Input) -> str:
    out = {"out": came.out} if came.out else {}
    values = {name: _plain(value) for name, value in came.given.items()}
    return json.dumps({"at": came.at, "in": came.name, **values, **out}) + "\n"


def last_line(at: int, why: str) -> str:
    return json.dumps({"at": at, "in": END, "why": why}) + "\n"


def _plain(value: object) -> object:
    return value.name if isinstance(value, Enum) else value


def parsed(lines: Iterable[str]) -> Trace:
    """A last line that breaks off is left out. Raises RecordingError, which names the line."""
    head: Mapping[str, Any] | None = None
    inputs: list[Input] = []
    ended: str | None = None
    for number, text in enumerate(lines, 1):
        try:
            if not text.endswith("\n"):
                break  # it was being written when the call was killed
            row = json.loads(text)
            if head is None:
                head = _head(row)
            elif row["in"] == END:
                ended = str(row["why"])
            else:
                inputs.append(_input(row))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise RecordingError(f"line {number} is no line of a recorded call: {exc!r}") from exc
    if head is None:
        raise RecordingError("it breaks off before anything was recorded")
    unknown: list[str] = []
    return Trace(
        head["room"],
        head["began"],
        _settings(Turns, "turns", head, unknown),
        _settings(Vad, "vad", head, unknown),
        tuple(inputs),
        ended,
        tuple(unknown),
    )


def _head(row: Mapping[str, Any]) -> Mapping[str, Any]:
    if row["format"] != FORMAT:
        raise ValueError(f"its format is {row['format']}")
    if row["version"] > VERSION:
        raise RecordingError(
            f"it is of version {row['version']}, this voicebot reads {VERSION}: use a newer one"
        )
    return row


def _input(row: dict[str, Any]) -> Input:
    at, name, out = row.pop("at"), row.pop("in"), tuple(row.pop("out", ()))
    if name not in (*METHODS, EXPECTS):
        raise ValueError(f"turn-taking has no {name}")
    given = {key: ENUMS[key][value] if key in ENUMS else value for key, value in row.items()}
    return Input(at, name, given, out)


def _settings(kind: type[S], name: str, head: Mapping[str, Any], unknown: list[str]) -> S:
    """Those there are by now; what is new has its default."""
    told: Mapping[str, Any] = head[name]
    unknown += [f"{name}.{key}" for key in told if key not in kind.model_fields]
    try:
        return kind.model_validate({k: v for k, v in told.items() if k in kind.model_fields})
    except ValueError as exc:
        raise RecordingError(f"its settings cannot be in force here: {exc}") from exc
