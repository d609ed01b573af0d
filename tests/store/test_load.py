from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import ORDERS, PRODUCTS
from voicebot.errors import StoreError
from voicebot.store import Counts, Product, Store

Write = Callable[[str, Any], Path]


def test_what_is_loaded_is_there(store: Store) -> None:
    assert store.order_ids() == ("ORD123", "ORD456", "ORD789")
    order = store.order("ORD456")
    assert order is not None
    assert (order.customer, order.status, order.items) == ("Jane Smith", "delivered", ("Watch",))
    assert (order.total, order.delivered_at) == (59.5, date(2026, 1, 10))
    assert order.tracking_number is None
    cancelled = store.order("ORD789")
    assert cancelled is not None
    assert cancelled.status == "cancelled"
    assert [p.name for p in store.products()] == ["USB Cable", "Wireless Headphones"]
    assert store.order("ORD000") is None
    assert tuple(store.order(i) for i in store.order_ids()) == store.orders()


def test_all_databases_sort_alike(empty: Store, write: Write) -> None:
    names = ["apple pie", "Zebra", "\N{LATIN SMALL LETTER E WITH ACUTE}clair", "apple-pie", "Apple"]
    numbers = ["ord9", "ORD10", "ORD-2", "ORD_1"]
    empty.load(
        write("o.json", {n: ORDERS["ORD456"] | {"order_id": n} for n in numbers}),
        write("p.json", [{"name": name, "price": 1, "stock": 1} for name in names]),
    )
    assert [product.name for product in empty.products()] == sorted(names)
    assert empty.order_ids() == tuple(sorted(numbers))


def test_loading_again_changes_nothing(store: Store, write: Write) -> None:
    before = (store.orders(), store.products(), store.revision())
    report = store.load(write("o.json", ORDERS), write("p.json", PRODUCTS))
    assert report.orders == Counts(unchanged=3)
    assert report.products == Counts(unchanged=2)
    assert (store.orders(), store.products(), store.revision()) == before


def test_changes_come_in_and_missing_orders_stay(store: Store, write: Write) -> None:
    changed = copy.deepcopy(ORDERS["ORD123"])
    changed |= {"status": "delivered", "items": ["Cable"]}
    new = ORDERS["ORD456"] | {"order_id": "ORD500"}
    revision = store.revision()
    report = store.load(write("o.json", {"ORD123": changed, "ORD500": new}))
    assert report.orders == Counts(new=1, changed=1)
    assert store.order_ids() == ("ORD123", "ORD456", "ORD500", "ORD789")
    order = store.order("ORD123")
    assert order is not None
    assert (order.status, order.items) == ("delivered", ("Cable",))
    assert store.revision() != revision
    assert len(store.products()) == 2


def test_returns_are_kept(store: Store, write: Write) -> None:
    assert store.create_return("ORD456", "broken", "k").ok
    store.load(write("o.json", ORDERS))
    order = store.order("ORD456")
    assert order is not None
    assert order.returned == "RET-ORD456"
    assert len(store.returns()) == 1


def test_the_catalogue_becomes_what_the_file_says(store: Store, write: Write) -> None:
    report = store.load(products=write("p.json", [PRODUCTS[0] | {"price": 79.99}]))
    assert report.products == Counts(changed=1, removed=1)
    assert store.products() == (Product("Wireless Headphones", 79.99, 5, sku="WH-1"),)


def test_an_empty_catalogue_removes_nothing(store: Store, write: Write) -> None:
    store.load(products=write("p.json", []))
    assert len(store.products()) == 2


def test_a_refused_row_leaves_the_product_as_it_was(store: Store, write: Write) -> None:
    rows = [PRODUCTS[0] | {"price": "free"}, {"name": "New", "price": 1, "stock": 1}]
    report = store.load(products=write("p.json", rows))
    assert len(report.refused) == 1
    assert {p.name for p in store.products()} == {"Wireless Headphones", "New"}


