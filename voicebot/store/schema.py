"""The tables in their newest form; `migrations.py` leads older ones there.

`meta` holds one number a name: `schema`, the version of the tables, and `revision`, which grows
with every change of which orders there are and of the products, so that what is kept in memory of
them can be asked cheaply whether it is stale.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("order_id", sa.String(64), primary_key=True),
    sa.Column("customer", sa.String(200), nullable=False),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("total_cents", sa.BigInteger, nullable=False),
    sa.Column("shipping_eta", sa.String(200), nullable=False),
    sa.Column("tracking_number", sa.String(100)),
    sa.Column("email", sa.String(200), nullable=False),
    sa.Column("postcode", sa.String(20), nullable=False),
    sa.Column("ordered_at", sa.Date),
    sa.Column("delivered_at", sa.Date),
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("order_id", sa.ForeignKey("orders.order_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
)

products = sa.Table(
    "products",
    metadata,
    sa.Column("identity", sa.String(210), primary_key=True),  # "sku:..." or "name:..."
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("price_cents", sa.BigInteger, nullable=False),
    sa.Column("stock", sa.BigInteger, nullable=False),
    sa.Column("category", sa.String(200), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("sku", sa.String(200), nullable=False),
)

returns = sa.Table(
    "returns",
    metadata,
    sa.Column("return_id", sa.String(80), primary_key=True),
    sa.Column("order_id", sa.ForeignKey("orders.order_id"), nullable=False, unique=True),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("refund_cents", sa.BigInteger, nullable=False),
    sa.Column("refund_eta", sa.String(100), nullable=False),
    sa.Column("key", sa.String(600), nullable=False, unique=True),
    sa.Column("created_at", sa.String(40), nullable=False),  # ISO 8601 in UTC, with microseconds
)

# No foreign key: attempts on orders that do not exist are written down as well.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),  # seconds since 1970
    sa.Column("kind", sa.String(20), nullable=False),  # verify, return, load
    sa.Column("order_id", sa.String(64), nullable=False),
    sa.Column("session", sa.String(200), nullable=False),
    sa.Column("outcome", sa.String(40), nullable=False),
    sa.Column("detail", sa.String(500), nullable=False),
    sa.Index("audit_by_order", "kind", "order_id", "at"),
    sa.Index("audit_by_session", "kind", "session", "at"),
)


_PLAIN = {"sqlite": "BINARY", "postgresql": "C"}  # collations
_AT_A_TIME = 500  # rows; other threads do not run while they are unpacked


def plainly(connection: sa.Connection, column: sa.Column[str]) -> sa.ColumnElement[str]:
    """To sort by as Python does; databases sort each in their own way. Sorting 100,000 rows here
    would hold up all other threads until it is done."""
    return sa.collate(column, _PLAIN[connection.dialect.name])


def rows(connection: sa.Connection, query: sa.Select[Any]) -> sa.CursorResult[Any]:
    """Of a query that gives many, fetched bit by bit."""
    return connection.execute(query, execution_options={"yield_per": _AT_A_TIME})


def number(connection: sa.Connection, name: str) -> int:
    """A number of `meta`."""
    found = connection.execute(sa.select(meta.c.number).where(meta.c.name == name)).scalar_one()
    return int(found)


def grow_revision(connection: sa.Connection) -> None:
    connection.execute(
        meta.update().where(meta.c.name == "revision").values(number=meta.c.number + 1)
    )
