"""A shop system of the shop's own in the place of loaded files: read when something is asked.

The shop's adapter gives rows as in orders.json and products.json; they pass the same checks as the
files' rows. An order is copied into our database whenever it is asked for, so that verification,
returns and the audit stay what they are: one transaction in one place.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from voicebot.errors import StoreError
from voicebot.store import products, rows
from voicebot.store.records import Order, Product, Refused
from voicebot.store.rows import BadRow

T = TypeVar("T")
Row = Mapping[str, Any]


class Shop(Protocol):
    """What an adapter has to give; see docs/extending.md. Whatever it raises is an apology to the
    customer. Two threads may call it at a time, and customers wait for `order` and `revision`: let
    them take a second at most."""

    def revision(self) -> Hashable:
        """Another value whenever there are other orders or products. Asked before every answer."""

    def order_ids(self) -> Iterable[str]:
        """The numbers that customers may name."""

    def order(self, order_id: str) -> Row | None:
        """The order as it is now, as a row of orders.json."""

    def products(self) -> Iterable[Row]:
        """The catalogue, as rows of products.json."""


def open_shop(path: Path) -> Shop:
    """What `open_shop()` in that Python file gives. Raises StoreError."""
    spec = importlib.util.spec_from_file_location("voicebot_shop", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise StoreError(f"store.shop: there is no Python file {path}")
    module = importlib.util.module_from_spec(spec)
    with _translated(path.name):
        spec.loader.exec_module(module)
        opening: Callable[[], Shop] = module.open_shop
        return opening()


class Checked:
    """The shop with its rows checked, and its errors made ours."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.name = type(shop).__name__

    def revision(self) -> Hashable:
        with _translated(self.name):
            return self._shop.revision()

    def order_ids(self) -> tuple[str, ...]:
        with _translated(self.name):
            return tuple(sorted(self._shop.order_ids()))

    def order(self, order_id: str) -> Order | None:
        with _translated(self.name):
            row = self._shop.order(order_id)
        try:
            return None if row is None else rows.order(order_id, dict(row))
        except BadRow as exc:
            raise StoreError(
                f"{self.name}: order {order_id} is not as it should be: {exc}"
            ) from exc

    def products(self) -> tuple[tuple[Product, ...], tuple[Refused, ...]]:
        """By name, and the rows that cannot be right."""
        with _translated(self.name):
            found = [dict(row) for row in self._shop.products()]
        taken: dict[str, Product] = {}
        refused: list[Refused] = []
        for number, row in enumerate(found, 1):
            try:
                product = rows.product(row)
                which = products.identity(product.name, product.sku)
                if which in taken:
                    raise BadRow(f"{product.name!r} is there twice; the first is taken")
                taken[which] = product
            except BadRow as exc:
                refused.append(Refused(self.name, str(number), str(exc)))
        return tuple(sorted(taken.values(), key=lambda product: product.name)), tuple(refused)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """An adapter is the shop's own code, and may raise anything."""
    try:
        yield
    except StoreError:
        raise
    except Exception as exc:
        raise StoreError(f"the shop's own system ({name}) failed: {exc!r}") from exc
