"""How long the store's answers take in a large shop, on SQLite and on a PostgreSQL of its own.

    python benchmarks/store_scale.py                     a table
    python benchmarks/store_scale.py --json > scale.json
    python benchmarks/store_scale.py --orders 1000 --products 500 --database sqlite

The shop is made up from a seed: orders, products, and an audit of a year's attempts to verify. The
databases wait for the disk at every commit, as a shop's does.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.postgres import running
from voicebot.dialogue.spoken import identifiers
from voicebot.dialogue.spoken.numbers import in_words
from voicebot.store import Store, schema
from voicebot.store.database import Database

SEED = 20
_SYLLABLES = [
    *("ka", "lo", "mi", "ren", "tor", "vex", "bal", "dun", "fel", "gar", "hol"),
    *("jun", "kel", "lam", "mor", "nor", "pel", "qui", "ras", "sol"),
]
_LOOKS = [
    *("wireless", "wired", "portable", "compact", "digital", "smart"),
    *("classic", "mini", "ultra", "black", "white", "red"),
]
_THINGS = [
    *("headphones", "earbuds", "speaker", "cable", "charger", "lamp", "kettle"),
    *("toaster", "drill", "tent", "backpack", "keyboard", "mouse", "monitor"),
    *("webcam", "tripod", "bottle", "blender", "heater", "fan"),
]


class MadeUp:
    """A shop's files."""

    def __init__(self, orders: int, products: int) -> None:
        self.rng = random.Random(SEED)
        rng = self.rng
        self.names = ["".join(rng.choices(_SYLLABLES, k=3)).title() for _ in range(3000)]
        self.products = [self._product(number) for number in range(products)]
        numbers = rng.sample(range(10**5, 10**7), orders)
        self.orders = {f"ORD{number}": self._order(f"ORD{number}") for number in numbers}

    def _product(self, number: int) -> dict[str, Any]:
        rng = self.rng
        thing, brand = rng.choice(_THINGS), rng.choice(self.names)
        return {
            "name": f"{brand} {rng.choice(_LOOKS)} {thing} {rng.randrange(10, 9999)}",
            "price": rng.randrange(500, 50_000) / 100,
            "stock": rng.randrange(50),
            "category": thing.title(),
            "description": f"{rng.choice(_LOOKS)} {thing}, made by {brand} for home and travel",
            "sku": f"{thing[:2].upper()}-{number}",
        }

    def _order(self, order_id: str) -> dict[str, Any]:
        rng = self.rng
        chosen = rng.choices(self.products, k=rng.randint(1, 4))
        day = datetime.now() - timedelta(days=rng.randrange(60))
        row = {
            "order_id": order_id,
            "customer": f"Pat {rng.choice(self.names)}",
            "status": rng.choice(("delivered", "shipped", "processing")),
            "items": [product["name"] for product in chosen],
            "total": round(sum(product["price"] for product in chosen), 2),
            "shipping_eta": "Friday",
            "tracking_number": None,
        }
        return row | ({"delivered_at": f"{day:%Y-%m-%d}"} if row["status"] == "delivered" else {})

    def misspelled(self, word: str) -> str:
        """A letter left out of its middle."""
        at = self.rng.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1 :]


