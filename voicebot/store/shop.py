"""The shop's data, as the rest of the program asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from voicebot.store import audit, load, orders, products, returns, schema, verification
from voicebot.store.catalogue import Catalogue
from voicebot.store.database import Database
from voicebot.store.records import (
    LoadReport,
    Order,
    Product,
    Refusal,
    Return,
    ReturnOutcome,
    Verification,
    VerifyBy,
)


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


class Store:
    """Synchronous and shared by threads; every method may raise StoreError.

    url: a database URL. verify: what a customer must know besides the order's number.
    return_days: 0 for no limit. attempts, lockout_s: wrong answers before an order is locked, and
    for how long each of them counts. clock: the time, with its zone; days are counted in it.
    """

    def __init__(
        self,
        url: str,
        *,
        verify: VerifyBy = "last_name",
        return_days: int = 30,
        attempts: int = 3,
        lockout_s: float = 900.0,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.verify_by: VerifyBy = verify
        self.return_days = return_days
        self.attempts = attempts
        self.lockout_s = lockout_s
        self._clock = clock
        self._database = Database(url)
        self._caching = threading.Lock()
        self._seen = -1  # revision of what is cached
        self._ids: tuple[str, ...] | None = None
        self._catalogue: Catalogue | None = None
        self._former: Catalogue | None = None

    @property
    def needs_verification(self) -> bool:
        return self.verify_by != "none"

    def revision(self) -> int:
        """Another number whenever orders, products or returns have changed, by whatever process.
        One read by primary key."""
        with self._database.read() as connection:
            return schema.number(connection, "revision")

    # ---- reading

    def order_ids(self) -> tuple[str, ...]:
        """All of them, sorted; kept until the data change."""
        with self._caching:
            self._forget_stale()
            if self._ids is None:
                with self._database.read() as connection:
                    self._ids = orders.ids(connection)
            return self._ids

    def order(self, order_id: str) -> Order | None:
        with self._database.read() as connection:
            return orders.get(connection, order_id)

    def orders(self) -> tuple[Order, ...]:
        with self._database.read() as connection:
            return tuple(orders.every(connection))

    def products(self) -> tuple[Product, ...]:
        """By name; the same tuple until the data change."""
        return self.catalogue().products

    def catalogue(self) -> Catalogue:
        """The products made searchable; kept until they change."""
        with self._caching:
            self._forget_stale()
            if self._catalogue is None:
                with self._database.read() as connection:
                    found = products.every(connection)
                # A new revision need not mean other products, and the index is dear to make.
                if self._former is None or self._former.products != found:
                    self._former = Catalogue(found)
                self._catalogue = self._former
            return self._catalogue

    def returns(self) -> tuple[Return, ...]:
        """Oldest first."""
        with self._database.read() as connection:
            return returns.every(connection)

    def audit(self) -> tuple[audit.Entry, ...]:
        """Oldest first."""
        with self._database.read() as connection:
            return audit.entries(connection)

    # ---- deciding

    def verify(self, order_id: str, answer: str, session: str) -> Verification:
        """Whether `answer`, as it was heard, is what the owner of the order knows. Every attempt
        is written down, the answer itself is not."""
        with self._database.write() as connection:
            return verification.verify(
                connection,
                order_id,
                answer,
                session,
                by=self.verify_by,
                attempts=self.attempts,
                lockout_s=self.lockout_s,
                now=self._clock(),
            )

    def eligibility(self, order_id: str) -> Refusal | None:
        """Why the order cannot be returned, or None. Only for customers who are verified."""
        return returns.refusal(self.order(order_id), self._clock(), self.return_days)

    def create_return(self, order_id: str, reason: str, key: str) -> ReturnOutcome:
        """Make the return, if it may be made: all of it or nothing. key: of the customer's yes;
        the same key gives the same return again."""
        with self._database.write() as connection:
            return returns.create(
                connection,
                order_id,
                reason,
                key,
                now=self._clock(),
                return_days=self.return_days,
            )

    # ---- loading

    def load(self, orders: Path | None = None, products: Path | None = None) -> LoadReport:
        """Take the files in, in one transaction; rows that are wrong are refused one by one.

        Raises StoreError where a file cannot be read or is not of the right shape; then nothing
        is changed.
        """
        parsed = load.parse(orders, products)
        with self._database.write() as connection:
            return load.write(connection, parsed, self._clock())

    def close(self) -> None:
        self._database.close()

    def _forget_stale(self) -> None:
        revision = self.revision()
        if revision != self._seen:
            self._seen, self._ids, self._catalogue = revision, None, None
