from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import Server
from tests.store.conftest import ORDERS
from voicebot.errors import StoreError
from voicebot.store import Store, schema
from voicebot.store.database import Database


def test_sqlite_is_set_up(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as connection:
        for pragma, value in (
            ("journal_mode", "wal"),
            ("foreign_keys", 1),
            ("busy_timeout", 10_000),
        ):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value
    database.close()


def test_the_file_is_its_owners_alone(sqlite_url: str, tmp_path: Path) -> None:
    Store(sqlite_url).close()
    assert stat.S_IMODE((tmp_path / "shop" / "store.db").stat().st_mode) & 0o077 == 0


def test_a_write_that_fails_leaves_nothing(url: str) -> None:
    database = Database(url)

    def fail() -> None:
        with database.write() as connection:
            schema.grow_revision(connection)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.read() as connection:
        assert schema.number(connection, "revision") == 0
    database.close()


def test_writers_wait_for_one_another(url: str) -> None:
    database = Database(url)

    def grow() -> None:
        for _ in range(20):
            with database.write() as connection:
                schema.grow_revision(connection)

    threads = [threading.Thread(target=grow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert schema.number(connection, "revision") == 80
    database.close()


def test_changes_of_another_process_are_seen(
    store: Store, url: str, write: Callable[[str, Any], Path]
) -> None:
    assert len(store.order_ids()) == 3
    other = Store(url)
    other.load(write("more.json", {"ORD9": ORDERS["ORD123"] | {"order_id": "ORD9"}}))
    other.close()
    assert store.is_stale()
    catalogue = store.catalogue()
    store.take_up()
    assert len(store.order_ids()) == len(store.index()) == 4
    assert store.catalogue() is catalogue
    assert not store.is_stale()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "not a database URL"),
        ("sqlite://", "names no SQLite file"),
        ("sqlite:////proc/none/store.db", "cannot be made"),
        ("postgresql+nothing://u:secret@host/db", r"pip install 'psycopg\[binary\]'"),
        ("mysql://u:secret@host/db", "SQLite and PostgreSQL are known"),
        ("postgresql://u:secret@127.0.0.1:1/db", "could not be read"),
    ],
)
def test_a_database_that_cannot_be_opened(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as raised:
        Store(url)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("this is no database" * 100)
    with pytest.raises(StoreError, match="could not be"):
        Store(f"sqlite:///{tmp_path}/store.db")


def test_connections_that_the_server_has_dropped_are_made_anew(postgres: Server) -> None:
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with postgres.database() as url:
        store, other = Store(url), Database(url)
        assert store.order("ORD1") is None
        with other.read() as connection:
            connection.exec_driver_sql(f"{drop} AND datname = current_database()")
        assert store.order("ORD1") is None
        assert store.verify("ORD1", "Doe", "s").outcome == "wrong"
        store.close()
        other.close()


@pytest.mark.parametrize("writes", [True, False])
def test_a_transaction_sees_one_state(url: str, writes: bool) -> None:
    """A reader does not see what is written meanwhile; who comes later does."""
    one, other = Database(url), Database(url)
    with one.read() as reading:
        before = schema.number(reading, "revision")
        with other.write() as writing:
            schema.grow_revision(writing)
        assert schema.number(reading, "revision") == before
    with one.write() if writes else one.read() as connection:
        assert schema.number(connection, "revision") == before + 1
    one.close()
    other.close()