def timed(work: Callable[[Any], object], given: Iterable[Any]) -> dict[str, float]:
    took = []
    for each in given:
        began = time.perf_counter()
        work(each)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {
        "median_ms": round(took[len(took) // 2], 3),
        "p95_ms": round(took[int(len(took) * 0.95)], 3),
        "max_ms": round(took[-1], 3),
    }


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 2)


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def history(url: str, order_ids: list[str]) -> None:
    """A year of attempts to verify, one for each order."""
    database, now, year = Database(url), time.time(), 365 * 86_400
    columns = {"kind": "verify", "outcome": "wrong", "detail": ""}
    rows = [
        columns
        | {"at": now - 86_400 - n * year / len(order_ids), "order_id": o, "session": f"s{n}"}
        for n, o in enumerate(order_ids)
    ]
    with database.write() as connection:
        connection.execute(schema.audit.insert(), rows)
    database.close()


def measured(url: str, shop: MadeUp, folder: Path, count: int) -> dict[str, Any]:
    orders, products = folder / "orders.json", folder / "products.json"
    orders.write_text(json.dumps(shop.orders))
    products.write_text(json.dumps(shop.products))
    rng, known = random.Random(SEED), list(shop.orders)
    store = Store(url)
    load_s = seconds(lambda: store.load(orders, products))
    again_s = seconds(lambda: store.load(orders, products))
    history(url, known)
    before = resident_mb()
    take_up_s = seconds(store.take_up)
    kept_mb = round(resident_mb() - before, 1)
    gc.collect()
    gc.freeze()  # as `voicebot serve` does once all is loaded; what made the shop up is not its own
    answers = dict(_answers(store, shop, rng, count))
    answers["search while taking up"] = _beside(store, url, shop, folder, count)
    store.close()
    return {
        "load_s": load_s,
        "load_again_s": again_s,
        "take_up_s": take_up_s,
        "kept_mb": kept_mb,
        "answers": answers,
    }


def _answers(
    store: Store, shop: MadeUp, rng: random.Random, count: int
) -> Iterator[tuple[str, dict[str, float]]]:
    """Each kind of question, asked `count` times; nothing of it is in a cache of ours."""
    chosen = rng.sample(list(shop.orders), count)
    session = itertools.count()
    yield "order", timed(store.order, chosen)
    yield "no such order", timed(store.order, [f"{one}0" for one in chosen])

    def hear(said: str) -> None:
        identifiers.match(said, store.index(), expected=True)

    yield "number in digits", timed(hear, [f"it's O R D {' '.join(one[3:])}" for one in chosen])
    words = [f"order {' '.join(in_words(int(digit)) for digit in one[3:])}" for one in chosen]
    yield "number in words", timed(hear, words)
    wrong = [f"order {one[3:-1]}{(int(one[-1]) + 3) % 10}" for one in chosen]
    yield "number one off", timed(hear, wrong)

    asked = [f"{rng.choice(_LOOKS)} {shop.misspelled(rng.choice(_THINGS))}" for _ in range(count)]
    yield "search misspelled", timed(lambda said: store.catalogue().search(said), asked)
    brands = [f"{shop.misspelled(rng.choice(shop.names))} {rng.choice(_THINGS)}" for _ in chosen]
    yield "search brand misspelled", timed(lambda said: store.catalogue().search(said, 99), brands)
    anything = ["what do you have"] * count
    yield "search anything", timed(lambda said: store.catalogue().search(said), anything)

    yield "eligibility", timed(store.eligibility, chosen)
    yield (
        "verify rightly",
        timed(
            lambda one: store.verify(one, shop.orders[one]["customer"].split()[-1], f"{one}"),
            chosen,
        ),
    )
    yield "verify wrongly", timed(lambda one: store.verify(one, "Nobody", f"{one}"), chosen)
    yield "whose it is", timed(store.customer, chosen)
    yield "names drawn for the ear", timed(lambda _: store.customers(8), chosen)
    yield "is anything new", timed(lambda _: store.is_stale(), chosen)
    yield (
        "return",
        timed(lambda one: store.create_return(one, "broken", f"{next(session)}:{one}"), chosen),
    )


def _beside(store: Store, url: str, shop: MadeUp, folder: Path, count: int) -> dict[str, float]:
    """Searches as long as another program's new catalogue is being taken up."""
    shop.products[0]["name"] += " new"
    (folder / "products.json").write_text(json.dumps(shop.products))
    other = Store(url)
    other.load(products=folder / "products.json")
    other.close()
    asked = [
        f"{shop.rng.choice(_LOOKS)} {shop.misspelled(shop.rng.choice(_THINGS))}"
        for _ in range(count)
    ]
    follower = threading.Thread(target=store.take_up)
    follower.start()
    meanwhile = itertools.takewhile(lambda _: follower.is_alive(), itertools.cycle(asked))
    found = timed(
        lambda said: store.catalogue().search(said), itertools.chain(asked[:1], meanwhile)
    )
    follower.join()
    return found


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/store.db"
        return
    with running(durable=True) as server, server.database() as url:
        yield url


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--products", type=int, default=50_000)
    parser.add_argument("--count", type=int, default=300, help="times that each is asked")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    shop = MadeUp(options.orders, options.products)
    found: dict[str, Any] = {"orders": options.orders, "products": options.products}
    for kind in options.database or ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as name, database(kind, Path(name)) as url:
            found[kind] = measured(url, shop, Path(name), options.count)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for kind, result in found.items():
        if isinstance(result, dict):
            print(
                f"\n{kind}: loaded in {result['load_s']} s, again in {result['load_again_s']} s;",
                end=" ",
            )
            print(f"taken up in {result['take_up_s']} s, {result['kept_mb']} MB kept")
            print(f"{'ms':26}{'median':>9}{'p95':>9}{'max':>9}")
            for name, times in result["answers"].items():
                row = "".join(f"{value:9.2f}" for value in times.values())
                print(f"{name:26}{row}")


if __name__ == "__main__":
    main()
