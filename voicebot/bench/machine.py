"""What a figure was measured on: without it, it means little."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from voicebot import __version__


@dataclass(frozen=True)
class Machine:
    """load: the load average over a minute when the run began; others' work is in it."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str
    voicebot: str
    load: float

    def __str__(self) -> str:
        return (
            f"{self.processor}, {self.cores} cores, {self.memory_gb:.0f} GB, {self.system}, "
            f"Python {self.python}, voicebot {self.voicebot}, load {self.load:.1f}"
        )


def machine() -> Machine:
    usable = getattr(os, "sched_getaffinity", None)
    return Machine(
        processor=_processor(),
        cores=len(usable(0)) if usable else os.cpu_count() or 1,
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        voicebot=__version__,
        load=round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
