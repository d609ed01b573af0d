"""Returns: who may, and writing one down at most once for an order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from voicebot.errors import StoreError
from voicebot.store import orders, schema
from voicebot.store.audit import record
from voicebot.store.records import Order, Refusal, Return, ReturnOutcome
from voicebot.store.rows import clean

REFUND_ETA = "5-7 business days"
REASON_MAX = 500  # characters; a customer who tells a story is cut short
_r = schema.returns


def refusal(order: Order | None, today: datetime, return_days: int) -> Refusal | None:
    """Why the order cannot be returned, or None. return_days 0: no limit. An order that does not
    say when it was delivered does not expire."""
    if order is None:
        return Refusal("not_found", "I can't find that order.")
    named = f"Order {order.order_id}"
    if order.returned:
        return Refusal("returned", f"{named} has been returned already, as {order.returned}.")
    if order.status == "returned":
        return Refusal("returned", f"{named} has been returned already.")
    if order.status == "cancelled":
        return Refusal("cancelled", f"{named} was cancelled, so there is nothing to return.")
    if order.status != "delivered":
        return Refusal(
            "not_delivered",
            f"{named} hasn't been delivered yet, so it can't be returned now.",
        )
    if return_days and order.delivered_at is not None:
        days = (today.date() - order.delivered_at).days
        if days > return_days:
            return Refusal(
                "expired",
                f"{named} was delivered {days} days ago, and returns are possible for"
                f" {return_days} days.",
            )
    return None


def create(
    connection: sa.Connection,
    order_id: str,
    reason: str,
    key: str,
    *,
    now: datetime,
    return_days: int,
) -> ReturnOutcome:
    """In the caller's write transaction. key: idempotency; the same key gives the same return.

    Raises StoreError where the key belongs to another order's return.
    """
    row = connection.execute(sa.select(_r).where(_r.c.key == key)).one_or_none()
    if row is not None:
        if row.order_id != order_id:
            raise StoreError(f"the key of return {row.return_id} was used for order {order_id} too")
        return ReturnOutcome(made=_return(row), repeated=True)
    order = orders.get(connection, order_id)
    refused = refusal(order, now, return_days)
    outcome = refused.code if refused else "created"
    record(connection, now, kind="return", order_id=order_id, outcome=outcome, detail=key)
    if order is None or refused is not None:
        return ReturnOutcome(refusal=refused)
    made = Return(
        return_id=f"RET-{order_id}",
        order_id=order_id,
        reason=clean(reason)[:REASON_MAX],
        refund_amount=order.total,
        refund_eta=REFUND_ETA,
        created_at=now,
    )
    connection.execute(
        _r.insert().values(
            return_id=made.return_id,
            order_id=order_id,
            reason=made.reason,
            refund_cents=orders.cents(made.refund_amount),
            refund_eta=made.refund_eta,
            key=key,
            created_at=now.astimezone(UTC).isoformat(timespec="microseconds"),
        )
    )
    return ReturnOutcome(made=made)


def every(connection: sa.Connection) -> tuple[Return, ...]:
    """Oldest first."""
    rows = connection.execute(sa.select(_r).order_by(_r.c.created_at, _r.c.return_id))
    return tuple(_return(row) for row in rows)


def _return(row: sa.Row[Any]) -> Return:
    return Return(
        return_id=row.return_id,
        order_id=row.order_id,
        reason=row.reason,
        refund_amount=row.refund_cents / 100,
        refund_eta=row.refund_eta,
        created_at=datetime.fromisoformat(row.created_at).astimezone(),
    )
