"""Orders in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from voicebot.store import schema
from voicebot.store.records import Counts, Order

_o = schema.orders
_SELECT = sa.select(_o, schema.returns.c.return_id).outerjoin_from(
    _o, schema.returns, _o.c.order_id == schema.returns.c.order_id
)

_WITH_ITEMS = (
    _SELECT.add_columns(schema.items.c.name.label("item"))
    .outerjoin(schema.items, _o.c.order_id == schema.items.c.order_id)
    .order_by(schema.items.c.position)
)


def cents(amount: float) -> int:
    return round(amount * 100)


def ids(connection: sa.Connection) -> Iterator[str]:
    """Sorted."""
    query = sa.select(_o.c.order_id).order_by(schema.plainly(connection, _o.c.order_id))
    yield from schema.rows(connection, query).scalars()


def customers(connection: sa.Connection, order_ids: Sequence[str]) -> tuple[str, ...]:
    """Whose the orders are; those that do not exist are left out."""
    query = sa.select(_o.c.customer).where(_o.c.order_id.in_(order_ids))
    return tuple(connection.execute(query).scalars())


def get(connection: sa.Connection, order_id: str) -> Order | None:
    rows = connection.execute(_WITH_ITEMS.where(_o.c.order_id == order_id)).all()
    if not rows:
        return None
    return _order(rows[0], (row.item for row in rows if row.item is not None))


def every(connection: sa.Connection) -> Iterator[Order]:
    """All orders by id, without a query for each."""
    names = _items(connection)
    for row in sorted(connection.execute(_SELECT), key=lambda row: str(row.order_id)):
        yield _order(row, names.get(row.order_id, ()))


def upsert(connection: sa.Connection, incoming: Sequence[Order]) -> Counts:
    """New orders in, known ones brought up to date, all others left alone."""
    if not incoming:
        return Counts()
    # Plain rows: the lock is held meanwhile, and they compare faster than orders.
    known = {row[0]: tuple(row) for row in connection.execute(sa.select(_o))}
    items = _items(connection)
    new = [order for order in incoming if order.order_id not in known]
    old = [order for order in incoming if order.order_id in known]
    changed = [o for o in old if tuple(_values(o).values()) != known[o.order_id]]
    renamed = [o for o in old if list(o.items) != items.get(o.order_id)]
    if new:
        connection.execute(_o.insert(), [_values(order) for order in new])
    if changed:
        names = [column.name for column in _o.columns if column.name != "order_id"]
        connection.execute(
            _o.update()
            .where(_o.c.order_id == sa.bindparam("which"))
            .values({name: sa.bindparam(name) for name in names}),
            [{"which": order.order_id, **_values(order)} for order in changed],
        )
    if renamed:
        connection.execute(
            schema.items.delete().where(schema.items.c.order_id == sa.bindparam("which")),
            [{"which": order.order_id} for order in renamed],
        )
    rows = [row for order in (*new, *renamed) for row in _item_rows(order)]
    if rows:
        connection.execute(schema.items.insert(), rows)
    touched = {order.order_id for order in (*changed, *renamed)}
    return Counts(len(new), len(touched), len(incoming) - len(new) - len(touched))


def mirrors(connection: sa.Connection, order_id: str, now: Order | None) -> bool:
    """Whether the order is known as the shop's own system has it; returns are ours to know."""
    known = get(connection, order_id)
    return now == (known and replace(known, returned=""))


def mirror(connection: sa.Connection, order_id: str, now: Order | None) -> None:
    """Make the order what the shop's own system says. One that is gone there stays only where it
    was returned."""
    if now is not None:
        _put(connection, now)
        return
    returned = sa.exists().where(schema.returns.c.order_id == order_id)
    connection.execute(_o.delete().where(_o.c.order_id == order_id, ~returned))


def _put(connection: sa.Connection, order: Order) -> None:
    which = _o.c.order_id == order.order_id
    if not connection.execute(_o.update().where(which).values(_values(order))).rowcount:
        connection.execute(_o.insert().values(_values(order)))
    connection.execute(schema.items.delete().where(schema.items.c.order_id == order.order_id))
    connection.execute(schema.items.insert(), _item_rows(order))


def _items(connection: sa.Connection) -> dict[str, list[str]]:
    """The names of every order's items."""
    names: dict[str, list[str]] = {}
    query = sa.select(schema.items.c.order_id, schema.items.c.name).order_by(
        schema.items.c.order_id, schema.items.c.position
    )
    for order_id, name in connection.execute(query):
        names.setdefault(order_id, []).append(name)
    return names


def _item_rows(order: Order) -> list[dict[str, Any]]:
    return [
        {"order_id": order.order_id, "position": position, "name": name}
        for position, name in enumerate(order.items)
    ]


def _values(order: Order) -> dict[str, Any]:
    """By column, in the table's order."""
    return {
        "order_id": order.order_id,
        "customer": order.customer,
        "status": order.status,
        "total_cents": cents(order.total),
        "shipping_eta": order.shipping_eta,
        "tracking_number": order.tracking_number,
        "email": order.email,
        "postcode": order.postcode,
        "ordered_at": order.ordered_at,
        "delivered_at": order.delivered_at,
    }


def _order(row: sa.Row[Any], names: Iterable[str]) -> Order:
    return Order(
        order_id=row.order_id,
        customer=row.customer,
        status=row.status,
        items=tuple(names),
        total=row.total_cents / 100,
        shipping_eta=row.shipping_eta,
        tracking_number=row.tracking_number,
        email=row.email,
        postcode=row.postcode,
        ordered_at=row.ordered_at,
        delivered_at=row.delivered_at,
        returned=row.return_id or "",
    )
