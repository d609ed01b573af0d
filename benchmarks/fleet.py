"""A chain in small, with real boxes: rooms spread, a box drained, one killed, a node killed.

Two livekit-server nodes with one Redis behind a balancer, two `voicebot serve` with one PostgreSQL,
and silent customers who listen for the greeting. Everything runs on this machine, on loopback.

    scripts/redis && scripts/postgres
    .venv/bin/python -m benchmarks.fleet --rooms 20 --json
    .venv/bin/python -m benchmarks.fleet --lean      # boxes without models: LiveKit and we alone
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.cluster import LEAN, VOICEBOT, Cluster, Customer, cluster

GREETED_S = 120.0  # then a room counts as not served
APART_S = 0.5  # between two customers' coming
REST_S = 15.0
QUESTION = "What can you do for me?"


def spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "median": round(statistics.median(ordered), 2),
        "longest": round(ordered[-1], 2),
        "count": len(ordered),
    }


async def arrive(chain: Cluster, names: Sequence[str]) -> list[Customer]:
    customers = [Customer(chain.endpoint, name) for name in names]
    for customer in customers:
        await customer.join()
        await asyncio.sleep(APART_S)
    await chain.until(lambda: all(c.greetings for c in customers), GREETED_S, "greetings")
    return customers


async def again(chain: Cluster, customers: Sequence[Customer], since: float) -> dict[str, float]:
    await chain.until(
        lambda: all(c.greeted_since(since) for c in customers), GREETED_S, "greetings again"
    )
    return spread([min(g for g in c.greetings if g > since) - since for c in customers])


async def answered(chain: Cluster, customers: Sequence[Customer]) -> dict[str, float]:
    """Whether each has a bot that hears and speaks: typed questions, one after the other."""
    waits = []
    for customer in customers:
        asked = time.monotonic()
        await customer.say(QUESTION)
        await chain.until(lambda c=customer, at=asked: c.heard > at, GREETED_S, "an answer")  # type: ignore[misc]
        waits.append(customer.heard - asked)
    return spread(waits)


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


async def at_rest(chain: Cluster, rooms: int) -> dict[str, object]:
    """What silent rooms cost: customers listen, bots send silence."""
    nodes, boxes = (
        [node.pid for node in chain.nodes.values()],
        [box.process.pid for box in chain.boxes],
    )
    before = {pid: processor_seconds(pid) for pid in nodes + boxes}
    await asyncio.sleep(REST_S)
    spent = {pid: processor_seconds(pid) - before[pid] for pid in before}
    share = 100 / REST_S / rooms
    return {
        "at rest: box, % of a core a room": round(sum(spent[pid] for pid in boxes) * share, 1),
        "at rest: LiveKit, % of a core a room": round(sum(spent[pid] for pid in nodes) * share, 1),
        "at rest: box, MB": [resident_mb(pid) for pid in boxes],
        "at rest: LiveKit node, MB": [resident_mb(pid) for pid in nodes],
    }


async def measure(chain: Cluster, rooms: int, command: Sequence[str]) -> dict[str, object]:
    figures: dict[str, object] = {"load average": round(os.getloadavg()[0], 1)}
    first, second = (chain.start_box(n, command, most=2 * rooms) for n in ("first", "second"))
    await chain.up(first)
    await chain.up(second)
    customers = await arrive(chain, [f"r{n}" for n in range(rooms)])
    served = dict(chain.serving())
    figures["rooms of boxes"] = dict(Counter(served.values()))
    figures["rooms of nodes"] = sorted(Counter(chain.hosting().values()).values())
    figures["joined to greeting, s"] = spread([c.greetings[0] - c.joined for c in customers])

    figures |= await at_rest(chain, rooms)

    first.signal(signal.SIGTERM)
    new = await arrive(chain, [f"n{n}" for n in range(4)])
    mine = [c for c in customers if served[c.name] == "first"]
    figures["drained: new rooms on the other"] = sum(
        chain.serving()[c.name] == "second" for c in new
    )
    figures["drained: calls cut off"] = sum(not c.with_bot for c in mine)
    await asyncio.gather(*(c.leave() for c in mine))
    left = time.monotonic()
    figures["drained: exit code"] = await first.ended()
    figures["drained: last call left to end, s"] = round(time.monotonic() - left, 1)

    third = chain.start_box("third", command, most=2 * rooms)
    await chain.up(third)
    staying = [c for c in customers if c not in mine] + new
    killed = time.monotonic()
    second.signal(signal.SIGKILL)
    figures["box killed: to greeting again, s"] = await again(chain, staying, killed)

    hosts = chain.hosting()
    before = {c.name: hosts[c.name] for c in staying}
    node = chain.busiest()
    killed = time.monotonic()
    node.kill()
    await asyncio.to_thread(node.wait)
    gone: set[str] = set()
    back: dict[str, float] = {}
    while time.monotonic() - killed < 90:
        for c in staying:
            if not c.with_bot:
                gone.add(c.name)
                back.pop(c.name, None)
            elif c.name in gone:
                back.setdefault(c.name, time.monotonic() - killed)
        await asyncio.sleep(0.2)
    figures["node killed: rooms of nodes before"] = sorted(Counter(before.values()).values())
    figures["node killed: customers who lost their bot"] = len(gone)
    if back:
        figures["node killed: with a bot again, s"] = spread(list(back.values()))
    alive = [c for c in staying if c.with_bot]
    figures["node killed: without a bot after 90 s"] = len(staying) - len(alive)
    figures["then answers, s"] = await answered(chain, alive)
    await asyncio.gather(*(c.leave() for c in staying), return_exceptions=True)
    return figures


async def run(rooms: int, command: Sequence[str]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        async with cluster(Path(folder)) as chain:
            return await measure(chain, rooms, command)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--lean", action="store_true", help="boxes without models")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    figures = asyncio.run(run(args.rooms, LEAN if args.lean else VOICEBOT))
    if args.json:
        json.dump(figures, sys.stdout)
        print()
        return
    for name, value in figures.items():
        print(f"{name:<45} {value}")


if __name__ == "__main__":
    main()
