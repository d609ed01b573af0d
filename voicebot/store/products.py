"""The catalogue in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from voicebot.store import schema
from voicebot.store.orders import cents
from voicebot.store.records import Counts, Product

_p = schema.products


def identity(name: str, sku: str = "") -> str:
    """What makes a product the same one from one file to the next: its sku, else its name."""
    return f"sku:{sku}" if sku else f"name:{name.casefold()}"


def every(connection: sa.Connection) -> Iterator[Product]:
    """By name."""
    by = (schema.plainly(connection, column) for column in (_p.c.name, _p.c.identity))
    for row in schema.rows(connection, sa.select(_p).order_by(*by)):
        yield _product(row)


def replace(connection: sa.Connection, incoming: Sequence[Product], keep: set[str]) -> Counts:
    """Make the catalogue what the file says.

    keep: identities that stay although they are not in `incoming` (their rows were refused). An
    empty `incoming` removes nothing: it is more likely a mistake than a shop without goods.
    """
    known = {identity(p.name, p.sku): p for p in every(connection)}
    wanted = {identity(p.name, p.sku): p for p in incoming}
    gone = [which for which in known if which not in wanted and which not in keep]
    if not incoming:
        gone = []
    changed = [k for k, product in wanted.items() if k in known and known[k] != product]
    new = [k for k in wanted if k not in known]
    stale = [{"which": which} for which in (*gone, *changed)]
    if stale:
        connection.execute(_p.delete().where(_p.c.identity == sa.bindparam("which")), stale)
    rows = [{"identity": k, **_values(wanted[k])} for k in (*new, *changed)]
    if rows:
        connection.execute(_p.insert(), rows)
    return Counts(len(new), len(changed), len(wanted) - len(new) - len(changed), len(gone))


def _values(product: Product) -> dict[str, Any]:
    return {
        "name": product.name,
        "price_cents": cents(product.price),
        "stock": product.stock,
        "category": product.category,
        "description": product.description,
        "sku": product.sku,
    }


def _product(row: sa.Row[Any]) -> Product:
    return Product(
        name=row.name,
        price=row.price_cents / 100,
        stock=row.stock,
        category=row.category,
        description=row.description,
        sku=row.sku,
    )
