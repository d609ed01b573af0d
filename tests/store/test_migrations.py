"""Databases that earlier versions left behind: `old/` holds dumps of them, as they were made."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.store.conftest import Clock
from voicebot.errors import StoreError
from voicebot.store import Store, migrations, schema
from voicebot.store.database import Database

OLD = Path(__file__).parent / "old"
OPEN = "import sys; from voicebot.store import Store; print(len(Store(sys.argv[1]).returns()))"


@pytest.fixture
def old(url: str) -> str:
    """The URL of a database of version 1. ORD456 was returned at 2:30 before the clocks went back,
    ORD789 at 2:10 after; ORD123 is locked."""
    kind = sa.make_url(url).get_backend_name()
    dump = (OLD / f"schema1.{kind}.sql").read_text()
    if kind == "sqlite":
        file = Path(sa.make_url(url).database or "")
        file.parent.mkdir()
        connection = sqlite3.connect(file)
        connection.executescript(dump)
        connection.close()
        return url
    engine = sa.create_engine(url)
    with engine.begin() as begun:
        for statement in dump.split(";\n"):
            if statement.strip():
                begun.exec_driver_sql(statement)
    engine.dispose()
    return url


def version(url: str) -> int:
    database = Database(url)
    with database.read() as connection:
        found = schema.number(connection, "schema")
    database.close()
    return found


def test_a_shops_old_database_is_upgraded_as_it_is_opened(old: str) -> None:
    store = Store(old)
    assert [made.return_id for made in store.returns()] == ["RET-ORD456", "RET-ORD789"]
    assert [made.created_at.timestamp() for made in store.returns()] == [1792888200, 1792890600]
    order = store.order("ORD789")
    assert order is not None
    assert (order.items, order.total, order.returned) == (("Mouse", "Mouse"), 40, "RET-ORD789")
    assert [product.name for product in store.products()] == ["USB Cable", "Wireless Headphones"]
    assert len(store.audit()) == 9
    store.close()
    assert version(old) == len(migrations.STEPS) + 1


def test_a_lock_outlives_the_upgrade(old: str, clock: Clock) -> None:
    clock.now = clock.now.fromtimestamp(1792890600 + 60, clock.now.tzinfo)
    store = Store(old, clock=clock)
    assert store.verify("ORD123", "Doe", "desk-1:new").outcome == "locked"
    store.close()


def test_an_upgraded_database_is_like_a_new_one(old: str, clock: Clock) -> None:
    store = Store(old, return_days=0, clock=clock)
    long_name = "desk-" + "x" * 400
    made = store.create_return("ORD800", "broken", f"{long_name}:ORD800").made
    assert made is not None
    assert made in store.returns()
    assert store.create_return("ORD800", "broken", f"{long_name}:ORD800").repeated
    store.close()


def test_many_open_an_old_database_at_once(old: str) -> None:
    """Each with a connection of its own, as processes have."""
    start, failed = threading.Barrier(8), []

    def open_it() -> None:
        start.wait()
        try:
            Store(old).close()
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert version(old) == len(migrations.STEPS) + 1


@pytest.mark.parametrize("made_before", [True, False])
def test_two_processes_open_it_at_once(
    made_before: bool, url: str, request: pytest.FixtureRequest
) -> None:
    """An old one, and one that is still to be made."""
    if made_before:
        request.getfixturevalue("old")
    programs = [
        subprocess.Popen([sys.executable, "-c", OPEN, url], stdout=-1, stderr=-1, text=True)
        for _ in range(2)
    ]
    ended = [(*program.communicate(timeout=60), program.returncode) for program in programs]
    assert ended == [("2\n" if made_before else "0\n", "", 0)] * 2


def test_the_steps_go_in_order_and_once(old: str) -> None:
    database = Database(old)  # has made the steps there are
    taken: list[str] = []

    def step(connection: sa.Connection) -> None:
        taken.append("first")
        connection.exec_driver_sql("ALTER TABLE products ADD COLUMN colour TEXT")

    def later(connection: sa.Connection) -> None:
        taken.append("second")

    for _ in range(2):
        with database.write() as connection:
            migrations.prepare(connection, (*migrations.STEPS, step, later))
    assert taken == ["first", "second"]
    with database.read() as connection:
        assert schema.number(connection, "schema") == len(migrations.STEPS) + 3
    database.close()


def test_a_step_that_fails_leaves_the_database_as_it_was(old: str) -> None:
    database = Database(old)

    def step(connection: sa.Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE products ADD COLUMN colour TEXT")
        raise StoreError("no")

    with pytest.raises(StoreError), database.write() as connection:
        migrations.prepare(connection, (*migrations.STEPS, step))
    with database.read() as connection:
        names = [column["name"] for column in sa.inspect(connection).get_columns("products")]
        assert schema.number(connection, "schema") == len(migrations.STEPS) + 1
    assert "colour" not in names
    database.close()


def test_a_newer_database_is_refused_and_left_alone(url: str) -> None:
    database = Database(url)
    with database.write() as connection:
        newer = schema.meta.update().where(schema.meta.c.name == "schema").values(number=99)
        connection.execute(newer)
    with pytest.raises(StoreError, match=r"schema 99, this program knows \d.*newer voicebot"):
        Store(url)
    with database.read() as connection:
        assert schema.number(connection, "schema") == 99
    database.close()
