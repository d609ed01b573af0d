"""One row of the shop's files, checked: an Order or a Product, or BadRow with the reason."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from voicebot.store.records import Order, Product

WRONG = "\0wrong"  # where whoever read the file leaves what was wrong with the row's form
_MOST = Decimal(10) ** 9  # a price or total beyond it is a mistake
_STATUS = {"canceled": "cancelled", "complete": "delivered", "completed": "delivered"}


class BadRow(Exception):  # noqa: N818 - it is a verdict on a row, never an error of ours
    """str(): why the row is refused."""


def order(key: str, value: object) -> Order:
    """The order under `key` of orders.json. Raises BadRow."""
    row = _object(value)
    order_id = _text(row, "order_id", 64)
    if order_id != key.strip():
        raise BadRow(f"order_id is {order_id!r}, but the row stands under {key[:64]!r}")
    if not any(char.isdigit() for char in order_id):
        raise BadRow("order_id has no digit: it could not be told from words")
    status = _text(row, "status", 40).lower()
    ordered, delivered = _day(row, "ordered_at"), _day(row, "delivered_at")
    if ordered and delivered and delivered < ordered:
        raise BadRow("delivered_at is before ordered_at")
    return Order(
        order_id=order_id,
        customer=_text(row, "customer", 200),
        status=_STATUS.get(status, status),
        items=_items(row),
        total=_money(row, "total"),
        shipping_eta=_text(row, "shipping_eta", 200, needed=False),
        tracking_number=_text(row, "tracking_number", 100, needed=False) or None,
        email=_text(row, "email", 200, needed=False),
        postcode=_text(row, "postcode", 20, needed=False),
        ordered_at=ordered,
        delivered_at=delivered,
    )


def product(value: object) -> Product:
    """A row of products.json. Raises BadRow."""
    row = _object(value)
    return Product(
        name=_text(row, "name", 200),
        price=_money(row, "price"),
        stock=_count(row, "stock"),
        category=_text(row, "category", 200, needed=False),
        description=_text(row, "description", 4000, needed=False),
        sku=_text(row, "sku", 200, needed=False),
    )


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRow("it is not an object")
    if WRONG in value:
        raise BadRow(value[WRONG])
    return value


def clean(text: str) -> str:
    """One line without control characters, and without what the language model and the voice
    would take for commands."""
    text = unicodedata.normalize("NFC", text)
    if text.isprintable() and "<|" not in text and "[[" not in text and "]]" not in text:
        return " ".join(text.split())
    text = re.sub(r"<\|.*?\|>|\[\[|\]\]", " ", text)
    text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(text.split())


def _text(row: dict[str, Any], name: str, most: int, *, needed: bool = True) -> str:
    value = row.get(name)
    if value is None and not needed:
        return ""
    if value is None:
        raise BadRow(f"{name} is missing")
    if not isinstance(value, str):
        raise BadRow(f"{name} must be text")
    text = clean(value)
    if needed and not text:
        raise BadRow(f"{name} is empty")
    if len(text) > most:
        raise BadRow(f"{name} is longer than {most} characters")
    return text


def _items(row: dict[str, Any]) -> tuple[str, ...]:
    value = row.get("items")
    if not isinstance(value, list) or not value:
        raise BadRow("items must be a list with at least one name")
    return tuple(_text({"items": each}, "items", 200) for each in value)


def _money(row: dict[str, Any], name: str) -> float:
    value = row.get(name)
    if value is None:
        raise BadRow(f"{name} is missing")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadRow(f"{name} must be a number")
    amount = Decimal(str(value))
    if not amount.is_finite():
        raise BadRow(f"{name} must be a number")
    if not 0 <= amount <= _MOST:
        raise BadRow(f"{name} must be between 0 and {_MOST}")
    if amount != round(amount, 2):
        raise BadRow(f"{name} has more than two decimals")
    return float(amount)


def _count(row: dict[str, Any], name: str) -> int:
    value = row.get(name)
    if value is None:
        raise BadRow(f"{name} is missing")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise BadRow(f"{name} must be a whole number from 0 on")
    return value


def _day(row: dict[str, Any], name: str) -> date | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        # The day as it is written: shops mean their own day, whatever the zone behind it.
        return datetime.fromisoformat(value).date()
    except (TypeError, ValueError):
        raise BadRow(f"{name} must be a date like 2026-01-31") from None
