"""A system of the shop's own in the place of loaded files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import ORDERS, PRODUCTS, Clock
from voicebot.config import Store as Settings
from voicebot.errors import StoreError
from voicebot.store import Store
from voicebot.store.live import open_shop

EXAMPLE = Path(__file__).parents[2] / "examples" / "rest_shop.py"
SMITH = ORDERS["ORD456"]


class FakeShop:
    """`orders` and `products` are what it has now."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.goods: list[dict[str, Any]] = list(PRODUCTS)
        self.changes = 0
        self.broken = False

    def revision(self) -> int:
        if self.broken:
            raise ConnectionError("no route")
        return self.changes

    def order_ids(self) -> list[str]:
        return list(self.orders)

    def order(self, order_id: str) -> dict[str, Any] | None:
        if self.broken:
            raise ConnectionError("no route")
        return self.orders.get(order_id)

    def products(self) -> list[dict[str, Any]]:
        return self.goods


@pytest.fixture
def fake() -> FakeShop:
    fake = FakeShop()
    fake.orders = {"ORD123": ORDERS["ORD123"], "ORD456": SMITH}
    return fake


@pytest.fixture
def live(url: str, clock: Clock, fake: FakeShop) -> Iterator[Store]:
    store = Store(url, clock=clock, shop=fake)
    yield store
    store.close()


def test_orders_and_products_are_read_from_it(live: Store) -> None:
    assert live.order_ids() == ("ORD123", "ORD456")
    order = live.order("ORD123")
    assert order is not None
    assert (order.customer, order.items) == ("John Doe", ("Headphones", "Cable"))
    assert live.order("ORD999") is None
    assert live.catalogue().search("headphones").products[0].name == "Wireless Headphones"
    assert live.verify("ORD123", "Doe", "s").ok
    assert live.verify("ORD999", "Doe", "s").outcome == "wrong"


def test_an_order_is_what_it_is_now(live: Store, fake: FakeShop) -> None:
    refusal = live.eligibility("ORD123")
    assert refusal is not None
    fake.orders["ORD123"] = ORDERS["ORD123"] | {"status": "delivered", "items": ["Cable"]}
    assert live.eligibility("ORD123") is None
    order = live.order("ORD123")
    assert order is not None
    assert order.items == ("Cable",)
    assert live.create_return("ORD123", "broken", "k").ok


def test_a_return_is_made_of_what_is_there_now(live: Store, fake: FakeShop) -> None:
    assert live.eligibility("ORD456") is None
    fake.orders["ORD456"] = SMITH | {"status": "cancelled"}
    outcome = live.create_return("ORD456", "broken", "k")
    assert outcome.refusal is not None
    assert outcome.refusal.code == "cancelled"
    assert live.returns() == ()


def test_a_return_is_kept_and_never_made_twice(live: Store, fake: FakeShop) -> None:
    assert live.create_return("ORD456", "broken", "k").ok
    fake.orders["ORD456"] = SMITH | {"total": 12}
    order = live.order("ORD456")
    assert order is not None
    assert (order.total, order.returned) == (12, "RET-ORD456")
    assert not live.create_return("ORD456", "broken", "other").ok
    del fake.orders["ORD456"]
    order = live.order("ORD456")
    assert order is not None
    assert order.returned == "RET-ORD456"
    assert len(live.returns()) == 1


def test_an_order_that_is_gone_there_is_gone_here(live: Store, fake: FakeShop) -> None:
    assert live.order("ORD123") is not None
    del fake.orders["ORD123"]
    assert live.order("ORD123") is None
    assert live.verify("ORD123", "Doe", "s").outcome == "wrong"
    assert live.orders() == ()


def test_new_orders_and_products_are_taken_up(live: Store, fake: FakeShop) -> None:
    assert not live.index().holds("ORD500")
    fake.orders["ORD500"] = SMITH | {"order_id": "ORD500"}
    fake.goods.append({"name": "Desk Lamp", "price": 19.99, "stock": 3})
    assert not live.is_stale()
    fake.changes += 1
    assert live.is_stale()
    live.take_up()
    assert live.index().holds("ORD500")
    assert live.catalogue().search("lamp").total == 1


