"""What was found out about a model's files on this machine: `lock.json` in the model's folder.

It serves two ends. A file whose stat is as it was after a full hash need not be hashed again, so
that a start takes milliseconds. And a file that the manifest does not pin is pinned here.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LOCK_NAME = "lock.json"


@dataclass(frozen=True)
class Known:
    """`stamp` is size, mtime_ns, ctime_ns and inode; `inputs` tells what a built file was made of.

    A file cannot be changed and its ctime set back without the rights of root.
    """

    sha256: str
    stamp: tuple[int, ...]
    inputs: str = ""


def stamp_of(path: Path) -> tuple[int, ...]:
    """Raises OSError."""
    stat = path.stat()
    return (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


def read_lock(directory: Path) -> dict[str, Known]:
    """By path inside the model's folder; empty where there is none or it cannot be understood."""
    try:
        data = json.loads((directory / LOCK_NAME).read_text(encoding="utf-8"))
        return {
            path: Known(str(item["sha256"]), tuple(item["stamp"]), str(item.get("inputs", "")))
            for path, item in data["files"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_lock(directory: Path, known: dict[str, Known]) -> None:
    """Replace the lock atomically. Raises OSError."""
    data = {
        "files": {
            path: {"sha256": item.sha256, "stamp": item.stamp, "inputs": item.inputs}
            for path, item in sorted(known.items())
        }
    }
    part = directory / f".{LOCK_NAME}.{os.getpid()}"
    try:
        part.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        part.replace(directory / LOCK_NAME)
    finally:
        with suppress(OSError):
            part.unlink()
