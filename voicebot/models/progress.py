"""Progress of the fetching, on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.progress import TransferSpeedColumn as SpeedColumn

_LINE_EVERY_PERCENT = 25


class Report(Protocol):
    """What fetching tells as it goes on. Called from several threads."""

    def begin(self, name: str, total: int) -> None:
        """`total` in bytes; 0: unknown."""

    def advance(self, name: str, count: int) -> None:
        """`count` more bytes; negative where what was there had to be thrown away."""

    def say(self, text: str) -> None:
        """One line for a person."""

    def warn(self, text: str) -> None:
        """One line that is told even to those who want quiet."""


class Lines:
    """One line when a model begins, and at every quarter; quiet: only warnings."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream = stream
        self._quiet = quiet
        self._lock = threading.Lock()
        self._done: dict[str, int] = {}
        self._total: dict[str, int] = {}

    def begin(self, name: str, total: int) -> None:
        with self._lock:
            self._done[name], self._total[name] = 0, total
        size = f" ({total / 1e6:.0f} MB)" if total else ""
        self.say(f"{name}: fetching{size}")

    def advance(self, name: str, count: int) -> None:
        with self._lock:
            before = self._done.get(name, 0)
            self._done[name] = before + count
            total = self._total.get(name, 0)
        if not total:
            return
        step = (before + count) * 100 // total // _LINE_EVERY_PERCENT
        if before * 100 // total // _LINE_EVERY_PERCENT < step < 100 // _LINE_EVERY_PERCENT:
            self.say(f"{name}: {step * _LINE_EVERY_PERCENT}%")

    def say(self, text: str) -> None:
        if not self._quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        # In one piece, or lines of several threads run into each other.
        self._stream.write(text + "\n")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        pass


class Bars:
    """A bar for each model."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            SpeedColumn(),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}

    def begin(self, name: str, total: int) -> None:
        self._tasks[name] = self._progress.add_task(name, total=total or None)

    def advance(self, name: str, count: int) -> None:
        self._progress.advance(self._tasks[name], count)

    def say(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False)

    def warn(self, text: str) -> None:
        self.say(text)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self._progress.stop()


def report_to_stderr(*, quiet: bool = False) -> Bars | Lines:
    return Bars() if sys.stderr.isatty() and not quiet else Lines(sys.stderr, quiet=quiet)
