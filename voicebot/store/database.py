"""The connection to the database: SQLite as a file beside us, or another by URL.

SQLite runs with a write-ahead log (readers never wait for the writer), foreign keys on, and one
writer at a time: `write()` takes a lock of this process and begins the transaction IMMEDIATE, so
that other processes' writers wait too (for BUSY_MS) and nobody reads first and writes on old
grounds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from voicebot.errors import StoreError
from voicebot.store import schema

BUSY_MS = 10_000  # a load of 100,000 orders holds the lock for some seconds
DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql"}


class Database:
    """Raises StoreError wherever the database cannot be opened, read or written.

    Threads may share it. A call that is running cannot be cancelled; it ends within BUSY_MS plus
    its own work.
    """

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self._writing = threading.Lock()
        self._engine = _engine(self.url)
        try:
            with self.write() as connection:
                schema.prepare(connection)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the data."""
        with self._translated("read"), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that is committed at the end, or leaves nothing behind on an exception."""
        with self._translated("written"), self._writing, self._engine.connect() as plain:
            connection = plain.execution_options(voicebot_writes=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as exc:
            reason = str(getattr(exc, "orig", None) or exc).splitlines()[0]
            raise StoreError(
                f"the shop's database ({self.url.render_as_string()}) could not be {what}:"
                f" {reason}; see that it is reachable, writable and that the disk is not full"
            ) from exc


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except sa.exc.ArgumentError as exc:
        # The URL itself may hold a password: it is not repeated.
        raise StoreError(
            "store.url is not a database URL: write sqlite:///data/store.db or"
            " postgresql+psycopg://user@host/name"
        ) from exc


def _engine(url: sa.URL) -> sa.Engine:
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        _make_file(url.database)
    try:
        engine = sa.create_engine(url, pool_pre_ping=not sqlite)
    except (ImportError, sa.exc.SQLAlchemyError) as exc:
        driver = DRIVERS.get(url.get_backend_name(), "its driver")
        raise StoreError(
            f"no driver for {url.get_backend_name()} databases ({exc}): install {driver} and name"
            f" it in store.url"
        ) from exc
    if sqlite:
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_file(database: str | None) -> None:
    """The file and its folder; customers' data are for the owner alone."""
    if not database or database == ":memory:":
        raise StoreError("store.url names no SQLite file: write sqlite:///data/store.db")
    path = Path(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as exc:
        raise StoreError(
            f"the shop's database {path} cannot be made ({exc.strerror}): choose a writable place"
            " as store.url"
        ) from exc


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not by the driver
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("voicebot_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
