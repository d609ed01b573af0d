"""One bot a room, whatever is lost, repeated or reordered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.config import Rooms as RoomSettings
from voicebot.errors import RoomError
from voicebot.events import BotJoined, BotLeft, Event
from voicebot.rooms.dispatch import REMEMBERED, Dispatcher
from voicebot.rooms.livekit_api import Notice, Person

CUSTOMER = Person("customer", "standard")


class World:
    """A LiveKit server in memory: who is where, and how many bots were ever in one room at once."""

    def __init__(self) -> None:
        self.people: dict[str, list[Person]] = {}
        self.gone = False
        self.looks = 0
        self.most_bots = 0
        self.notices: dict[bytes, Notice] = {}
        self.changed = asyncio.Event()

    async def occupied(self, known: Collection[str] = ()) -> Mapping[str, tuple[Person, ...]]:
        self.looks += 1
        self.changed.set()
        await asyncio.sleep(0)
        if self.gone:
            raise RoomError("LiveKit is gone")
        return {
            room: () if room in known else tuple(people) for room, people in self.people.items()
        }

    def verified(self, body: bytes, authorization: str) -> Notice | None:
        return self.notices.get(body) if authorization == "signed" else None

    def notice(
        self, event: str, room: str, person: Person | None = CUSTOMER, key: str = ""
    ) -> bytes:
        body = f"{event}/{room}/{key or len(self.notices)}".encode()
        self.notices[body] = Notice(body.decode(), event, room, person)
        return body

    def bot(self, room: str) -> FakeBot:
        return FakeBot(self, room)


class FakeBot:
    def __init__(self, world: World, room: str) -> None:
        self.world, self.room = world, room
        self.me = Person(f"bot-{room}", "agent")

    async def run(self, joined: Callable[[], None]) -> str:
        await asyncio.sleep(0)
        people = self.world.people.setdefault(self.room, [])
        people.append(self.me)
        bots = sum(p.kind == "agent" for p in people)
        self.world.most_bots = max(self.world.most_bots, bots)
        joined()
        try:
            while CUSTOMER in people:  # noqa: ASYNC110 - a world without clock
                await asyncio.sleep(0)
        finally:
            people.remove(self.me)
            if not people:
                self.world.people.pop(self.room, None)
        return "empty"


def dispatcher(world: World, events: list[Event] | None = None, **settings: object) -> Dispatcher:
    chosen = RoomSettings.model_validate({"reconcile_interval": 0.01, **settings})
    emit = (lambda event: None) if events is None else events.append
    return Dispatcher(chosen, world, world.bot, emit)


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not ready():  # noqa: ASYNC110 - looks at each turn of the loop
            await asyncio.sleep(0)


async def test_a_room_gets_one_bot_and_the_slot_is_taken_at_once() -> None:
    world = World()
    events: list[Event] = []
    desk = dispatcher(world, events, max=1)
    world.people["a"] = [CUSTOMER]
    assert await desk.bring("a", "spawn") == "joined"
    assert await desk.bring("a", "spawn") == "already"
    assert await desk.bring("b", "spawn") == "full"
    await until(lambda: len(events) == 1)
    await desk.dismiss("a")
    assert [type(e) for e in events] == [BotJoined, BotLeft]
    assert desk.rooms == ()
    await desk.stop()


async def test_a_name_that_no_room_can_have_is_refused() -> None:
    desk = dispatcher(World())
    for name in ("", " ", "a b", "../x", "x" * 129, "a\n"):
        with pytest.raises(RoomError, match="is not a room's name"):
            await desk.bring(name, "spawn")


async def test_only_customers_bring_a_bot() -> None:
    world = World()
    desk = dispatcher(world, prefix="shop-")
    for person in (Person("bot-x", "agent"), Person("rec", "egress"), None):
        assert await desk.webhook(world.notice("participant_joined", "shop-1", person), "signed")
    assert await desk.webhook(world.notice("participant_joined", "other"), "signed")
    assert desk.rooms == ()
    assert await desk.webhook(world.notice("participant_joined", "shop-1"), "signed")
    assert "shop-1" in desk.rooms
    await desk.stop()


async def test_an_unsigned_webhook_does_nothing() -> None:
    world = World()
    desk = dispatcher(world)
    assert not await desk.webhook(world.notice("participant_joined", "a"), "forged")
    assert desk.rooms == ()


async def test_a_repeated_webhook_does_nothing_and_memory_is_bounded() -> None:
    world = World()
    desk = dispatcher(world)
    body = world.notice("participant_joined", "a")
    assert await desk.webhook(body, "signed")
    await desk.dismiss("a")
    assert await desk.webhook(body, "signed")
    assert desk.rooms == ()
    for _ in range(2 * REMEMBERED):
        await desk.webhook(world.notice("room_started", "a", None), "signed")
    assert len(desk._seen) == REMEMBERED


async def test_lost_webhooks_are_made_good_by_looking() -> None:
    world = World()
    world.people["a"] = [CUSTOMER]
    desk = dispatcher(world)
    await desk.start()
    assert "a" in desk.rooms
    world.people["b"] = [CUSTOMER]
    await until(lambda: "b" in desk.rooms)
    world.people["a"].remove(CUSTOMER)
    await until(lambda: "a" not in desk.rooms)
    await desk.stop()
    assert desk.rooms == ()


async def test_somebody_elses_bot_of_ours_in_the_room_is_enough() -> None:
    world = World()
    world.people["a"] = [CUSTOMER, Person("bot-a", "agent")]
    desk = dispatcher(world)
    await desk.reconcile()
    assert desk.rooms == ()


async def test_while_livekit_is_gone_it_keeps_trying() -> None:
    world = World()
    world.gone = True
    desk = dispatcher(world)
    await desk.start()
    assert desk.trouble == "LiveKit is gone"
    await until(lambda: world.looks > 3)
    world.gone, world.people["a"] = False, [CUSTOMER]
    await until(lambda: desk.rooms == ("a",))
    assert desk.trouble == ""
    await desk.stop()


async def test_drain_refuses_new_rooms_and_waits_for_the_calls() -> None:
    world = World()
    world.people["a"] = [CUSTOMER]
    desk = dispatcher(world)
    await desk.start()
    draining = asyncio.create_task(desk.drain())
    await asyncio.sleep(0)
    assert desk.full
    assert await desk.bring("b", "spawn") == "full"
    assert not draining.done()
    await until(lambda: bool(world.people.get("a")) and len(world.people["a"]) == 2)
    world.people["a"].remove(CUSTOMER)
    await draining
    assert desk.rooms == ()


ROOMS = tuple(f"r{n}" for n in range(4))
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(ROOMS),  # a customer comes there, or leaves if there is one
        st.lists(st.integers(0, 200), max_size=4),  # the notices that arrive then
    ),
    max_size=25,
)


@given(happenings=HAPPENINGS)
@settings(max_examples=150, deadline=None)
def test_any_order_of_webhooks_comes_to_the_same(
    happenings: list[tuple[str, list[int]]],
) -> None:
    """Of all notices so far those arrive that chance picks: late, twice, in any order, or never. In
    the end the rooms with a customer have one bot each, and no room ever had two."""
    asyncio.run(converge(happenings))


async def converge(happenings: list[tuple[str, list[int]]]) -> None:
    world = World()
    desk = dispatcher(world, max=len(ROOMS), reconcile_interval=0.001)
    bodies: list[bytes] = []
    await desk.start()
    for room, arriving in happenings:
        people = world.people.setdefault(room, [])
        if CUSTOMER in people:
            people.remove(CUSTOMER)
            bodies.append(world.notice("room_finished", room, None))
        else:
            people.append(CUSTOMER)
            bodies.append(world.notice("participant_joined", room))
        if not people:
            del world.people[room]
        for pick in arriving:
            assert await desk.webhook(bodies[pick % len(bodies)], "signed")
        await asyncio.sleep(0)

    def settled() -> bool:
        with_customer = {r for r, people in world.people.items() if CUSTOMER in people}
        with_bot = {r for r, people in world.people.items() if any(p != CUSTOMER for p in people)}
        return with_customer == with_bot == set(desk.rooms)

    await until(settled)
    assert world.most_bots <= 1
    await desk.stop()
