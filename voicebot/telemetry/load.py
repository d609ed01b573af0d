"""What the process takes of the box."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

SHORTEST_S = 0.5  # between two readings; over less a share of the processor says nothing


@dataclass(frozen=True)
class Load:
    """cores: used by this process, of how many (busy 1.5 of 2); since the last reading. memory_mb:
    resident, 0 where that cannot be known."""

    cores_busy: float
    cores: int
    memory_mb: float


class LoadMeter:
    """Reads when asked; two who ask within SHORTEST_S get the same."""

    def __init__(self) -> None:
        self._at, self._spent = time.monotonic(), time.process_time()
        self._load = Load(0.0, os.cpu_count() or 1, _resident_mb())

    def read(self) -> Load:
        at, spent = time.monotonic(), time.process_time()
        if at - self._at >= SHORTEST_S:
            busy = (spent - self._spent) / (at - self._at)
            self._at, self._spent = at, spent
            self._load = Load(round(busy, 2), os.cpu_count() or 1, _resident_mb())
        return self._load


def _resident_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
