"""What the last turns were about, for words that point back to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

MOST = 3  # turns that said what they were about


@dataclass(frozen=True)
class Good:
    """A product as it was told of."""

    name: str
    price: float
    category: str = ""
    description: str = ""


@dataclass(frozen=True)
class Goods:
    """Products in the order in which they were told, and what had been searched for."""

    found: tuple[Good, ...]
    query: str
    max_price: float | None = None


@dataclass(frozen=True)
class OrderNamed:
    order_id: str


@dataclass(frozen=True)
class Question:
    """To the shop's documents, as it stands on its own."""

    text: str


Subject: TypeAlias = Goods | OrderNamed | Question
S = TypeVar("S", Goods, OrderNamed, Question)


def after(subjects: tuple[Subject, ...], new: Subject) -> tuple[Subject, ...]:
    """The newest first."""
    return (new, *(one for one in subjects if one != new))[:MOST]


def of(subjects: tuple[Subject, ...], kind: type[S]) -> tuple[S, ...]:
    return tuple(one for one in subjects if isinstance(one, kind))


def topic(subjects: tuple[Subject, ...]) -> str:
    """The last question to the documents, "" where there was none."""
    return next((one.text for one in of(subjects, Question)), "")


def goods(arguments: Mapping[str, Any], data: Mapping[str, Any]) -> Goods | None:
    """Of a search that was run; None where it found nothing."""
    rows = data.get("products") or [row for row in (data.get("cheapest"),) if row]
    found = tuple(
        Good(row["name"], row["price"], row.get("category", ""), row.get("description", ""))
        for row in rows
    )
    return Goods(found, arguments["query"], arguments.get("max_price")) if found else None
