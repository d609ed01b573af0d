"""Several boxes and one bot a room: who serves it, and that others take over from a dead box.

LiveKit gives a room's job to one worker, once. It does not give it again when that box dies, and
keeps the dead bot in the room for some 20 s. So boxes write into the database that they share
which rooms they serve, and that they live; when one falls silent, its rooms are free to be taken,
and a new bot of the same identity puts the dead one out.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol, TypeVar

from voicebot.errors import StageError, StoreError
from voicebot.scheduler import Cancelled, Worker

log = logging.getLogger(__name__)

BEAT_S = 2.5
SILENT_S = 8.0  # three beats and a little: then a box counts as dead
PATIENCE_S = 3.0  # with the database, while a customer waits to be greeted
T = TypeVar("T")


class Book(Protocol):
    """The shared record. Blocking; every method may raise StoreError."""

    def enter(self) -> None: ...
    def beat(self) -> Mapping[str, int] | None: ...
    def take(self, room: str) -> bool: ...
    def drop(self, room: str) -> None: ...
    def served(self) -> frozenset[str]: ...
    def bury(self, box: str, beat: int) -> None: ...
    def leave(self) -> None: ...


class Pulse:
    """Judges from the beats which boxes have fallen silent, by our own clock alone.

    Where we were not looking ourselves (no database, a stopped process) nobody is judged by it.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, float]] = {}  # by box: its beat, and since when
        self._looked = 0.0

    def seen(self, beats: Mapping[str, int], at: float) -> dict[str, int]:
        """The boxes that are dead, and their last beat. at: seconds."""
        if at - self._looked > 2 * BEAT_S:
            self._last = {}
        self._looked = at
        self._last = {
            box: self._last[box] if self._last.get(box, (None,))[0] == beat else (beat, at)
            for box, beat in beats.items()
        }
        return {box: beat for box, (beat, since) in self._last.items() if at - since > SILENT_S}


class Fleet:
    """This box among the others. `freed` is called when rooms of a dead box are to be had.

    Where the database does not answer every room counts as ours to serve: two bots, of which
    LiveKit puts out the first, are better than none.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self.freed: Callable[[], None] = lambda: None
        self._worker = Worker("fleet", capacity=256)  # more rooms at once than a box can serve
        self._pulse = Pulse()
        self._held: set[str] = set()
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises StoreError."""
        await self._in_book(self._book.enter)
        self._loop = asyncio.create_task(self._keep_beating(), name="fleet")

    async def stop(self) -> None:
        """The rooms that we still have are others' to take."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self._or_else(None, self._book.leave)
        self._worker.close()

    async def take(self, room: str) -> bool:
        """Whether we may serve the room. Cancelled or not, `drop` it afterwards."""
        self._held.add(room)
        return await self._or_else(True, partial(self._book.take, room))

    async def drop(self, room: str) -> None:
        self._held.discard(room)
        await self._or_else(None, partial(self._book.drop, room))

    async def served(self) -> frozenset[str] | None:
        """Rooms that some living box serves; None where that cannot be known now."""
        nobody: frozenset[str] | None = None
        return await self._or_else(nobody, self._book.served)

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self._beat()
            except (StoreError, StageError) as exc:
                log.warning("other boxes do not hear of us: %s", exc)

    async def _beat(self) -> None:
        beats = await self._in_book(self._book.beat)
        if beats is None:
            log.warning("other boxes took us for dead; rooms that they took are theirs")
            await self._in_book(self._book.enter)
            for room in tuple(self._held):
                await self._in_book(partial(self._book.take, room))
            return
        dead = self._pulse.seen(beats, time.monotonic())
        for box, beat in dead.items():
            log.warning("box %s has fallen silent: its rooms are free to be taken", box)
            await self._in_book(partial(self._book.bury, box, beat))
        if dead:
            self.freed()

    async def _in_book(self, work: Callable[[], T]) -> T:
        def job(_: Cancelled) -> T:
            return work()

        return await self._worker.run(job)

    async def _or_else(self, otherwise: T, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._in_book(work)
        except (StoreError, StageError, TimeoutError) as exc:
            why = str(exc) or f"the database does not answer within {PATIENCE_S:g} s"
            log.warning("which box serves which room is not known: %s", why)
            return otherwise
