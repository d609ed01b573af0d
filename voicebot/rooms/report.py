"""What a call was like, measured from both sides' sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np

from voicebot.audio import HEARING_RATE, SPEAKING_RATE, Pcm, Waveform, to_waveform
from voicebot.resampling import resample
from voicebot.rooms.recording import FRAME, Recording, Span, spans

Outcome = Literal["answered", "timeout", "talked_over", "bot_left"]
BARGE_IN_BRIDGE_S = 0.4  # so long a silence after an interruption is the bot's falling silent
LATEST_HABIT_S = 0.4  # the bot may have been between two words when the interruption began


@dataclass(frozen=True)
class Said:
    """One transcript as it came. at_s: when its stream began."""

    speaker: Literal["bot", "customer"]
    text: str
    segment: str
    final: bool
    at_s: float


@dataclass(frozen=True)
class TurnTimes:
    """When the customer's voice began and ended. interrupted: whether the bot was speaking when it
    was to be interrupted; None where it was not to be."""

    name: str
    start_s: float
    end_s: float
    interrupted: bool | None = None


@dataclass(frozen=True)
class TurnReport:
    """delay_ms: from the true end of speech to the answer's first audible sample; None where there
    is none, or the bot was speaking anyway. silent_ms: from the customer's first voice until an
    interrupted bot was silent. answer: the bot's sound until the next turn, at HEARING_RATE."""

    name: str
    outcome: Outcome
    start_s: float | None = None
    end_s: float | None = None
    delay_ms: float | None = None
    answer_s: float | None = None
    interrupted: bool | None = None
    silent_ms: float | None = None
    text: str = ""
    answer: Waveform = field(default_factory=lambda: np.zeros(0, np.float32), repr=False)


@dataclass(frozen=True)
class CallReport:
    """greeting_ms: from the moment at which both were in the room. p50_ms, p95_ms: of the turns'
    delays. recording: int16 at SPEAKING_RATE, shape (n, 2): the customer, the bot."""

    room: str
    bot: str
    greeting_ms: float | None
    turns: tuple[TurnReport, ...]
    p50_ms: float | None
    p95_ms: float | None
    said: tuple[Said, ...]
    greeting: Waveform = field(repr=False)
    recording: Pcm = field(repr=False)

    @property
    def transcript(self) -> list[Said]:
        """Final texts in order, one a segment."""
        last: dict[tuple[str, str], Said] = {}
        for said in self.said:
            if said.final and said.text:
                last[said.speaker, said.segment] = said
        return sorted(last.values(), key=lambda s: s.at_s)

    def as_dict(self) -> dict[str, Any]:
        """Without sound."""
        turns = [_plain(t, "answer") for t in self.turns]
        said = [_plain(s) for s in self.transcript]
        own = _plain(self, "greeting", "recording", "said", "turns")
        return own | {"turns": turns, "transcript": said}


def report(
    room: str,
    bot: str,
    bot_joined_s: float | None,
    times: Sequence[TurnTimes],
    names: Sequence[str],
    said: Sequence[Said],
    own: Recording,
    heard: Recording,
) -> CallReport:
    """names: of all turns that were planned; those not taken are reported as "bot_left"."""
    levels = heard.levels_db()
    whole_s = heard.end / SPEAKING_RATE
    ends = [*(t.start_s for t in times), whole_s][1:]
    turns = [_turn(t, until, levels, heard, said) for t, until in zip(times, ends, strict=True)]
    turns += [TurnReport(name, "bot_left") for name in names[len(times) :]]
    delays = [t.delay_ms for t in turns if t.delay_ms is not None]
    first = times[0].start_s if times else whole_s
    hello = next((s.start_s for s in spans(levels) if s.start_s < first), None)
    both = max(0.0, bot_joined_s or 0.0)
    return CallReport(
        room=room,
        bot=bot,
        greeting_ms=None if hello is None else _ms(heard.first_audible_s(hello) - both),
        turns=tuple(turns),
        p50_ms=round(float(np.percentile(delays, 50)), 1) if delays else None,
        p95_ms=round(float(np.percentile(delays, 95)), 1) if delays else None,
        said=tuple(said),
        greeting=_hearing(heard.between(0, first)),
        recording=_stereo(own, heard),
    )


def _turn(
    times: TurnTimes, until: float, levels: Any, heard: Recording, said: Sequence[Said]
) -> TurnReport:
    found = spans(levels)
    talking = any(s.start_s <= times.end_s < s.end_s for s in found)
    answer = [s for s in found if times.end_s <= s.start_s < until]
    delay = answer_s = None
    if answer:
        begun = heard.first_audible_s(answer[0].start_s)
        delay = None if talking else _ms(begun - times.end_s)
        answer_s = round(min(answer[-1].end_s, until) - begun, 2)
    texts = {s.segment: s.text for s in said if s.speaker == "bot" and _within(s, times, until)}
    return TurnReport(
        name=times.name,
        outcome="talked_over" if talking else "answered" if answer else "timeout",
        start_s=round(times.start_s, 4),
        end_s=round(times.end_s, 4),
        delay_ms=delay,
        answer_s=answer_s,
        interrupted=times.interrupted,
        silent_ms=_silent_ms(levels, times) if times.interrupted else None,
        text=" ".join(text.strip() for text in texts.values()),
        answer=_hearing(heard.between(times.end_s, until)),
    )


def _within(said: Said, times: TurnTimes, until: float) -> bool:
    return times.start_s <= said.at_s < until


def _silent_ms(levels: Any, times: TurnTimes) -> float:
    stop = times.start_s
    for span in spans(levels, BARGE_IN_BRIDGE_S):
        if span.start_s <= times.start_s + LATEST_HABIT_S and span.end_s > times.start_s:
            stop = span.end_s
            break
    return _ms(stop - times.start_s)


def _hearing(pcm: Pcm) -> Waveform:
    if len(pcm) < FRAME:
        return np.zeros(0, np.float32)
    return resample(to_waveform(pcm), SPEAKING_RATE, HEARING_RATE)


def _stereo(own: Recording, heard: Recording) -> Pcm:
    both = np.zeros((max(own.end, heard.end), 2), np.int16)
    both[: own.end, 0] = own.pcm
    both[: heard.end, 1] = heard.pcm
    return both


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _plain(value: Any, *without: str) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in fields(value) if f.name not in without}


__all__ = ["CallReport", "Said", "Span", "TurnReport", "TurnTimes", "report"]
