"""Boxes that share a database: one bot a room, and none left without."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

import pytest

from tests.rooms.test_dispatch import CUSTOMER, World, until
from voicebot.config import Rooms as RoomSettings
from voicebot.errors import StoreError
from voicebot.events import BotJoined, Event
from voicebot.rooms import fleet as fleet_module
from voicebot.rooms.dispatch import Dispatcher
from voicebot.rooms.fleet import BEAT_S, SILENT_S, Fleet, Pulse
from voicebot.rooms.livekit_api import Person


class SharedBook:
    """A database in memory."""

    def __init__(self) -> None:
        self.beats: dict[str, int] = {}
        self.rooms: dict[str, str] = {}
        self.gone = False


class Page:
    """What one box does in it. silent: the box has died and does not say so."""

    def __init__(self, book: SharedBook, box: str) -> None:
        self.book, self.box = book, box
        self.silent = False

    def _look(self) -> SharedBook:
        if self.book.gone:
            raise StoreError("the database is gone")
        return self.book

    def enter(self) -> None:
        self.leave()
        self._look().beats[self.box] = 1

    def beat(self) -> Mapping[str, int] | None:
        beats = self._look().beats
        if self.box not in beats:
            return None
        beats[self.box] += not self.silent
        return dict(beats)

    def take(self, room: str) -> bool:
        return self._look().rooms.setdefault(room, self.box) == self.box

    def drop(self, room: str) -> None:
        if not self.silent and self._look().rooms.get(room) == self.box:
            del self.book.rooms[room]

    def served(self) -> frozenset[str]:
        return frozenset(self._look().rooms)

    def bury(self, box: str, beat: int) -> None:
        if self._look().beats.get(box) == beat:
            self._forget(box)

    def leave(self) -> None:
        if not self.silent:
            self._forget(self.box)

    def _forget(self, box: str) -> None:
        self._look().beats.pop(box, None)
        self.book.rooms = {room: who for room, who in self.book.rooms.items() if who != box}


def test_who_beats_lives_and_who_does_not_is_dead_after_a_while() -> None:
    pulse = Pulse()
    at, dead = 100.0, {}
    for n in range(20):
        dead = pulse.seen({"a": n, "b": min(n, 3)}, at)
        silent = (n - 3) * BEAT_S if n > 3 else 0.0
        assert dead == ({"b": 3} if silent > SILENT_S else {})
        at += BEAT_S
    assert dead == {"b": 3}
    assert pulse.seen({"a": 20, "b": 4}, at) == {}


def test_nobody_is_judged_by_a_time_in_which_we_did_not_look() -> None:
    pulse = Pulse()
    pulse.seen({"a": 1}, 0.0)
    assert pulse.seen({"a": 1}, 10 * SILENT_S) == {}


def test_a_box_that_is_no_more_is_forgotten() -> None:
    pulse = Pulse()
    pulse.seen({"a": 1, "b": 1}, 0.0)
    pulse.seen({"a": 2}, BEAT_S)
    assert pulse.seen({"a": 3, "b": 1}, 2 * BEAT_S) == {}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "BEAT_S", 0.01)
    monkeypatch.setattr(fleet_module, "SILENT_S", 0.05)


@pytest.mark.usefixtures("quick")
async def test_a_dead_boxs_rooms_are_free_and_a_living_ones_are_not() -> None:
    book = SharedBook()
    pages = [Page(book, box) for box in "abc"]
    a, b, c = (Fleet(page) for page in pages)
    for one in (a, b, c):
        await one.start()
    freed = asyncio.Event()
    a.freed = freed.set
    assert await b.take("r1")
    assert await c.take("r2")
    assert not await a.take("r1")
    pages[1].silent = True
    async with asyncio.timeout(5):
        await freed.wait()
    assert await a.served() == frozenset({"r2"})
    assert await a.take("r1")
    await c.stop()
    assert await a.served() == frozenset({"r1"})
    for one in (a, b):
        await one.stop()


@pytest.mark.usefixtures("quick")
async def test_who_was_taken_for_dead_comes_back_with_what_nobody_took() -> None:
    book = SharedBook()
    a, b = Fleet(Page(book, "a")), Fleet(Page(book, "b"))
    await a.start()
    await b.start()
    assert await a.take("r1")
    assert await a.take("r2")
    book.rooms = {"r1": "b"}
    del book.beats["a"]
    await until(lambda: book.rooms == {"r1": "b", "r2": "a"} and "a" in book.beats)
    await a.stop()
    await b.stop()


async def test_without_a_database_customers_are_served_all_the_same() -> None:
    book = SharedBook()
    fleet = Fleet(Page(book, "a"))
    await fleet.start()
    book.gone = True
    assert await fleet.take("r1")
    assert await fleet.served() is None
    await fleet.drop("r1")
    book.gone = False
    await fleet.stop()


async def test_a_database_that_hangs_keeps_no_customer_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet_module, "PATIENCE_S", 0.01)
    page = Page(SharedBook(), "a")
    answers = threading.Event()
    fleet = Fleet(page)
    await fleet.start()
    monkeypatch.setattr(page, "take", lambda room: answers.wait(10))
    try:
        assert await fleet.take("r1")
    finally:
        answers.set()
    await fleet.stop()


@pytest.mark.usefixtures("quick")
async def test_a_room_whose_box_died_gets_a_bot_although_the_dead_one_is_still_in_it() -> None:
    world, book = World(), SharedBook()
    world.people["r1"] = [CUSTOMER, Person("bot-r1", "agent")]
    dead, living = Page(book, "dead"), Page(book, "living")
    dead.enter()
    assert dead.take("r1")
    dead.silent = True
    fleet = Fleet(living)
    events: list[Event] = []
    settings = RoomSettings(reconcile_interval=3600)
    dispatcher = Dispatcher(settings, world, world.bot, events.append, fleet)
    fleet.freed = dispatcher.look_now
    await fleet.start()
    await dispatcher.start()
    assert dispatcher.rooms == ()
    await until(lambda: any(isinstance(event, BotJoined) for event in events))
    assert book.rooms == {"r1": "living"}
    await dispatcher.stop()
    assert book.rooms == {}
    await fleet.stop()


async def test_two_boxes_that_look_at_once_send_one_bot_to_each_room() -> None:
    world, book = World(), SharedBook()
    for n in range(6):
        world.people[f"r{n}"] = [CUSTOMER]
    fleets = [Fleet(Page(book, box)) for box in "ab"]
    settings = RoomSettings(reconcile_interval=0.01, max=4)
    both = [Dispatcher(settings, world, world.bot, lambda event: None, one) for one in fleets]
    for one in fleets:
        await one.start()
    await asyncio.gather(*(one.start() for one in both))
    await until(lambda: all(len(people) == 2 for people in world.people.values()))
    assert world.most_bots == 1
    assert len(book.rooms) == 6
    for dispatcher in both:
        await dispatcher.stop()
    for one in fleets:
        await one.stop()
