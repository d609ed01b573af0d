"""What the systems were like in one run, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from voicebot.bench.machine import Machine
from voicebot.bench.report import Report, Samples
from voicebot.bench.voice import answered, delays, greetings
from voicebot.rooms.report import CallReport

ABOUT = (
    "the same models, questions and customer in real LiveKit rooms, one system after the other;"
    " true end of speech to the first sound, about 100 ms of WebRTC in it"
)


@dataclass(frozen=True)
class Measured:
    """A system's calls. resident_mb: of its processes after them, LiveKit's server apart."""

    system: str
    calls: Sequence[CallReport]
    resident_mb: float

    @property
    def delay(self) -> Samples:
        return Samples(self.system, delays(self.calls))

    @property
    def greeting(self) -> Samples:
        return Samples(f"{self.system}, greeting", greetings(self.calls))

    @property
    def kinds(self) -> tuple[Samples, ...]:
        """The delays of each kind of turn."""
        names = dict.fromkeys(turn.name for call in self.calls for turn in call.turns)
        return tuple(Samples(f"{self.system}, {name}", delays(self.calls, name)) for name in names)


def report(peers: Sequence[Measured], ours: Measured, here: Machine) -> Report:
    systems = (*peers, ours)
    return Report(
        "peers",
        ABOUT,
        here,
        tuple(
            samples
            for one in systems
            for samples in (one.delay, *one.kinds, one.greeting)
            if samples.values
        ),
        {f"{one.system}, answered": answered(one.calls) for one in systems},
        {f"{one.system}, resident MB": round(one.resident_mb) for one in systems}
        | {f"times faster than {one.system}": times_faster(ours, one) for one in peers},
    )


def times_faster(ours: Measured, other: Measured) -> float:
    """By the medians; not a number where one was never heard."""
    return ours.delay.times(other.delay)


def table(peers: Sequence[Measured], ours: Measured) -> Table:
    """A row a system."""
    made = Table("", box=None, pad_edge=False)
    for name in ("turns", "answered", "P50 s", "P95 s", "greeting s", "memory GB", "we are"):
        made.add_column(name, justify="right")
    for one in (*peers, ours):
        share, delay = answered(one.calls), one.delay
        made.add_row(
            one.system,
            str(share.n),
            str(share.count),
            f"{delay.at(50) / 1000:.2f}",
            f"{delay.at(95) / 1000:.2f}",
            f"{one.greeting.at(50) / 1000:.2f}",
            f"{one.resident_mb / 1024:.2f}",
            "" if one is ours else f"{times_faster(ours, one):.1f} times faster",
        )
    return made
