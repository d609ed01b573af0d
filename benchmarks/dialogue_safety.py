"""Ten thousand customers who say anything at any moment: what returns are left behind.

    python benchmarks/dialogue_safety.py                        on SQLite and on a real PostgreSQL
    python benchmarks/dialogue_safety.py --dialogues 500 --seed 7 --database sqlite --json

A thousand dialogues have one seed, the next thousand the next: what was run in pieces, as
`--dialogues 2000 --seed 3`, adds up. Exit code 1 where there is a violation. Who talks how, and who
judges: tests/safety.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.postgres import running
from tests.safety.callers import dialogues

AT_A_TIME = 1000  # dialogues with one database and one seed


@contextmanager
def database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/store.db"
        return
    with running() as server, server.database() as url:
        yield url


def measured(kind: str, count: int, seed: int) -> dict[str, Any]:
    found: dict[str, Any] = {"seconds": 0.0}
    for number, first in enumerate(range(0, count, AT_A_TIME)):
        began = time.monotonic()
        with database(kind) as url:
            verdict = asyncio.run(dialogues(url, min(AT_A_TIME, count - first), seed + number))
        found["seconds"] = round(found["seconds"] + time.monotonic() - began, 1)
        for name, value in asdict(verdict).items():
            found[name] = found.get(name, type(value)()) + value
        for violation in verdict.violations:
            print(violation, file=sys.stderr)
        print(
            f"{kind}: {found['dialogues']} of {count}, {found['returns']} returns,"
            f" {len(found['violations'])} violations",
            file=sys.stderr,
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dialogues", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {
        kind: measured(kind, options.dialogues, options.seed)
        for kind in options.database or ("sqlite", "postgresql")
    }
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for kind, result in found.items():
            counts = ", ".join(f"{v} {k}" for k, v in result.items() if k != "violations")
            print(f"{kind}: {counts}, {len(result['violations'])} violations")
            for violation in result["violations"]:
                print(f"  {violation}")
    sys.exit(any(result["violations"] for result in found.values()))


if __name__ == "__main__":
    main()
