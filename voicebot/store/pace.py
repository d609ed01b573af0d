"""Long work beside the answers, in a process whose threads take turns."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")
WORK_S = 0.001
REST_S = 0.001  # as long again


class Pace(Protocol):
    """How fast items are gone through: `iter`, or `leisurely`."""

    def __call__(self, items: Iterable[T], /) -> Iterator[T]: ...


def leisurely(items: Iterable[T]) -> Iterator[T]:
    """The items, with a rest whenever they have been worked on for WORK_S. A thread that never
    rests takes the interpreter for 5 ms (sys.getswitchinterval) whenever another lets go of it, and
    an answer lets go of it dozens of times."""
    until = time.monotonic() + WORK_S
    for item in items:
        yield item
        if time.monotonic() >= until:
            time.sleep(REST_S)
            until = time.monotonic() + WORK_S
