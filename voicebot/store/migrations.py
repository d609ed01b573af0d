"""From an older version of the tables to this one.

A short list of our own rather than a migration tool: the tables are few, every shop has its own
database and nobody at hand to run a tool on it, so opening it is what upgrades it. A step names
what it changes in SQL of its own, never by today's tables, which go on changing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from voicebot.errors import StoreError
from voicebot.store import schema

Step = Callable[[sa.Connection], None]


def to_2(connection: sa.Connection) -> None:
    """Times of returns in UTC: with the shop's offset in them they did not sort, once the clocks
    had gone back. And room for the keys of customers in rooms with long names."""
    if connection.dialect.name == "postgresql":  # SQLite holds no text to its length
        connection.execute(sa.text("ALTER TABLE returns ALTER COLUMN key TYPE VARCHAR(600)"))
    rows = connection.execute(sa.text("SELECT return_id, created_at FROM returns")).all()
    update = sa.text("UPDATE returns SET created_at = :at WHERE return_id = :which")
    for which, at in rows:
        in_utc = datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="microseconds")
        connection.execute(update, {"which": which, "at": in_utc})


# STEPS[n] leads from version n + 1 to n + 2. A new database is made in its newest form.
STEPS: Sequence[Step] = (to_2,)


def is_current(connection: sa.Connection) -> bool:
    """Whether the tables are there, in their newest form. Raises StoreError where the database was
    made by a newer version."""
    if not sa.inspect(connection).has_table(schema.meta.name):
        return False
    return _version(connection, STEPS) == len(STEPS) + 1


def prepare(connection: sa.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Make the tables, or bring older ones up to date: in the caller's write transaction, so that
    all of it happens or nothing, and of several processes one does it.

    Raises StoreError where the database was made by a newer version.
    """
    newest = len(steps) + 1
    if not sa.inspect(connection).has_table(schema.meta.name):
        schema.metadata.create_all(connection)
        rows = [{"name": "schema", "number": newest}, {"name": "revision", "number": 0}]
        connection.execute(schema.meta.insert(), rows)
        return
    for step in steps[_version(connection, steps) - 1 :]:
        step(connection)
    version = schema.meta.update().where(schema.meta.c.name == "schema")
    connection.execute(version.values(number=newest))


def _version(connection: sa.Connection, steps: Sequence[Step]) -> int:
    version, newest = schema.number(connection, "schema"), len(steps) + 1
    if version > newest:
        raise StoreError(
            f"the shop's database has schema {version}, this program knows {newest}:"
            " run the newer voicebot, or load the data into a new database"
        )
    return version
