"""Webhooks with real signatures: ours are taken, all others are not."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import jwt
import pytest
from livekit import api

from voicebot.config import Rooms as RoomSettings
from voicebot.rooms.dispatch import Dispatcher
from voicebot.rooms.livekit_api import OLDEST_WEBHOOK_S, LiveKitRooms, Notice, Person
from voicebot.rooms.names import Endpoint

SECRET = "a secret that is long enough to sign with"
OURS = Endpoint("ws://127.0.0.1:7880", "our-key", SECRET)
NOW = time.time()


def body_of(age: float = 0.0, **changes: Any) -> bytes:
    content = {
        "event": "participant_joined",
        "id": "EV_1",
        "createdAt": str(int(NOW - age)),
        "room": {"name": "shop-1", "sid": "RM_1"},
        "participant": {"identity": "customer-1", "sid": "PA_1"},
    }
    return json.dumps(content | changes).encode()


def signed(body: bytes, **changes: Any) -> str:
    """As LiveKit signs: five minutes, over the raw body."""
    claims = {
        "iss": OURS.api_key,
        "nbf": int(NOW),
        "exp": int(NOW) + 300,
        "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
    }
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(claims, SECRET, algorithm="HS256")


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long run must not make what is signed here stale."""
    monkeypatch.setitem(globals(), "NOW", time.time())


@pytest.fixture
def rooms() -> LiveKitRooms:
    return LiveKitRooms(OURS, clock=lambda: NOW)


def test_our_servers_webhook_is_read(rooms: LiveKitRooms) -> None:
    body = body_of()
    person = Person("customer-1", "standard")
    assert rooms.verified(body, signed(body)) == Notice(
        "EV_1", "participant_joined", "shop-1", person
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another-key"},
        {"sha256": None},
        {"sha256": base64.b64encode(hashlib.sha256(b"other").digest()).decode()},
        {"sha256": "not base64!"},
        {"exp": int(NOW) - 120},
        {"exp": None},
        {"nbf": int(NOW) + 86_400},
    ],
    ids=lambda changes: str(next(iter(changes.items()))),
)
def test_claims_that_are_not_right_are_refused(
    rooms: LiveKitRooms, changes: dict[str, Any]
) -> None:
    body = body_of()
    assert rooms.verified(body, signed(body, **changes)) is None


def test_forged_ones_are_refused(rooms: LiveKitRooms) -> None:
    body = body_of()
    good = signed(body)
    claims = jwt.decode(good, options={"verify_signature": False})
    theirs = jwt.encode(claims, "another secret that is as long as ours", algorithm="HS256")
    unsigned = jwt.encode(claims, None, algorithm="none")
    head, payload, signature = good.split(".")
    for forged in ("", "x", good[:-4], f"{head}.{payload}.", f"{head}.{signature}.{payload}"):
        assert rooms.verified(body, forged) is None
    for forged in (theirs, unsigned, f"Bearer {good}"):
        assert rooms.verified(body, forged) is None


def test_a_customers_token_signs_no_webhook(rooms: LiveKitRooms) -> None:
    token = api.AccessToken(OURS.api_key, OURS.api_secret).with_identity("customer-1").to_jwt()
    assert rooms.verified(body_of(), token) is None


@pytest.mark.parametrize("other", [b" " + body_of(), body_of(event="room_finished"), b"\xff", b""])
def test_a_body_that_was_changed_is_refused(rooms: LiveKitRooms, other: bytes) -> None:
    assert rooms.verified(other, signed(body_of())) is None


def test_a_body_that_is_no_webhook_is_refused(rooms: LiveKitRooms) -> None:
    for body in (b"", b"[]", b"{", b'{"createdAt": "soon"}', b'{"room": 3}'):
        assert rooms.verified(body, signed(body)) is None


def test_stale_ones_are_refused_however_fresh_their_signature(rooms: LiveKitRooms) -> None:
    young, old = body_of(OLDEST_WEBHOOK_S - 2), body_of(OLDEST_WEBHOOK_S + 2)
    assert rooms.verified(young, signed(young)) is not None
    assert rooms.verified(old, signed(old)) is None


class Quiet:
    """A server whose rooms are empty, and whose webhooks are really signed."""

    def __init__(self, rooms: LiveKitRooms) -> None:
        self.verified = rooms.verified

    async def occupied(self, known: Collection[str] = ()) -> Mapping[str, tuple[Person, ...]]:
        return {}

    def bot(self, room: str) -> Waiting:
        return Waiting()


class Waiting:
    """A bot that stays until it is dismissed."""

    async def run(self, joined: Callable[[], None]) -> str:
        await asyncio.Event().wait()
        return "empty"


async def test_replayed_ones_do_nothing(rooms: LiveKitRooms) -> None:
    quiet = Quiet(rooms)
    desk = Dispatcher(RoomSettings(), quiet, quiet.bot, lambda event: None)
    body = body_of()
    assert await desk.webhook(body, signed(body))
    assert list(desk.rooms) == ["shop-1"]
    await desk.dismiss("shop-1")
    assert await desk.webhook(body, signed(body))
    assert not desk.rooms
    assert not await desk.webhook(body, signed(body, exp=int(NOW) - 120))
    await desk.stop()
