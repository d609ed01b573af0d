"""A chain in small, with boxes that have no models: benchmarks/fleet.py does the same with them."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.cluster import Cluster, Customer, cluster

pytestmark = pytest.mark.e2e

GREETED_S = 30.0  # on a busy machine
AGAIN_S = 20.0  # promised: after a box was killed


async def arrive(chain: Cluster, names: list[str]) -> list[Customer]:
    """Customers, each in a room of his own, who have heard a greeting."""
    customers = [Customer(chain.endpoint, name) for name in names]
    for customer in customers:
        await customer.join()
    await chain.until(lambda: all(c.greetings for c in customers), GREETED_S, "greetings")
    return customers


async def test_rooms_outlive_a_box_that_leaves_one_that_dies_and_a_node(tmp_path: Path) -> None:
    async with cluster(tmp_path) as chain:
        first, second = chain.start_box("first"), chain.start_box("second")
        for box in (first, second):
            await chain.up(box)
        old = await arrive(chain, [f"old{n}" for n in range(6)])
        served = chain.serving()
        assert set(served) == {c.name for c in old}
        assert set(served.values()) == {"first", "second"}

        first.signal(signal.SIGTERM)
        new = await arrive(chain, ["new0", "new1"])
        assert {chain.serving()[c.name] for c in new} == {"second"}
        assert first.process.poll() is None
        of_first = [c for c in old if served[c.name] == "first"]
        assert all(c.with_bot and len(c.greetings) == 1 for c in of_first)
        await asyncio.gather(*(c.leave() for c in of_first))
        assert await first.ended() == 0

        third = chain.start_box("third")
        await chain.up(third)
        killed = time.monotonic()
        second.signal(signal.SIGKILL)
        left = [c for c in old + new if c not in of_first]
        await chain.until(
            lambda: all(c.greeted_since(killed) for c in left), AGAIN_S, "other bots' greetings"
        )
        assert set(chain.serving().values()) == {"third"}

        node = chain.busiest()
        node.kill()
        await asyncio.to_thread(node.wait)
        late = await arrive(chain, ["late"])
        assert late[0].with_bot
        await asyncio.gather(*(c.leave() for c in left + late))
