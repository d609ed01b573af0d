"""What a benchmark found: a table for people, JSON, and the samples for a plot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from voicebot.bench.machine import Machine
from voicebot.evaluation.statistics import Share


@dataclass(frozen=True)
class Samples:
    """One thing measured many times, in one way of doing it."""

    name: str
    values: tuple[float, ...]
    unit: str = "ms"

    def at(self, percent: float) -> float:
        return float(np.percentile(self.values, percent)) if self.values else float("nan")

    def times(self, other: Samples) -> float:
        """How many times quicker than the other, by the medians."""
        return other.at(50) / self.at(50)


@dataclass(frozen=True)
class Report:
    """about: what was measured, on what. samples: ours first, then the plain way's. shares: how
    often something came out right. facts: single figures, as "memory, MB": 48."""

    stage: str
    about: str
    machine: Machine
    samples: tuple[Samples, ...]
    shares: Mapping[str, Share] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "stage": self.stage,
            "about": self.about,
            "machine": asdict(self.machine),
            "samples": [
                {
                    "name": one.name,
                    "unit": one.unit,
                    "n": len(one.values),
                    "p50": round(one.at(50), 2),
                    "p95": round(one.at(95), 2),
                    "max": round(one.at(100), 2),
                    "values": [round(value, 3) for value in one.values],
                }
                for one in self.samples
                if one.values
            ],
            "shares": {name: share.as_dict() for name, share in self.shares.items()},
            "facts": dict(self.facts),
        }


def show(report: Report, console: Console) -> None:
    console.print(f"{report.stage}: {report.about}", markup=False, soft_wrap=True)
    console.print(str(report.machine), style="dim", markup=False, soft_wrap=True)
    times = Table("", box=None, pad_edge=False)
    for name in ("n", "P50", "P95", "max", ""):
        times.add_column(name, justify="right")
    for one in report.samples:
        if one.values:
            shown = (f"{one.at(percent):.4g}" for percent in (50, 95, 100))
            times.add_row(one.name, str(len(one.values)), *shown, one.unit)
    console.print(times)
    if report.shares:
        shares = Table("", box=None, pad_edge=False)
        for name in ("count", "of", "", "95%"):
            shares.add_column(name, justify="right")
        for what, share in report.shares.items():
            interval = f"{share.low:.0%} to {share.high:.0%}"
            shares.add_row(what, str(share.count), str(share.n), f"{share.rate:.0%}", interval)
        console.print(shares)
    for name, value in report.facts.items():
        console.print(f"{name}: {value:.4g}", markup=False, soft_wrap=True)