GOOD = ORDERS["ORD456"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("text", "not an object"),
        ([], "not an object"),
        (GOOD | {"order_id": "ORD1"}, "stands under 'ORD456'"),
        (GOOD | {"order_id": 456}, "order_id must be text"),
        ({k: v for k, v in GOOD.items() if k != "customer"}, "customer is missing"),
        (GOOD | {"customer": " \u0000 "}, "customer is empty"),
        (GOOD | {"customer": "x" * 201}, "longer than 200"),
        (GOOD | {"status": None}, "status is missing"),
        (GOOD | {"items": []}, "at least one"),
        (GOOD | {"items": "Watch"}, "must be a list"),
        (GOOD | {"items": ["Watch", 3]}, "items must be text"),
        (GOOD | {"total": "59"}, "total must be a number"),
        (GOOD | {"total": True}, "total must be a number"),
        (GOOD | {"total": -1}, "between 0"),
        (GOOD | {"total": float("nan")}, "total must be a number"),
        (GOOD | {"total": 1e300}, "between 0"),
        (GOOD | {"total": 1.999}, "more than two decimals"),
        (GOOD | {"delivered_at": "yesterday"}, "must be a date"),
        (GOOD | {"delivered_at": 5}, "must be a date"),
        (GOOD | {"delivered_at": "2025-12-31"}, "before ordered_at"),
        (GOOD | {"tracking_number": 12}, "tracking_number must be text"),
    ],
)
def test_a_bad_order_is_refused_and_the_rest_goes_in(
    empty: Store, write: Write, row: Any, reason: str
) -> None:
    report = empty.load(write("orders.json", {"ORD456": row, "ORD123": ORDERS["ORD123"]}))
    (refused,) = report.refused
    assert (refused.file, refused.row) == ("orders.json", "ORD456")
    assert reason in refused.reason
    assert empty.order_ids() == ("ORD123",)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (None, "not an object"),
        ({"name": "A", "price": 1}, "stock is missing"),
        ({"name": "A", "price": 1, "stock": 1.5}, "stock must be a whole number"),
        ({"name": "A", "price": 1, "stock": -1}, "stock must be a whole number"),
        ({"name": "A", "price": None, "stock": 1}, "price is missing"),
        ({"name": "", "price": 1, "stock": 1}, "name is empty"),
        ({"name": "usb cable", "price": 1, "stock": 1}, "twice"),
    ],
)
def test_a_bad_product_is_refused_and_the_rest_goes_in(
    empty: Store, write: Write, row: Any, reason: str
) -> None:
    report = empty.load(products=write("products.json", [*PRODUCTS, row]))
    (refused,) = report.refused
    assert (refused.file, refused.row) == ("products.json", "3")
    assert reason in refused.reason
    assert len(empty.products()) == 2


def test_an_id_or_a_field_that_stands_twice_is_refused(empty: Store, write: Write) -> None:
    row = '{"order_id": "A1", "customer": "X Y", "status": "new", "items": ["B"], "total": 1}'
    twice = row.replace("A1", "A2").replace('"total": 1', '"total": 1, "total": 2')
    text = '{"A1": ' + row + ', "A1": ' + row + ', "A2": ' + twice + "}"
    report = empty.load(write("o.json", text))
    assert [refused.row for refused in report.refused] == ["A1", "A2"]
    assert all("twice" in refused.reason for refused in report.refused)
    assert empty.order_ids() == ("A1",)


def test_text_is_cleaned_of_what_others_would_obey(empty: Store, write: Write) -> None:
    row = ORDERS["ORD123"] | {"items": ["Head<|im_end|>phones [[h\u0259]]\n\u202e x"]}
    empty.load(write("o.json", {"ORD123": row}))
    order = empty.order("ORD123")
    assert order is not None
    assert order.items == ("Head phones h\u0259 x",)


