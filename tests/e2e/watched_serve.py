"""`voicebot` with every callback of its event loop measured: what was slow is written down.

E2E_SLOW names the file, one JSON object a line.

The budget is CPU time of the loop's own thread, not wall time: models' threads and other processes
share the box's cores, so that a callback can be suspended for long without having done anything
wrong. Only a very long wall time with hardly any work in it is blamed: that is waiting, for a disk,
a lock or another process, where it should have awaited.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from asyncio import events
from pathlib import Path

LONGEST_CPU_S = 0.050
LONGEST_WALL_S = 0.500


def watch(path: Path) -> None:
    # Line by line, so that all is there when the process is killed.
    slow = path.open("a", buffering=1)
    plain_run = events.Handle._run

    def run(handle: events.Handle) -> None:
        began, cpu = time.monotonic(), time.thread_time()
        name = _name(handle)
        try:
            plain_run(handle)
        finally:
            worked, took = time.thread_time() - cpu, time.monotonic() - began
            if worked > LONGEST_CPU_S or took > LONGEST_WALL_S:
                found = {"at": began, "cpu_ms": worked * 1000, "wall_ms": took * 1000}
                slow.write(json.dumps(found | {"what": name}) + "\n")

    events.Handle._run = run  # type: ignore[method-assign, assignment]


def _name(handle: events.Handle) -> str:
    """Of the coroutine that the callback is a step of, else of the callback itself."""
    callback = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        coroutine = owner.get_coro()
        return f"{getattr(coroutine, '__qualname__', coroutine)} ({owner.get_name()})"
    return str(getattr(callback, "__qualname__", callback))


if __name__ == "__main__":
    from voicebot.cli import main

    watch(Path(os.environ["E2E_SLOW"]))
    sys.argv[0] = "voicebot"
    main()
