"""Which rooms have a bot: one each and no more, whatever gets lost, comes twice or out of order.

Webhooks are quick but lossy, so they only hurry up what the look at the server's rooms decides
anyway: `reconcile` brings a bot to every room with a customer and none of ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from voicebot.config import Rooms as RoomSettings
from voicebot.errors import RoomError
from voicebot.events import BotJoined, BotLeft, Emit
from voicebot.rooms.jobs import Outcome
from voicebot.rooms.livekit_api import Notice, Person, Rooms
from voicebot.rooms.names import bot_identity, valid_room_name

log = logging.getLogger(__name__)

REMEMBERED = 1000  # event ids; LiveKit repeats within 30 s, at most a few hundred of them
BACKOFF_S = (0.5, 1.0, 2.0, 4.0)  # LiveKit is gone: then at most every 4 s, or the interval


class Bot(Protocol):
    async def run(self, joined: Callable[[], None]) -> str:
        """Until it has left; why. Raises RoomError. Cancelling it makes it leave."""
        ...


class Claims(Protocol):
    """Which rooms are served, where there are several boxes. Its coroutines never raise."""

    async def take(self, room: str) -> bool:
        """Whether we may serve the room. Cancelled or not, `drop` it afterwards."""
        ...

    async def drop(self, room: str) -> None: ...

    async def served(self) -> frozenset[str] | None:
        """By whatever box; None where it is not known."""
        ...


class Dispatcher:
    """make_bot: a new bot for a room. It never raises; run() does. claims: agreed upon with other
    boxes, where LiveKit gives jobs to workers; then webhooks bring no bots, and who is in a room
    tells nothing of who serves it: the bot of a dead box stays for a while.
    """

    def __init__(
        self,
        settings: RoomSettings,
        rooms: Rooms,
        make_bot: Callable[[str], Bot],
        emit: Emit,
        claims: Claims | None = None,
    ) -> None:
        self._settings = settings
        self._claims = claims
        self._rooms = rooms
        self._make_bot = make_bot
        self._emit = emit
        self._bots: dict[str, asyncio.Task[str]] = {}
        self._talking: set[str] = set()  # rooms whose bot has joined
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._draining = False
        self._look_now = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self.trouble: str = ""  # why the last look failed; empty: it did not
        # Hears of a room "joined", then why the bot has left; of all rooms ("") "draining".
        self.watch: Callable[[str, str], None] = lambda room, what: None

    @property
    def rooms(self) -> tuple[str, ...]:
        """With a bot in them, or on its way."""
        return tuple(self._bots)

    @property
    def draining(self) -> bool:
        return self._draining

    @property
    def full(self) -> bool:
        return self._draining or len(self._bots) >= self._settings.max

    def serves(self, room: str) -> bool:
        """Whether a room of that name is ours to serve."""
        return valid_room_name(room) and room.startswith(self._settings.prefix)

    # ---- what others ask for

    async def bring(self, room: str, cause: str) -> Outcome:
        """Takes the slot at once and joins in the background; "full" while draining, too.
        Raises RoomError for a name that no room of ours can have."""
        if not valid_room_name(room):
            raise RoomError(f"{room[:40]!r} is not a room's name: letters, digits and _ . : @ -")
        if room in self._bots:
            return "already"
        if self.full:
            return "full"
        task = asyncio.create_task(self._stay(room, cause), name=f"bot in {room}")
        self._bots[room] = task
        task.add_done_callback(lambda _: self._left(room, task))
        return "joined"

    async def dismiss(self, room: str) -> None:
        """Takes the bot out of the room and waits until it has left."""
        task = self._bots.get(room)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def webhook(self, body: bytes, authorization: str) -> bool:
        """False where the signature is not LiveKit's over this very body. Repeats do nothing."""
        notice = self._rooms.verified(body, authorization)
        if notice is None:
            return False
        if not self._is_new(notice.id):
            return True
        if notice.event == "participant_joined":
            await self._somebody_joined(notice)
        elif notice.event == "room_finished":
            # A room of that name may have been opened again since: look before leaving.
            self.look_now()
        return True

    # ---- the loop

    def look_now(self) -> None:
        """Do not wait for the next look at the rooms."""
        self._look_now.set()

    async def start(self) -> None:
        """Begins to look after the rooms. The first look is made before it returns, if LiveKit
        answers; else it is tried again and again."""
        await self._try_look()
        self._loop = asyncio.create_task(self._keep_looking(), name="room reconciliation")

    async def reconcile(self) -> None:
        """One look at the server's rooms. Raises RoomError."""
        waiting = set(self._bots)
        served = await self._claims.served() if self._claims else None
        occupied = await self._rooms.occupied(served or ())
        for room, people in occupied.items():
            if self._draining or not self.serves(room) or not _has_customer(people):
                continue
            if served is None and _has_bot(room, people):
                continue
            if await self.bring(room, "reconcile") == "full":
                log.warning("room %s waits: all %s bots are busy", room, self._settings.max)
        for room in waiting & self._talking - set(occupied):
            log.info("room %s is no more: its bot leaves", room)
            await self.dismiss(room)

    async def drain(self, grace: float | None = None) -> None:
        """Refuses new rooms and waits for the calls that are on; after `grace` seconds they end."""
        self._draining = True
        self.watch("", "draining")
        if self._bots:
            await asyncio.wait(set(self._bots.values()), timeout=grace)
        await self.stop()

    async def stop(self) -> None:
        """Every bot leaves now; returns when all have left."""
        self._draining = True
        tasks: list[asyncio.Task[Any]] = [*self._bots.values()]
        if self._loop is not None:
            tasks.append(self._loop)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop = None

    # ---- parts

    async def _stay(self, room: str, cause: str) -> str:
        """Why the bot has left."""

        def joined() -> None:
            self._talking.add(room)
            self._emit(BotJoined(room=room, cause=cause))
            self.watch(room, "joined")

        left = "dismissed"
        try:
            if self._claims is not None and not await self._claims.take(room):
                left = "elsewhere"
            else:
                left = await self._make_bot(room).run(joined)
        except RoomError as exc:
            left = "failed"
            log.error("%s", exc)
        except Exception:
            left = "failed"
            log.exception("the bot in room %s failed", room)
        finally:
            if room in self._talking:
                self._talking.discard(room)
                self._emit(BotLeft(room=room, cause=left))
            if self._claims is not None:
                await self._claims.drop(room)
            if left == "lost":
                self.look_now()
        return left

    def _left(self, room: str, task: asyncio.Task[str]) -> None:
        if self._bots.get(room) is task:
            del self._bots[room]
        self.watch(room, "dismissed" if task.cancelled() else task.result())

    async def _somebody_joined(self, notice: Notice) -> None:
        if self._claims or notice.person is None or notice.person.kind != "standard":
            return
        if not self.serves(notice.room):
            return
        if await self.bring(notice.room, "webhook") == "full":
            log.warning("room %s waits: all %s bots are busy", notice.room, self._settings.max)

    def _is_new(self, event_id: str) -> bool:
        if event_id in self._seen:
            return False
        self._seen[event_id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def _keep_looking(self) -> None:
        failures = 0
        while True:
            wait = self._settings.reconcile_interval
            if failures:
                wait = min(wait, BACKOFF_S[min(failures, len(BACKOFF_S)) - 1])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._look_now.wait()
            self._look_now.clear()
            failures = 0 if await self._try_look() else failures + 1

    async def _try_look(self) -> bool:
        try:
            await self.reconcile()
        except RoomError as exc:
            if str(exc) != self.trouble:
                log.error("%s", exc)
            self.trouble = str(exc)
            return False
        self.trouble = ""
        return True


def _has_customer(people: Iterable[Person]) -> bool:
    return any(p.kind == "standard" for p in people)


def _has_bot(room: str, people: Iterable[Person]) -> bool:
    return any(p.identity == bot_identity(room) for p in people)
