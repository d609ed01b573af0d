from __future__ import annotations

import pytest
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from voicebot.http import auth
from voicebot.http.auth import COOKIE, TICKET_LIFE_S, WRONG_KEYS, Door, RateLimit

FAR = "10.0.0.1"


def connection(address: str | None, authorization: str = "", ticket: str = "") -> HTTPConnection:
    headers = [(b"authorization", authorization.encode())]
    if ticket:
        headers.append((b"cookie", f"{COOKIE}={ticket}".encode()))
    client = (address, 1) if address is not None else None
    return HTTPConnection({"type": "http", "client": client, "headers": headers})


def may(door: Door, asking: HTTPConnection, *, tickets: bool = False) -> bool:
    return door.refusal(asking, tickets=tickets) is None


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("testclient", False),
        (None, False),
    ],
)
def test_the_box_itself_may_come_in(address: str | None, allowed: bool) -> None:
    assert may(Door(SecretStr("")), connection(address)) is allowed


def test_the_key_is_compared_whole() -> None:
    door = Door(SecretStr("schlüssel"))
    assert not may(door, connection(FAR, "Bearer schl"))
    assert not may(door, connection(FAR, "Basic schlüssel"))
    assert may(Door(SecretStr("abc")), connection(FAR, "bearer abc"))


def test_without_a_key_nothing_opens() -> None:
    door = Door(SecretStr(""))
    assert not may(door, connection(FAR, "Bearer "))
    assert door.refusal_of_key(connection(FAR), "") is not None


def test_a_ticket_is_good_for_a_day_and_for_watching_alone() -> None:
    clock = Clock()
    door = Door(SecretStr("abc"), clock)
    asking = connection(FAR, ticket=door.ticket())
    assert may(door, asking, tickets=True)
    assert not may(door, asking)
    clock.now = TICKET_LIFE_S
    assert not may(door, asking, tickets=True)


def test_a_ticket_cannot_be_made_or_mended() -> None:
    door = Door(SecretStr("abc"))
    ticket = door.ticket()
    until, _, signature = ticket.partition(".")
    others = Door(SecretStr("abc")).ticket()
    for made in (f"{int(until) + 1}.{signature}", until, f".{signature}", "é.ü", others):
        assert not may(door, connection(FAR, ticket=made), tickets=True)


def test_wrong_keys_are_counted_by_address() -> None:
    clock = Clock()
    door = Door(SecretStr("abc"), clock)
    wrong, right = connection(FAR, "Bearer x"), connection(FAR, "Bearer abc")
    statuses = [refusal.status for _ in range(WRONG_KEYS + 1) if (refusal := door.refusal(wrong))]
    assert statuses == [401] * WRONG_KEYS + [429]
    locked = door.refusal(right)
    assert locked is not None
    assert locked.status == 429
    assert int(locked.headers["Retry-After"]) > 0
    assert may(door, connection("10.0.0.2", "Bearer abc"))
    clock.now += int(locked.headers["Retry-After"])
    assert may(door, right)


def test_the_right_key_is_never_counted() -> None:
    door = Door(SecretStr("abc"), Clock())
    for _ in range(2 * WRONG_KEYS):
        assert may(door, connection(FAR, "Bearer abc"))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills() -> None:
    clock = Clock()
    limit = RateLimit(2, 0.5, clock)
    assert [limit.wait("10.0.0.1") for _ in range(3)] == [0, 0, 2]
    assert limit.wait("10.0.0.2") == 0
    clock.now = 1.0
    assert limit.wait("10.0.0.1") == 1
    clock.now = 2.0
    assert limit.wait("10.0.0.1") == 0
    clock.now = 1000.0
    assert [limit.wait("10.0.0.1") for _ in range(3)] == [0, 0, 2]


def test_ipv6_counts_by_network() -> None:
    limit = RateLimit(1, 1.0, Clock())
    assert limit.wait("2001:db8::1") == 0
    assert limit.wait("2001:db8::2") > 0
    assert limit.wait("2001:db8:0:1::1") == 0


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "TABLE_MAX", 3)
    limit = RateLimit(1, 0.1, Clock())
    for n in range(4):
        limit.wait(f"10.0.0.{n}")
    assert limit.wait("10.0.0.3") > 0
    assert limit.wait("10.0.0.0") == 0