def test_what_it_says_is_checked_like_a_file(live: Store, fake: FakeShop) -> None:
    fake.orders["ORD123"] = ORDERS["ORD123"] | {"total": "much"}
    with pytest.raises(StoreError, match="ORD123 is not as it should be: total must be a number"):
        live.order("ORD123")
    fake.orders["ORD456"] = SMITH | {"items": ["Watch<|im_end|>"], "total": float("nan")}
    with pytest.raises(StoreError, match="total must be a number"):
        live.order("ORD456")
    fake.goods = [*PRODUCTS, {"name": "Free"}, {"name": "usb cable", "price": 1, "stock": 1}]
    assert [product.name for product in live.products()] == ["USB Cable", "Wireless Headphones"]
    assert [refused.row for refused in live.refused()] == ["3", "4"]


@pytest.mark.parametrize("ask", ["order", "eligibility"])
def test_one_that_fails_is_an_error_of_the_shop(live: Store, fake: FakeShop, ask: str) -> None:
    live.take_up()
    fake.broken = True
    with pytest.raises(StoreError, match=r"\(FakeShop\) failed: ConnectionError\('no route'\)"):
        getattr(live, ask)("ORD123")
    with pytest.raises(StoreError):
        live.create_return("ORD456", "broken", "k")
    with pytest.raises(StoreError):
        live.is_stale()
    assert live.returns() == ()


def test_files_are_not_loaded_beside_it(live: Store, write: Callable[[str, Any], Path]) -> None:
    with pytest.raises(StoreError, match=r"take store\.shop out of the settings"):
        live.load(write("orders.json", ORDERS))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (None, "there is no Python file"),
        ("", "has no attribute 'open_shop'"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("def open_shop(): raise KeyError('SHOP_URL')", "SHOP_URL"),
    ],
)
def test_a_file_that_opens_no_shop(tmp_path: Path, code: str | None, message: str) -> None:
    file = tmp_path / "shop.py"
    if code is not None:
        file.write_text(code)
    with pytest.raises(StoreError, match=message):
        open_shop(file)


# ---- the example of docs/extending.md, with a shop system behind it

THEIRS = {
    "number": "ORD7",
    "billing": {"name": "Jane Smith", "email": "jane@example.com", "postcode": "62701"},
    "state": "delivered",
    "lines": [{"title": "Watch", "quantity": 2}, {"title": "Strap", "quantity": 1}],
    "total_cents": 13950,
}
THEIR_GOODS = [{"title": "Watch", "price_cents": 5995, "in_stock": 4, "sku": "W-1"}]


class TheirSystem(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        known: dict[str, object] = {
            "/orders": {"ids": ["ORD7"]},
            "/orders/ORD7": THEIRS,
            "/products": THEIR_GOODS,
        }
        trusted = self.headers["Authorization"] == "Bearer secret"
        body = dumps(known.get(self.path)).encode()
        self.send_response(200 if trusted and self.path in known else 404 if trusted else 401)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def their_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), TheirSystem)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_example_attaches_a_shop_over_http(
    their_url: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", their_url)
    monkeypatch.setenv("SHOP_KEY", "secret")
    store = Store.of(Settings(url=url, shop=EXAMPLE))
    assert store.order_ids() == ("ORD7",)
    assert store.verify("ORD7", "Smith", "s").ok
    assert store.verify("ORD8", "Smith", "s").outcome == "wrong"
    made = store.create_return("ORD7", "too small", "k").made
    assert made is not None
    assert made.refund_amount == 139.5
    order = store.order("ORD7")
    assert order is not None
    assert order.items == ("Watch", "Watch", "Strap")
    assert [product.price for product in store.products()] == [59.95]
    assert not store.is_stale()
    store.close()


def test_the_example_says_what_is_wrong(
    their_url: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", their_url)
    monkeypatch.setenv("SHOP_KEY", "another")
    store = Store.of(Settings(url=sqlite_url, shop=EXAMPLE))
    with pytest.raises(StoreError, match=r"\(RestShop\) failed.*401"):
        store.order("ORD7")
    store.close()
