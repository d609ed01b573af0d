from __future__ import annotations

import pytest
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from voicebot.http import auth
from voicebot.http.auth import RateLimit, may_watch


def connection(address: str | None, authorization: str = "") -> HTTPConnection:
    return HTTPConnection(
        {
            "type": "http",
            "client": (address, 1) if address is not None else None,
            "headers": [(b"authorization", authorization.encode())],
        }
    )


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
def test_the_box_itself_may_watch(address: str | None, allowed: bool) -> None:
    assert may_watch(connection(address), SecretStr("")) is allowed


def test_the_key_is_compared_whole() -> None:
    key = SecretStr("schlüssel")
    assert may_watch(connection("10.0.0.1", "Bearer schl"), key) is False
    assert may_watch(connection("10.0.0.1", "Bearer abc"), SecretStr("abc")) is True


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
