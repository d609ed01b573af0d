"""The connection to the database: SQLite as a file beside us, or PostgreSQL by URL.

Both keep the same promises. Readers see one state and never wait for the writer. There is one
writer at a time, of all threads and processes: whoever comes later waits for BUSY_MS at most, and
nobody reads first and writes on old grounds. SQLite does it with a write-ahead log and BEGIN
IMMEDIATE, PostgreSQL with an advisory lock that ends with the transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception_message, stop_after_delay, wait_random

from voicebot.errors import StoreError
from voicebot.store import migrations

BUSY_MS = 10_000  # a load of 100,000 orders holds the lock for some seconds
CONNECT_S = 5  # until a server that does not answer counts as unreachable
STUCK_S = 60  # a writer that died without a word holds its lock no longer
WRITER = 0x766F6963  # the advisory lock: any number that other programs do not take
WRITES = "voicebot_writes"  # the option of a connection that is going to write
KNOWN = ("sqlite", "postgresql")


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
            self._prepare()
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
            options: dict[str, Any] = {WRITES: True}
            if self.url.get_backend_name() == "postgresql":
                # What the former writer did is to be seen: it may have ended while we waited.
                options["isolation_level"] = "READ COMMITTED"
            with plain.execution_options(**options) as connection, connection.begin():
                yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.read() as connection:
            if migrations.is_current(connection):
                return
        with self.write() as connection:  # who comes second finds it done
            migrations.prepare(connection)

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
            " postgresql://user@host/name"
        ) from exc


def _engine(url: sa.URL) -> sa.Engine:
    kind = url.get_backend_name()
    if kind not in KNOWN:
        raise StoreError(f"store.url is of a {kind} database: SQLite and PostgreSQL are known")
    if kind == "sqlite":
        _make_file(url.database)
        engine = sa.create_engine(url)
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = sa.create_engine(
            url,
            pool_pre_ping=True,  # the server may have been restarted since
            isolation_level="REPEATABLE READ",
            connect_args={"connect_timeout": url.query.get("connect_timeout", CONNECT_S)},
        )
    except (ImportError, sa.exc.SQLAlchemyError) as exc:
        raise StoreError(
            f"no driver for PostgreSQL ({exc}): run .venv/bin/python -m pip install"
            " 'psycopg[binary]', and let store.url begin with postgresql://"
        ) from exc
    sa.event.listen(engine, "connect", _set_up_postgresql)
    sa.event.listen(engine, "begin", _begin_postgresql)
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
    for pragma in (f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    # busy_timeout does not hold for the change to WAL: two at once would fail one of them.
    for attempt in Retrying(
        retry=retry_if_exception_message(match="database is locked"),
        stop=stop_after_delay(BUSY_MS / 1000),
        wait=wait_random(0, 0.02),
        reraise=True,
    ):
        with attempt:
            connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _set_up_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {BUSY_MS}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{STUCK_S}s'")
    connection.commit()


def _begin_postgresql(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")
