"""What the shop's database gives and takes, as frozen values. Money is in the shop's currency,
rounded to hundredths; it is stored in whole hundredths, so no sum is ever off by a float."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

VerifyBy = Literal["last_name", "postcode", "email", "none"]


@dataclass(frozen=True)
class Order:
    """returned: the return's id, or "" where there is none. status is in lower case."""

    order_id: str
    customer: str
    status: str
    items: tuple[str, ...]
    total: float
    shipping_eta: str = ""
    tracking_number: str | None = None
    email: str = ""
    postcode: str = ""
    ordered_at: date | None = None
    delivered_at: date | None = None
    returned: str = ""


@dataclass(frozen=True, slots=True)  # tens of thousands are kept
class Product:
    name: str
    price: float
    stock: int
    category: str = ""
    description: str = ""
    sku: str = ""


@dataclass(frozen=True)
class Return:
    return_id: str
    order_id: str
    reason: str
    refund_amount: float
    refund_eta: str
    created_at: datetime


@dataclass(frozen=True)
class Verification:
    """outcome is the same for "no such order" and "not yours". attempts_left: wrong answers before
    the lock; locked_s: seconds until the lock opens."""

    outcome: Literal["ok", "wrong", "locked"]
    attempts_left: int = 0
    locked_s: float = 0.0

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"


@dataclass(frozen=True)
class Refusal:
    """Why an order cannot be returned. code: not_found, not_delivered, cancelled, returned or
    expired; say: the reason as it is spoken."""

    code: str
    say: str


@dataclass(frozen=True)
class ReturnOutcome:
    """Either a return or a refusal. repeated: the return had been made before with this key."""

    made: Return | None = None
    refusal: Refusal | None = None
    repeated: bool = False

    @property
    def ok(self) -> bool:
        return self.made is not None


@dataclass(frozen=True)
class Refused:
    """A row that was not taken. row: the order's id, or the row's place in the file from 1."""

    file: str
    row: str
    reason: str


@dataclass(frozen=True)
class Counts:
    """removed: products that the catalogue no longer names (orders are never removed)."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0

    @property
    def taken(self) -> int:
        return self.new + self.changed + self.unchanged


@dataclass(frozen=True)
class LoadReport:
    orders: Counts = field(default_factory=Counts)
    products: Counts = field(default_factory=Counts)
    refused: tuple[Refused, ...] = ()
