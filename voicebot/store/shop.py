"""The shop's data, as the rest of the program asks for it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from voicebot import config
from voicebot.dialogue.spoken.identifiers import IdIndex
from voicebot.errors import StoreError
from voicebot.store import audit, load, orders, products, returns, schema, verification
from voicebot.store.catalogue import Catalogue
from voicebot.store.database import Database
from voicebot.store.live import Checked, Shop, open_shop
from voicebot.store.pace import Pace, leisurely
from voicebot.store.records import (
    LoadReport,
    Order,
    Product,
    Refusal,
    Refused,
    Return,
    ReturnOutcome,
    Verification,
    VerifyBy,
)


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


@dataclass(frozen=True)
class Shelf:
    """What is kept in memory of the shop, as it was at one revision."""

    revision: Hashable
    order_ids: tuple[str, ...]
    index: IdIndex
    catalogue: Catalogue


class Store:
    """Synchronous and shared by threads; every method may raise StoreError.

    url: a database URL. verify: what a customer must know besides the order's number.
    return_days: 0 for no limit. attempts, lockout_s: wrong answers before an order is locked, and
    for how long each of them counts. clock: the time, with its zone; days are counted in it. shop:
    a system of the shop's own that orders and products are read from; else they are loaded.
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
        shop: Shop | None = None,
    ) -> None:
        self.verify_by: VerifyBy = verify
        self.return_days = return_days
        self.attempts = attempts
        self.lockout_s = lockout_s
        self._clock = clock
        self._shop = Checked(shop) if shop is not None else None
        self._database = Database(url)
        self._shelf: Shelf | None = None
        self._filling = threading.Lock()

    @classmethod
    def of(cls, settings: config.Store) -> Store:
        return cls(
            settings.url,
            verify=settings.verify,
            return_days=settings.return_days,
            attempts=settings.attempts,
            lockout_s=settings.lockout,
            shop=open_shop(settings.shop) if settings.shop else None,
        )

    @property
    def needs_verification(self) -> bool:
        return self.verify_by != "none"

    # ---- what is kept in memory

    def is_stale(self) -> bool:
        """Whether there are other orders or products than those kept, by whatever process. One read
        by primary key."""
        return self._shelf is None or self._shelf.revision != self.revision()

    def take_up(self) -> None:
        """Read them anew if they are stale: seconds where there are 50,000 products, and as many
        again where something is kept: other threads go on with that, and go first."""
        with self._filling:
            if self.is_stale():
                self._shelf = self._filled(self._shelf)

    def order_ids(self) -> tuple[str, ...]:
        """All of them, sorted, as of the last `take_up`."""
        return self._kept().order_ids

    def index(self) -> IdIndex:
        """The same, to be found by what was heard."""
        return self._kept().index

    def catalogue(self) -> Catalogue:
        """The products made searchable, as of the last `take_up`."""
        return self._kept().catalogue

    def _kept(self) -> Shelf:
        if self._shelf is None:
            self.take_up()
        assert self._shelf is not None
        return self._shelf

    def _filled(self, former: Shelf | None) -> Shelf:
        revision = self.revision()  # first: what comes later makes it stale
        pace: Pace = iter if former is None else leisurely
        order_ids = self._shop.order_ids() if self._shop else self._stored_ids(pace)
        goods = self._goods(pace)
        # A new revision need not mean other products, and their index is dear to make.
        same_ids = former is not None and former.order_ids == order_ids
        same_goods = former is not None and former.catalogue.products == goods
        return Shelf(
            revision,
            former.order_ids if former and same_ids else order_ids,
            former.index if former and same_ids else IdIndex(pace(order_ids)),
            former.catalogue if former and same_goods else Catalogue(goods, pace),
        )

    def _stored_ids(self, pace: Pace = iter) -> tuple[str, ...]:
        with self._database.read() as connection:
            return tuple(pace(orders.ids(connection)))

    def _goods(self, pace: Pace = iter) -> tuple[Product, ...]:
        if self._shop is not None:
            return self._shop.products()[0]
        with self._database.read() as connection:
            return tuple(pace(products.every(connection)))

    # ---- reading

    def revision(self) -> Hashable:
        """Another value whenever there are other orders or products."""
        if self._shop is not None:
            return self._shop.revision()
        with self._database.read() as connection:
            return schema.number(connection, "revision")

    def order(self, order_id: str) -> Order | None:
        self._follow(order_id)
        with self._database.read() as connection:
            return orders.get(connection, order_id)

    def orders(self) -> tuple[Order, ...]:
        """All of them; of a shop's own system those that were asked for so far."""
        with self._database.read() as connection:
            return tuple(orders.every(connection))

    def customer(self, order_id: str) -> str | None:
        """Whose the order is. For deciding only: it is told to nobody."""
        self._follow(order_id)
        with self._database.read() as connection:
            return next(iter(orders.customers(connection, [order_id])), None)

    def customers(self, count: int) -> tuple[str, ...]:
        """Of so many orders drawn at random."""
        known = self._stored_ids() if self._shop is not None else self.order_ids()
        with self._database.read() as connection:
            return orders.customers(connection, random.sample(known, min(count, len(known))))

    def products(self) -> tuple[Product, ...]:
        """By name."""
        return self._goods()

    def refused(self) -> tuple[Refused, ...]:
        """Products of a shop's own system whose rows cannot be right, read now."""
        return self._shop.products()[1] if self._shop is not None else ()

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
        self._follow(order_id)
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
        self._follow(order_id)
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
        if self._shop is not None:
            raise StoreError(
                f"orders and products come from the shop's own system ({self._shop.name}): take"
                " store.shop out of the settings to load files"
            )
        parsed = load.parse(orders, products)
        with self._database.write() as connection:
            report = load.write(connection, parsed, self._clock())
        if self._shelf is not None:
            self.take_up()
        return report

    def close(self) -> None:
        self._database.close()

    def _follow(self, order_id: str) -> None:
        """Take the order over from the shop's own system as it is now."""
        if self._shop is None:
            return
        now = self._shop.order(order_id)
        with self._database.read() as connection:
            if orders.mirrors(connection, order_id, now):
                return
        with self._database.write() as connection:
            orders.mirror(connection, order_id, now)
