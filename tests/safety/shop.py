"""The shop in which customers try everything: who owns what, and what may be returned."""

from __future__ import annotations

import itertools
import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from voicebot.store import Store

TODAY = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SURNAMES = ("Doe", "Smith", "Bell", "Miller", "Garcia", "Novak", "Fischer", "Tanaka", "Okafor")
_SYLLABLES = ("ka", "lo", "mi", "ten", "tor", "ve", "bal", "dun", "fel", "gar")
# status and days since delivery, and whether it may be returned
KINDS: tuple[tuple[str, int | None, bool], ...] = (
    ("delivered", 3, True),
    ("delivered", None, True),
    ("delivered", 30, True),
    ("delivered", 31, False),
    ("shipped", None, False),
    ("cancelled", None, False),
    ("processing", None, False),
    ("returned", None, False),
)


@dataclass(frozen=True)
class Owned:
    """An order. item: a name that no other order has."""

    order_id: str
    surname: str
    item: str
    total: float
    status: str
    days: int | None
    returnable: bool


class Time:
    """Passes by a millisecond whenever it is looked at, so that all that happens has its place."""

    def __init__(self) -> None:
        self._ticks = itertools.count()
        self._looking = threading.Lock()

    def __call__(self) -> datetime:
        with self._looking:
            return TODAY + timedelta(milliseconds=next(self._ticks))


def orders(random: Random, count: int) -> list[Owned]:
    """Two thirds of them may be returned."""
    numbers = random.sample(range(100_000, 1_000_000), count)
    words = ["".join(each).title() for each in itertools.product(_SYLLABLES, repeat=3)]
    items = random.sample(list(itertools.product(words, words)), count)
    found = []
    for number, (first, second) in zip(numbers, items, strict=True):
        may = random.random() < 0.66
        status, days, returnable = random.choice([kind for kind in KINDS if kind[2] == may])
        item, total = f"{first} {second}", random.randrange(500, 50_000) / 100
        surname = random.choice(SURNAMES)
        found.append(Owned(f"ORD{number}", surname, item, total, status, days, returnable))
    return found


def opened(url: str, known: list[Owned], folder: Path, time: Time) -> Store:
    """The store with these orders in it."""
    rows = {order.order_id: _row(order) for order in known}
    file = folder / "orders.json"
    file.write_text(json.dumps(rows))
    store = Store(url, clock=time, return_days=30)
    store.load(file)
    return store


def _row(order: Owned) -> dict[str, object]:
    row: dict[str, object] = {
        "order_id": order.order_id,
        "customer": f"Pat {order.surname}",
        "status": order.status,
        "items": [order.item],
        "total": order.total,
        "shipping_eta": "",
        "tracking_number": None,
    }
    if order.days is not None:
        row["delivered_at"] = f"{TODAY - timedelta(days=order.days):%Y-%m-%d}"
    return row
