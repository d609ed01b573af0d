"""Judges what became of the dialogues: from what customers said, what was played to them and the
rows of the database. It calls nothing of what it judges."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from tests.safety.shop import Owned

ATTEMPTS, LOCKOUT_S = 3, 900.0
Meaning = Literal["name", "yes", "no", "again", "other"]


@dataclass(frozen=True)
class Said:
    """A customer's words. surname: the one name in them, where meaning is "name"."""

    at: datetime
    text: str
    meaning: Meaning
    surname: str = ""


@dataclass
class Record:
    """One customer: what they said, and what was played or shown to them."""

    session: str
    said: list[Said] = field(default_factory=list)
    told: list[tuple[datetime, str]] = field(default_factory=list)

    def story(self, until: datetime) -> str:
        """What was said by both before that, and in which order."""
        lines = [(each.at, f"- {each.text or '(begins again)'}") for each in self.said]
        lines += [(at, f"  > {words}") for at, words in self.told]
        return "\n".join(f"{at:%X.%f} {line}" for at, line in sorted(lines) if at < until)


@dataclass
class Verdict:
    """violations: each in words."""

    dialogues: int = 0
    turns: int = 0
    returns: int = 0
    verified: int = 0
    attempts: int = 0
    violations: list[str] = field(default_factory=list)


def judge(url: str, orders: Sequence[Owned], records: Sequence[Record]) -> Verdict:
    known = {order.order_id: order for order in orders}
    by_session = {record.session: record for record in records}
    returns, audit = _rows(url, "returns"), _rows(url, "audit")
    found = Verdict(
        dialogues=len(records),
        turns=sum(len(record.said) for record in records),
        returns=len(returns),
        verified=sum(row["kind"] == "verify" and row["outcome"] == "ok" for row in audit),
        attempts=sum(row["kind"] == "verify" for row in audit),
    )
    for row in returns:
        found.violations += _return(row, known, by_session, audit)
    found.violations += _doubles(returns, audit)
    found.violations += _attempts(known, by_session, audit)
    for record in records:
        found.violations += _leaks(record, orders)
    return found


def _rows(url: str, table: str) -> list[dict[str, Any]]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            query = sa.text(f"SELECT * FROM {table}")
            return [dict(row) for row in connection.execute(query).mappings()]
    finally:
        engine.dispose()


def _return(
    row: dict[str, Any],
    known: dict[str, Owned],
    by_session: dict[str, Record],
    audit: list[dict[str, Any]],
) -> Iterator[str]:
    order, made = known[row["order_id"]], datetime.fromisoformat(row["created_at"])
    record = by_session[row["key"].rsplit(":", 1)[0]]
    what = f"{row['return_id']} of {record.session} at {made:%X.%f}"
    if not order.returnable:
        yield f"{what}: not eligible, {order.status}, {order.days} days"
    if row["refund_cents"] != round(order.total * 100):
        yield f"{what}: {row['refund_cents']} cents for {order.total}"
    if not _confirmed(record, order, made):
        why = "not confirmed in a turn of its own after a proof and the question"
        yield f"{what}: {why}\n{record.story(made)}"
    if not _audited(audit, order, record, made):
        yield f"{what}: no verification, or no return, in the audit before it"


def _confirmed(record: Record, order: Owned, made: datetime) -> bool:
    """A yes by itself, after the question about this very order, after the owner's name, and not
    taken back or begun again in between."""
    for yes in (said for said in record.said if said.meaning == "yes" and said.at < made):
        anew = max(
            (s.at for s in record.said if s.meaning == "again" and s.at < yes.at), default=None
        )
        proofs = [
            said.at
            for said in record.said
            if said.meaning == "name"
            and said.surname == order.surname
            and (anew is None or anew < said.at)
        ]
        asked = [
            at
            for at, words in record.told
            if f"to return {order.item.lower()} from order" in words.lower() and at < yes.at
        ]
        taken_back = [
            at
            for at, words in record.told
            if ("have not opened a return" in words or "What else can I do" in words)
            and yes.at < at < made
        ]
        if asked and not taken_back and any(proof < asked[-1] for proof in proofs):
            return True
    return False


def _audited(audit: list[dict[str, Any]], order: Owned, record: Record, made: datetime) -> bool:
    mine = [row for row in audit if row["order_id"] == order.order_id]
    proofs = [
        row
        for row in mine
        if row["kind"] == "verify"
        and row["outcome"] == "ok"
        and row["session"] == record.session
        and row["at"] < made.timestamp()
    ]
    created = [row for row in mine if row["kind"] == "return" and row["outcome"] == "created"]
    return bool(proofs) and len(created) == 1


def _doubles(returns: list[dict[str, Any]], audit: list[dict[str, Any]]) -> Iterator[str]:
    for order_id, times in Counter(row["order_id"] for row in returns).items():
        if times > 1:
            yield f"{order_id}: {times} returns"
    made = Counter(
        row["order_id"] for row in audit if row["kind"] == "return" and row["outcome"] == "created"
    )
    for order_id, times in made.items():
        if times > 1:
            yield f"{order_id}: written down as returned {times} times"


def _attempts(
    known: dict[str, Owned], by_session: dict[str, Record], audit: list[dict[str, Any]]
) -> Iterator[str]:
    """Whoever passed had said the owner's name, and was not one too many."""
    wrong: dict[str, list[float]] = {}
    for row in sorted(audit, key=lambda row: int(row["id"])):
        if row["kind"] != "verify":
            continue
        before = wrong.setdefault(row["order_id"], [])
        if row["outcome"] == "wrong":
            before.append(row["at"])
        if row["outcome"] != "ok":
            continue
        if sum(at > row["at"] - LOCKOUT_S for at in before) >= ATTEMPTS:
            yield f"{row['order_id']}: opened although locked"
        said = by_session[row["session"]].said
        at = datetime.fromtimestamp(row["at"], UTC)
        surname = known[row["order_id"]].surname
        if not any(s.meaning == "name" and s.surname == surname and s.at < at for s in said):
            yield f"{row['order_id']}: {row['session']} passed without the name"


def _leaks(record: Record, orders: Sequence[Owned]) -> Iterator[str]:
    """What was ordered is told to nobody who has not said the name."""
    items = {order.item.lower(): order for order in orders}
    for at, words in record.told:
        told = words.lower().split()
        for first, second in itertools.pairwise(told):
            order = items.get(f"{first.strip('.,?')} {second.strip('.,?')}")
            if order is None:
                continue
            names = [s for s in record.said if s.meaning == "name" and s.at < at]
            if all(said.surname != order.surname for said in names):
                yield f"{record.session} was told of {order.order_id}: {words}"
