"""`voicebot store`: the shop's data into the database, and out of it."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.commands.common import console, print_json, settings_of

if TYPE_CHECKING:
    from voicebot.store import Counts, LoadReport, Refused, Store

app = typer.Typer(help="The shop's orders, products and returns.", no_args_is_help=True)

# E-mail and postcode are proofs: they are in --json for who asks, not on a screen in passing.
_COLUMNS = {
    "orders": ("order_id", "customer", "status", "items", "total", "returned"),
    "products": ("name", "price", "stock", "category"),
    "returns": ("return_id", "order_id", "reason", "refund_amount", "created_at"),
    "audit": ("at", "kind", "order_id", "session", "outcome"),
}
_SHOWN = 1000  # rows of a table for people; --json gives all


class What(StrEnum):
    orders = "orders"
    products = "products"
    returns = "returns"
    audit = "audit"


@app.command(
    epilog="Examples: voicebot store load --orders data/orders.json --products data/products.json"
    " · voicebot store load --orders today.json --json"
)
def load(
    ctx: typer.Context,
    orders: Annotated[Path | None, typer.Option(help="orders.json, or orders.csv")] = None,
    products: Annotated[Path | None, typer.Option(help="products.json, or products.csv")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the report on stdout")] = False,
) -> None:
    """Take the shop's data into the database.

    Rows that are wrong are refused one by one and named; the rest go in together. Loading again
    brings orders up to date, keeps those that the file no longer holds, and keeps returns; the
    catalogue becomes what the file says. Bad rows alone do not make the command fail; a file that
    cannot be read does, with nothing changed.
    """
    if orders is None and products is None:
        raise typer.BadParameter("name a file with --orders or --products")
    store = _open(ctx)
    try:
        report = store.load(orders, products)
    finally:
        store.close()
    _tell(report.refused)
    for line in _lines(report, orders is not None, products is not None):
        console.print(line, markup=False)
    if as_json:
        print_json(asdict(report))


@app.command(epilog="Examples: voicebot store show orders · voicebot store show returns --json")
def show(
    ctx: typer.Context,
    what: Annotated[What, typer.Argument(help="orders, products, returns or audit")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON list on stdout")] = False,
) -> None:
    """What the database holds. audit: every attempt to verify, return asked for and load, oldest
    first."""
    store = _open(ctx)
    try:
        rows = [asdict(row) for row in getattr(store, what.value)()]
        refused = store.refused() if what is What.products else ()
    finally:
        store.close()
    _tell(refused)
    if as_json:
        print_json(rows)
    elif rows:
        _table(rows, _COLUMNS[what])
    else:
        console.print(f"no {what.value} yet; see voicebot store load --help")


def _open(ctx: typer.Context) -> Store:
    from voicebot.store import Store

    return Store.of(settings_of(ctx).store)


def _tell(refused: tuple[Refused, ...]) -> None:
    for row in refused:
        console.print(f"{row.file}, row {row.row}: {row.reason}", markup=False)


def _lines(report: LoadReport, orders: bool, products: bool) -> list[str]:
    lines = []
    for name, counts, asked in (
        ("orders", report.orders, orders),
        ("products", report.products, products),
    ):
        if asked:
            lines.append(f"{name}: {_counts(counts)}")
    if report.refused:
        rows = "row was" if len(report.refused) == 1 else "rows were"
        lines.append(
            f"warning: {len(report.refused)} {rows} refused, see above; the rest is loaded"
        )
    return lines


def _counts(counts: Counts) -> str:
    text = f"{counts.new} new, {counts.changed} changed, {counts.unchanged} as before"
    return f"{text}, {counts.removed} removed" if counts.removed else text


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for place, name in enumerate(columns):
        table.add_column(name, no_wrap=place == 0, overflow="fold")
    for row in rows[:_SHOWN]:
        table.add_row(*(_cell(row[name]) for name in columns))
    out = Console(highlight=False, markup=False)
    out.print(table)
    if len(rows) > _SHOWN:
        console.print(f"the first {_SHOWN} of {len(rows)}; all with --json")


def _cell(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else str(value)
