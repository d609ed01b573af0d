"""The sample shop holds what its tests, scenarios and README count on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from voicebot.knowledge.documents import find, load, read
from voicebot.knowledge.passages import cut

DATA = Path(__file__).parents[1] / "data"


def products() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / "products.json").read_text("utf-8"))
    return found


def orders() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((DATA / "orders.json").read_text("utf-8"))
    return found


def test_the_products_that_everybody_asks_for() -> None:
    known = {product["name"]: (product["price"], product["stock"]) for product in products()}
    assert len(known) == len(products()) == 25
    assert known["SoundPro Wireless Headphones"] == (89.99, 50)
    assert known["BudMax Sport Earbuds"] == (59.99, 30)
    assert known["SmartFit Fitness Tracker"] == (79.99, 25)


def test_there_are_headphones_for_less_than_sixty() -> None:
    cheap = [p for p in products() if p["category"] == "Headphones" and p["price"] < 60]
    assert len(cheap) >= 2


def test_the_products_are_whole() -> None:
    for product in products():
        assert set(product) == {"name", "price", "stock", "category", "description", "sku"}
        assert product["price"] > 0
        assert product["stock"] >= 0
    assert len({product["sku"] for product in products()}) == 25


def test_the_order_of_the_example() -> None:
    order = orders()["ORD123"]
    assert {key: order[key] for key in list(order)[:7]} == {
        "order_id": "ORD123",
        "customer": "John Doe",
        "status": "shipped",
        "items": ["SoundPro Wireless Headphones", "USB-C Cable"],
        "total": 109.98,
        "shipping_eta": "December 15, 2024",
        "tracking_number": "1Z999AA10123456784",
    }


def test_the_orders_fit_the_catalogue() -> None:
    prices = {product["name"]: product["price"] for product in products()}
    assert len(orders()) == 20
    for order_id, order in orders().items():
        assert order["order_id"] == order_id
        assert order["total"] == round(sum(prices[item] for item in order["items"]), 2)
        assert "@" in order["email"]
        assert order["postcode"]


def test_every_status_can_be_shown() -> None:
    found = list(orders().values())
    assert {order["status"] for order in found} == {
        "processing", "shipped", "delivered", "cancelled", "returned",
    }  # fmt: skip
    delivered = [order for order in found if order["status"] == "delivered"]
    assert len([order for order in delivered if "delivered_at" not in order]) >= 5
    assert len([order for order in delivered if "delivered_at" in order]) >= 3
    names = [order["customer"].split()[-1] for order in found]
    assert len(set(names)) == len(names)


def test_the_pdfs_are_what_their_texts_make(tmp_path: Path) -> None:
    script = DATA / "make_pdfs.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, timeout=120)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in (DATA / "pdfs").iterdir()}
    assert len(made) >= 6
    assert made == kept


def test_the_pdfs_say_what_customers_ask() -> None:
    said = " ".join(
        sentence.text
        for source in find([DATA / "pdfs"])
        for sentence in cut(read(source, load(source.path)))
    )
    for words in (
        "within 30 days of delivery",
        "Return shipping is free for defective items",
        "original payment method",
        "5 to 7 business days after we receive the item",
        "Standard shipping is free on orders over $50.",
        "Express: delivery time 2 to 3 business days, price $12.99.",
        "Standard: delivery time 5 to 7 business days, price $5.99",
        "Sunday: opening hours 11:00 AM - 5:00 PM.",
        "Heart rate: every 5 minutes, every second during workouts, accuracy about 5 beats",
        "Others cannot hear you: Allow the microphone",
        "up to 30 hours",
    ):
        assert words in said
    for dropped in ("Page 1", "Edition of October 2024", "Method: delivery"):
        assert dropped not in said
