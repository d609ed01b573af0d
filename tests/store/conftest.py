from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import Server
from voicebot.store import Store

ORDERS: dict[str, Any] = {
    "ORD123": {
        "order_id": "ORD123",
        "customer": "John Doe",
        "status": "shipped",
        "items": ["Headphones", "Cable"],
        "total": 109.98,
        "shipping_eta": "December 15",
        "tracking_number": "1Z9",
        "email": "john.doe@example.com",
        "postcode": "62701",
    },
    "ORD456": {
        "order_id": "ORD456",
        "customer": "Jane Smith",
        "status": "Delivered",
        "items": ["Watch"],
        "total": 59.5,
        "shipping_eta": "",
        "tracking_number": None,
        "ordered_at": "2026-01-02",
        "delivered_at": "2026-01-10",
    },
    "ORD789": {
        "order_id": "ORD789",
        "customer": "Ann Bell",
        "status": "canceled",
        "items": ["Mouse"],
        "total": 20,
        "shipping_eta": "",
        "tracking_number": None,
    },
}
PRODUCTS: list[dict[str, Any]] = [
    {"name": "Wireless Headphones", "price": 89.99, "stock": 5, "sku": "WH-1"},
    {"name": "USB Cable", "price": 9, "stock": 0, "category": "Cables"},
]
START = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Any], Path]:
    """A JSON file of the test's own."""

    def file(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of the test's own, of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
    else:
        server: Server = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/shop/store.db"


@pytest.fixture
def empty(url: str, clock: Clock) -> Iterator[Store]:
    store = Store(url, clock=clock)
    yield store
    store.close()


@pytest.fixture
def store(empty: Store, write: Callable[[str, Any], Path]) -> Store:
    empty.load(write("orders.json", ORDERS), write("products.json", PRODUCTS))
    return empty