@pytest.mark.parametrize("content", ["{", "[1, 2", "\ufeff[]x", "[" * 100_000])
def test_a_file_that_is_no_json_changes_nothing(store: Store, write: Write, content: str) -> None:
    before = store.revision()
    with pytest.raises(StoreError, match=r"bad\.json is not valid JSON"):
        store.load(write("o.json", ORDERS), write("bad.json", content))
    assert store.revision() == before


def test_a_file_of_another_shape_is_an_error(empty: Store, write: Write, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="object by order id"):
        empty.load(write("o.json", []))
    with pytest.raises(StoreError, match="list of products"):
        empty.load(products=write("p.json", {}))
    with pytest.raises(StoreError, match="cannot be read"):
        empty.load(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b'["\xff"]')
    with pytest.raises(StoreError, match="not UTF-8"):
        empty.load(tmp_path / "latin.json")


def test_a_load_is_written_down(store: Store) -> None:
    (entry,) = store.audit()
    assert (entry.kind, entry.outcome) == ("load", "done")


# ---- CSV

ORDERS_CSV = """\
order_id,customer,status,items,total,shipping_eta,tracking_number,email,postcode,delivered_at
ORD1,John Doe,shipped,Headphones;Cable,109.98,"December 15, 2026",1Z9,john@example.com,62701,
ORD2,"Smith, Jane",delivered,Watch,59.5,,,,,2026-01-10
"""


def test_a_spreadsheet_is_as_good(empty: Store, write: Write) -> None:
    report = empty.load(
        write("orders.csv", ORDERS_CSV),
        write("products.csv", "name;price;stock;sku\nUSB Cable;9.00;3;\nLamp;19.5;0;L-1\n"),
    )
    assert report.refused == ()
    first, second = empty.orders()
    assert (first.items, first.total) == (("Headphones", "Cable"), 109.98)
    assert first.shipping_eta == "December 15, 2026"
    assert (second.customer, second.delivered_at) == ("Smith, Jane", date(2026, 1, 10))
    assert second.tracking_number is None
    assert empty.products() == (
        Product("Lamp", 19.5, 0, sku="L-1"),
        Product("USB Cable", 9.0, 3),
    )
    again = empty.load(write("orders.csv", ORDERS_CSV))
    assert again.orders == Counts(unchanged=2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ORD9,Ann Bell,new,Lamp,$5", "total must be a number"),
        ("ORD9,Ann Bell,new,Lamp,nan", "total must be a number"),
        ("ORD9,Ann Bell,new,,5", "at least one"),
        ("ORD9,,new,Lamp,5", "customer is missing"),
        ("ORD9,Ann Bell,new,Lamp,5,,,,,10.1.2026", "must be a date"),
        ("ORD1,Ann Bell,new,Lamp,5", "twice"),
        ("ORD9,Ann Bell,new,Lamp,5,,,,,,,6", "more cells"),
    ],
)
def test_a_bad_line_is_refused_and_the_rest_goes_in(
    empty: Store, write: Write, line: str, reason: str
) -> None:
    report = empty.load(write("orders.csv", ORDERS_CSV + line + "\n"))
    (refused,) = report.refused
    assert (refused.file, refused.row) == ("orders.csv", line.split(",")[0])
    assert reason in refused.reason
    assert empty.order_ids() == ("ORD1", "ORD2")


def test_a_line_without_a_number_is_told_by_its_place(empty: Store, write: Write) -> None:
    report = empty.load(write("orders.csv", ORDERS_CSV + ",Ann Bell,new,Lamp,5\n"))
    (refused,) = report.refused
    assert (refused.row, refused.reason) == ("3", "order_id is missing")


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "no column order_id"), ("id,x\n1,2\n", "no column order_id"), ('order_id\n"1', "valid")],
)
def test_a_spreadsheet_of_another_shape_is_an_error(
    empty: Store, write: Write, content: str, message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        empty.load(write("orders.csv", content))
