"""A small shop, opened once a test in a folder of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import Journal, Kit
from tests.postgres import Server, running
from voicebot.desk import Desk
from voicebot.store import Store
from voicebot.tools.registry import load_tools

ORDERS: dict[str, dict[str, Any]] = {
    "ORD123": {
        "order_id": "ORD123",
        "customer": "John Doe",
        "status": "shipped",
        "items": ["Wireless Headphones"],
        "total": 79.99,
        "shipping_eta": "December 15, 2024",
        "tracking_number": "1Z999",
    },
    "ORD124": {
        "order_id": "ORD124",
        "customer": "Jane Smith",
        "status": "delivered",
        "items": ["Sport Earbuds"],
        "total": 59.99,
        "shipping_eta": "",
        "tracking_number": None,
    },
}
PRODUCTS = [
    {"name": "Wireless Headphones", "price": 79.99, "stock": 5},
    {"name": "Sport Earbuds", "price": 59.99, "stock": 0},
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A call in a real room hangs on what else the machine does: it may fail once. pytest's
    summary names what was run again."""
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def write_orders(folder: Path, orders: dict[str, dict[str, Any]]) -> Path:
    file = folder / "orders.json"
    file.write_text(json.dumps(orders))
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, started by the first test that asks for it."""
    with running() as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Store]:
    """ORD123 (Doe) is on its way, ORD124 (Smith) is delivered."""
    store = Store(f"sqlite:///{tmp_path}/shop.db", clock=lambda: datetime.now().astimezone())
    products = tmp_path / "products.json"
    products.write_text(json.dumps(PRODUCTS))
    store.load(write_orders(tmp_path, ORDERS), products)
    yield store
    store.close()


@pytest.fixture
async def kit(shop: Store) -> AsyncIterator[Kit]:
    desk = Desk(shop, load_tools())
    made = Kit(desk)
    await made.understander.prepare()
    yield made
    await asyncio.to_thread(desk.close)


@pytest.fixture
async def journal() -> Journal:
    return Journal()
