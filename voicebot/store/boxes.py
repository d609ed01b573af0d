"""Which box serves which room, for boxes that share a database.

Tables of their own, without a version: they hold nothing that outlives the boxes.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from voicebot.store.database import Database

metadata = sa.MetaData()

boxes = sa.Table(
    "boxes",
    metadata,
    sa.Column("box", sa.String(200), primary_key=True),
    sa.Column("beat", sa.BigInteger, nullable=False),  # grows as long as the box lives
)

rooms = sa.Table(
    "served_rooms",
    metadata,
    sa.Column("room", sa.String(128), primary_key=True),
    sa.Column("box", sa.String(200), nullable=False),
    sa.Index("served_rooms_by_box", "box"),
)


class BoxBook:
    """What the boxes tell each other. Synchronous; every method may raise StoreError.

    url: of the shop's database. box: our own name in it, which no other box has.
    """

    def __init__(self, url: str, box: str) -> None:
        self._box = box
        self._database = Database(url)
        with self._database.write() as connection:
            metadata.create_all(connection)

    def enter(self) -> None:
        """Come in; what a former run of this box left is forgotten."""
        with self._database.write() as connection:
            beat = connection.execute(sa.select(boxes.c.beat).where(self._ours(boxes))).scalar()
            self._forget(connection, self._box)
            connection.execute(boxes.insert().values(box=self._box, beat=(beat or 0) + 1))

    def beat(self) -> Mapping[str, int] | None:
        """Say that we live; the beats of all boxes, or None where others have buried us."""
        grown = boxes.update().where(self._ours(boxes)).values(beat=boxes.c.beat + 1)
        with self._database.write() as connection:
            if connection.execute(grown).rowcount == 0:
                return None
        with self._database.read() as connection:
            return {row.box: row.beat for row in connection.execute(sa.select(boxes))}

    def take(self, room: str) -> bool:
        """The right to serve a room; False where another box has it."""
        with self._database.write() as connection:
            held = sa.select(rooms.c.box).where(rooms.c.room == room)
            box = connection.execute(held).scalar()
            if box is None:
                connection.execute(rooms.insert().values(room=room, box=self._box))
        return box in (None, self._box)

    def drop(self, room: str) -> None:
        """Give it back; nothing happens where another box has it."""
        with self._database.write() as connection:
            connection.execute(rooms.delete().where(rooms.c.room == room, self._ours(rooms)))

    def served(self) -> frozenset[str]:
        """Every room that any box has the right to."""
        with self._database.read() as connection:
            return frozenset(connection.execute(sa.select(rooms.c.room)).scalars())

    def bury(self, box: str, beat: int) -> None:
        """Take a dead box's rooms from it, unless it has come to life since that beat."""
        last = sa.select(boxes.c.beat).where(boxes.c.box == box)
        with self._database.write() as connection:
            if connection.execute(last).scalar() == beat:
                self._forget(connection, box)

    def leave(self) -> None:
        with self._database.write() as connection:
            self._forget(connection, self._box)

    def close(self) -> None:
        self._database.close()

    def _ours(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.box == self._box

    def _forget(self, connection: sa.Connection, box: str) -> None:
        connection.execute(boxes.delete().where(boxes.c.box == box))
        connection.execute(rooms.delete().where(rooms.c.box == box))
