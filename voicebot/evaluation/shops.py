"""A shop for each scenario: a copy of the data that nobody else has, and an index of its own.

The shop's real database is read and never written; its index is copied before it is opened, since
Chroma must not be opened by two processes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import voicebot.knowledge
from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.closing import close
from voicebot.config import Sections
from voicebot.errors import ConfigError, IngestError, StoreError
from voicebot.evaluation.grade import ShopState
from voicebot.evaluation.scenario import Case, ShopFiles
from voicebot.knowledge import documents
from voicebot.knowledge.build import ingest
from voicebot.models.places import cache_dir
from voicebot.store import Store

KEPT = 8  # indexes in the cache; the one that was used longest ago goes
_SQLITE = "sqlite:///"


class Shops:
    """folder: for all copies; it may be deleted when the run is over. Synchronous but for
    `index`. Raises StoreError, IngestError, ConfigError."""

    def __init__(self, settings: Sections, folder: Path) -> None:
        self._settings, self._folder = settings, folder
        self._bases: dict[tuple[Path | None, Path | None, bool], Path] = {}
        self._indexes: dict[Path | None, Path] = {}
        self._numbers = count()
        self.unread: list[str] = []  # documents that could not be read, with the reason

    # ------------------------------------------------------------ data

    def fresh(self, case: Case) -> str:
        """URL of a database that holds the case's shop, its own rows included."""
        url = self.copy(case.shop)
        if case.scenario.orders or case.scenario.products:
            with closing(Store(url)) as store:
                self._override(store, case)
        return url

    def copy(self, shop: ShopFiles) -> str:
        """URL of a database that holds that shop, or the real one's data."""
        copy = self._new("shop.db")
        shutil.copyfile(self._base(shop), copy)
        return f"{_SQLITE}{copy}"

    def _override(self, store: Store, case: Case) -> None:
        orders = {str(row.get("order_id", "")): _dated(row) for row in case.scenario.orders}
        products = merged([asdict(one) for one in store.products()], case.scenario.products)
        self._load(
            store,
            self._written("orders.json", orders) if orders else None,
            self._written("products.json", products) if case.scenario.products else None,
            where=f"scenario {case.scenario.id}",
        )

    def _base(self, shop: ShopFiles) -> Path:
        """A closed database with what the files hold; without files, the real one's data."""
        key = (shop.orders, shop.products, shop.empty)
        if key not in self._bases:
            base = self._new("base.db")
            if not (shop.orders or shop.products or shop.empty):
                _copy_database(self._settings.store.url, base)
            with closing(Store(f"{_SQLITE}{base}")) as store:
                if shop.orders or shop.products:
                    named = " and ".join(str(file) for file in key[:2] if file)
                    self._load(store, shop.orders, shop.products, where=named)
            self._bases[key] = base
        return self._bases[key]

    def _load(
        self, store: Store, orders: Path | None, products: Path | None, *, where: str
    ) -> None:
        report = store.load(orders, products)
        if report.refused:
            rows = "; ".join(f"{row.file} {row.row}: {row.reason}" for row in report.refused)
            raise ConfigError(f"{where}: rows that no shop can have: {rows}")

    def _written(self, name: str, value: object) -> Path:
        file = self._new(name)
        file.write_text(json.dumps(value, default=str), encoding="utf-8")
        return file

    def _new(self, name: str) -> Path:
        return self._folder / f"{next(self._numbers)}-{name}"

    # ------------------------------------------------------------ documents

    async def index(self, folder: Path | None) -> Path:
        """An index of the folder's documents; None: a copy of the one in force. Cancelling it
        leaves the cache as it was."""
        if folder not in self._indexes:
            copy = self._new("index")
            if folder is None:
                await asyncio.to_thread(_copy_index, self._settings.knowledge.index, copy)
            else:
                await self._ingested(folder, copy)
            self._indexes[folder] = copy
        return self._indexes[folder]

    async def _ingested(self, folder: Path, into: Path) -> None:
        """From the cache, where it is kept by what it is made of; else made, and kept if all of
        the documents could be read."""
        files = Files.of(self._settings)
        files.require({"embedding"} & set(assemble.local_roles(self._settings)))
        kept = cache_dir() / "evaluation" / _content(folder, files.indexer())
        if kept.exists():
            await asyncio.to_thread(_copy_index, kept, into)
            os.utime(kept)
            return
        embedder = await asyncio.to_thread(assemble.open_embedder, self._settings, files)
        try:
            report = await ingest([folder], into, assemble.for_answers(embedder))
        finally:
            await close(embedder)
        self.unread += [f"{file.name}: {file.reason}" for file in report.failed]
        if not report.sentences:
            why = self.unread[0] if self.unread else "there are no .pdf, .md or .txt files"
            raise IngestError(f"nothing to answer from in {folder}: {why}")
        if not report.failed:
            await asyncio.to_thread(_keep, into, kept)


def state(url: str) -> ShopState:
    """What a database holds now."""
    with closing(Store(url)) as store:
        return ShopState(store.orders(), store.products(), store.returns())


def merged(
    products: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Products by name, the later ones' values over the earlier ones'."""
    found = {str(product["name"]): product for product in products}
    for row in rows:
        name = str(row.get("name", ""))
        found[name] = {**found.get(name, {}), **row}
    return list(found.values())


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """ "today" and "today-5" as dates."""
    dated = dict(row)
    for key in ("ordered_at", "delivered_at"):
        word, _, days = str(row.get(key, "")).partition("-")
        if word == "today" and (not days or days.isdigit()):
            dated[key] = (date.today() - timedelta(days=int(days or 0))).isoformat()
    return dated


def _copy_database(url: str, copy: Path) -> None:
    """As it is at this moment; a server may write to it meanwhile."""
    if not url.startswith(_SQLITE):
        raise ConfigError(
            "scenarios without a shop of their own need an SQLite store to copy: give the files"
            " [shop] with orders and products"
        )
    path = Path(url.removeprefix(_SQLITE))
    if not path.is_file():
        raise StoreError(
            f"there is no database {path} to try the scenarios on: run voicebot store load, or give"
            " the files [shop] with orders and products"
        )
    try:
        with (
            closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as exc:
        raise StoreError(f"the database {path} cannot be copied: {exc}") from exc


def _copy_index(source: Path, copy: Path) -> None:
    if not source.exists():  # without one nothing is known, as `ask` has it
        return
    try:
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("LOCK"))
    except OSError as exc:  # shutil.Error is one, too
        raise IngestError(
            f"the index in {source} cannot be copied: {exc}; if it is being written, try again then"
        ) from exc


def _keep(made: Path, kept: Path) -> None:
    """Appears in one step, and never changes afterwards; whoever was quicker made the same."""
    coming = kept.with_name(f".{kept.name}.{os.getpid()}")
    _copy_index(made, coming)
    try:
        coming.rename(kept)
    except OSError:  # it is there
        shutil.rmtree(coming)
    found = sorted(kept.parent.glob("[!.]*"), key=lambda path: -path.stat().st_mtime)
    for path in found[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def _content(folder: Path, embedder: str) -> str:
    """A hash of the documents, of the code that reads and cuts them, and of the embedder."""
    digest = hashlib.sha256(embedder.encode())
    code = Path(next(iter(voicebot.knowledge.__path__)))
    files = [*((s.name, s.path) for s in documents.find([folder]))]
    files += [(path.name, path) for path in sorted(code.glob("*.py"))]
    for name, path in files:
        digest.update(f"\0{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:24]
