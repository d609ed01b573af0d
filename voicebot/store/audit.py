"""The audit: every attempt to verify, every return asked for, every load. No customer's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from voicebot.store import schema

_a = schema.audit


@dataclass(frozen=True)
class Entry:
    """kind: verify, return or load. session: of the customer, with the room's name before it."""

    at: datetime
    kind: str
    order_id: str
    session: str
    outcome: str
    detail: str


def record(
    connection: sa.Connection,
    now: datetime,
    *,
    kind: str,
    outcome: str,
    order_id: str = "",
    session: str = "",
    detail: str = "",
) -> None:
    connection.execute(
        _a.insert().values(
            at=now.timestamp(),
            kind=kind,
            order_id=order_id[:64],
            session=session[:200],
            outcome=outcome,
            detail=detail[:500],
        )
    )


def entries(connection: sa.Connection) -> tuple[Entry, ...]:
    """Oldest first."""
    rows = connection.execute(
        sa.select(
            _a.c.at, _a.c.kind, _a.c.order_id, _a.c.session, _a.c.outcome, _a.c.detail
        ).order_by(_a.c.id)
    )
    return tuple(Entry(datetime.fromtimestamp(row[0], UTC).astimezone(), *row[1:]) for row in rows)
