"""CSV files as the rows that JSON files hold: a header of the same names, items with ";" between
them, an empty cell for what is not known. Commas or semicolons may part the cells."""

from __future__ import annotations

import csv
import io
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from voicebot.errors import StoreError
from voicebot.store import rows

_NUMBERS = ("total", "price", "stock")


def is_sheet(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def orders(path: Path) -> list[tuple[str, Any]]:
    """By order id. Raises StoreError where the file cannot be read or lacks the column."""
    found = []
    for row in _rows(path, "order_id"):
        row["items"] = [item for item in str(row.get("items") or "").split(";") if item.strip()]
        found.append((str(row["order_id"] or ""), row))
    return found


def products(path: Path) -> list[dict[str, Any]]:
    """Raises StoreError where the file cannot be read or lacks the column."""
    return _rows(path, "name")


def text_of(path: Path) -> str:
    """Of a file that others wrote. Raises StoreError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise StoreError(f"{path} is not UTF-8 text: save it as UTF-8") from exc
    except OSError as exc:
        raise StoreError(f"{path} cannot be read: {exc.strerror}") from exc


def _rows(path: Path, needed: str) -> list[dict[str, Any]]:
    text = text_of(path)
    header = text.partition("\n")[0]
    comma = ";" if header.count(";") > header.count(",") else ","
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=comma, strict=True)
        if needed not in (reader.fieldnames or ()):
            raise StoreError(f"{path} has no column {needed}: its first line must name the columns")
        return [_row(row) for row in reader]
    except csv.Error as exc:
        raise StoreError(f"{path} is not valid CSV: {exc}") from exc


def _row(cells: dict[str | Any, Any]) -> dict[str, Any]:
    if cells.pop(None, None):
        return cells | {rows.WRONG: "it has more cells than the first line has names"}
    return {name: _value(name, cell) for name, cell in cells.items()}


def _value(name: str, cell: Any) -> object:
    """As JSON would have it; what is no number stays text, for the row's check to refuse."""
    if not cell:
        return None
    if name not in _NUMBERS:
        return cell
    try:
        number = Decimal(cell)
    except InvalidOperation:
        return cell
    whole = name == "stock" and number.is_finite() and number == int(number)
    return int(number) if whole else number
