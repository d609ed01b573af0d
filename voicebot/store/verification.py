"""Whether the customer who speaks is the one who ordered.

What is compared is decided in code: the answer is matched against the order's own value and
nothing else. An order that does not exist goes the same way as one that is somebody else's: the
same query, a stand-in value, the same matching, the same count, the same answer.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from voicebot.dialogue.spoken import contact, names
from voicebot.store import schema
from voicebot.store.audit import record
from voicebot.store.records import Verification, VerifyBy

# A session may be wrong about several orders of its own, but not walk through the shop's.
SESSION_FACTOR = 2
_STAND_IN = {
    "last_name": "\N{REPLACEMENT CHARACTER}",
    "postcode": "\N{REPLACEMENT CHARACTER}",
    "email": "\N{REPLACEMENT CHARACTER}",
}
_COLUMN = {
    "last_name": schema.orders.c.customer,
    "postcode": schema.orders.c.postcode,
    "email": schema.orders.c.email,
}
_MATCH = {
    "last_name": names.matches,
    "postcode": contact.matches_postcode,
    "email": contact.matches_email,
}


def verify(
    connection: sa.Connection,
    order_id: str,
    answer: str,
    session: str,
    *,
    by: VerifyBy,
    attempts: int,
    lockout_s: float,
    now: datetime,
) -> Verification:
    """In the caller's write transaction, so that attempts at the same time are all counted."""
    order_id, session = order_id[:64], session[:200]
    since = now.timestamp() - lockout_s
    by_order = _wrong(connection, schema.audit.c.order_id == order_id, since)
    by_session = _wrong(connection, schema.audit.c.session == session, since)
    right = _right(connection, order_id, answer, by)
    limits = ((by_order, attempts), (by_session, attempts * SESSION_FACTOR))
    locked_at = [times[-limit] for times, limit in limits if len(times) >= limit]
    outcome = "locked" if locked_at else "ok" if right else "wrong"
    record(connection, now, kind="verify", order_id=order_id, session=session, outcome=outcome)
    if locked_at:
        return Verification("locked", 0, max(0.0, max(locked_at) - since))
    if right:
        return Verification("ok", attempts)
    left = min(limit - len(times) - 1 for times, limit in limits)
    return Verification("wrong", left, 0.0 if left else lockout_s)


def _wrong(connection: sa.Connection, whose: sa.ColumnElement[bool], since: float) -> list[float]:
    """Times of the wrong answers that still count, oldest first."""
    a = schema.audit.c
    query = (
        sa.select(a.at)
        .where(a.kind == "verify", whose, a.at > since, a.outcome == "wrong")
        .order_by(a.at)
    )
    return list(connection.execute(query).scalars())


def _right(connection: sa.Connection, order_id: str, answer: str, by: VerifyBy) -> bool:
    if by == "none":
        query = sa.select(schema.orders.c.order_id).where(schema.orders.c.order_id == order_id)
        return connection.execute(query).scalar_one_or_none() is not None
    query = sa.select(_COLUMN[by]).where(schema.orders.c.order_id == order_id)
    expected = connection.execute(query).scalar_one_or_none()
    return _MATCH[by](answer, expected or _STAND_IN[by])
