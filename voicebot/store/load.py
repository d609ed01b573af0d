"""The shop's files into the database: orders.json and products.json, or the same columns as CSV.

Rows that are wrong are refused one by one with file, row and reason; the rest go in together or
not at all. Loading the same files again changes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from voicebot.errors import StoreError
from voicebot.store import orders, products, rows, schema, sheets
from voicebot.store.audit import record
from voicebot.store.records import LoadReport, Order, Product, Refused
from voicebot.store.rows import BadRow

T = TypeVar("T")
Pairs = list[tuple[str, Any]]


@dataclass
class Parsed:
    """What the files hold. keep: identities of products whose rows were refused."""

    orders: list[Order] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    keep: set[str] = field(default_factory=set)
    has_products: bool = False


def parse(orders_file: Path | None, products_file: Path | None) -> Parsed:
    """Raises StoreError where a file cannot be read, is no JSON or of another shape."""
    parsed = Parsed()
    if orders_file is not None:
        _parse_orders(orders_file, parsed)
    if products_file is not None:
        _parse_products(products_file, parsed)
        parsed.has_products = True
    return parsed


def write(connection: sa.Connection, parsed: Parsed, now: datetime) -> LoadReport:
    """In the caller's write transaction."""
    report = LoadReport(
        orders=orders.upsert(connection, parsed.orders),
        refused=tuple(parsed.refused),
    )
    if parsed.has_products:
        counts = products.replace(connection, parsed.products, parsed.keep)
        report = LoadReport(report.orders, counts, report.refused)
    goods = report.products
    # What changes within an order is read when it is asked for: nothing becomes stale by it.
    if report.orders.new or goods.new or goods.changed or goods.removed:
        schema.grow_revision(connection)
    detail = f"orders {len(parsed.orders)}, products {len(parsed.products)}"
    detail += f", refused {len(parsed.refused)}"
    record(connection, now, kind="load", outcome="done", detail=detail)
    return report


def _parse_orders(path: Path, parsed: Parsed) -> None:
    if sheets.is_sheet(path):
        pairs: Pairs = sheets.orders(path)
    else:
        document = _read(path)
        if not isinstance(document, _Pairs):
            raise StoreError(f"{path} must be an object by order id: see docs/extending.md")
        pairs = document.pairs
    seen: set[str] = set()
    for number, (key, value) in enumerate(pairs, 1):

        def row(key: str = key, value: object = value) -> Order:
            order = rows.order(key, _plain(value))
            if order.order_id in seen:
                raise BadRow("the order stands in the file twice; the first is taken")
            seen.add(order.order_id)
            return order

        _take(path, key or str(number), row, parsed.orders, parsed.refused)


def _parse_products(path: Path, parsed: Parsed) -> None:
    document = sheets.products(path) if sheets.is_sheet(path) else _plain(_read(path))
    if not isinstance(document, list):
        raise StoreError(f"{path} must be a list of products: see docs/extending.md")
    seen: set[str] = set()
    for number, value in enumerate(document, 1):

        def row(value: object = value) -> Product:
            product = rows.product(value)
            which = products.identity(product.name, product.sku)
            if which in seen:
                raise BadRow(f"{product.name!r} stands in the file twice; the first is taken")
            seen.add(which)
            return product

        if not _take(path, str(number), row, parsed.products, parsed.refused):
            parsed.keep |= _identities(value)


def _take(
    path: Path, row: str, make: Callable[[], T], taken: list[T], refused: list[Refused]
) -> bool:
    try:
        taken.append(make())
    except BadRow as exc:
        refused.append(Refused(path.name, row[:100], str(exc)))
        return False
    return True


def _identities(value: object) -> set[str]:
    """Under which identities a refused row's product may be known already."""
    if not isinstance(value, dict):
        return set()
    name, sku = (value.get(key) for key in ("name", "sku"))
    found = {products.identity("", sku)} if isinstance(sku, str) and sku else set()
    return found | ({products.identity(name)} if isinstance(name, str) else set())


@dataclass
class _Pairs:
    """An object as its pairs, so that a name that stands twice is seen."""

    pairs: Pairs

    def plain(self) -> dict[str, Any]:
        return {key: _plain(value) for key, value in self.pairs}


def _plain(value: object) -> object:
    if isinstance(value, _Pairs):
        twice = [key for key, n in Counter(key for key, _ in value.pairs).items() if n > 1]
        plain = value.plain()
        if twice:
            plain[rows.WRONG] = f"{', '.join(twice)} stands in it twice"
        return plain
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _read(path: Path) -> object:
    try:
        return json.loads(sheets.text_of(path), object_pairs_hook=_Pairs, parse_float=Decimal)
    except (ValueError, RecursionError) as exc:
        raise StoreError(f"{path} is not valid JSON: {exc}") from exc
