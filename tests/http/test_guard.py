from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.http.conftest import Client, FakeService
from voicebot.http import guard
from voicebot.http.guard import BODY_MAX, WEBHOOK_BODY_MAX


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


# ---- Host


@pytest.mark.parametrize(
    "base_url",
    ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:8000", "http://LOCALHOST:9"],
)
async def test_loopback_names_are_ours(client: Client, base_url: str) -> None:
    assert (await client(base_url=base_url).get("/health")).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.5", "", "localhost.evil.example"])
async def test_other_hosts_are_not(client: Client, host: str) -> None:
    answer = await client().get("/health", headers={"host": host})
    assert answer.status_code == 421
    assert code_of(answer) == "wrong_host"


@pytest.mark.parametrize(
    ("bound", "host", "status"),
    [
        ("192.168.1.5", "192.168.1.5:8000", 200),
        ("192.168.1.5", "192.168.1.6:8000", 421),
        ("0.0.0.0", "192.168.1.5:8000", 200),
        ("0.0.0.0", "[fe80::1]:8000", 200),
        ("0.0.0.0", "evil.example", 421),
        ("127.0.0.1", "shop.example", 200),
        ("127.0.0.1", "shop.example.evil.example", 421),
    ],
)
async def test_hosts_of_the_settings(client: Client, bound: str, host: str, status: int) -> None:
    asking = client({"http": {"host": bound, "allowed_origins": ["https://shop.example"]}})
    assert (await asking.get("/health", headers={"host": host})).status_code == status


async def test_webhooks_come_by_any_name(client: Client, service: FakeService) -> None:
    headers = {"host": "voicebot:8000", "authorization": "signed"}
    answer = await client().post("/webhook", content=b"{}", headers=headers)
    assert answer.status_code == 200


# ---- Origin


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8000", 201),
        ("http://localhost:9000", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("https://shop.example", 201),
    ],
)
async def test_pages_of_other_origins_may_not_call(
    client: Client, origin: str, status: int
) -> None:
    asking = client({"http": {"allowed_origins": ["https://shop.example"]}})
    answer = await asking.post("/api/token", headers={"origin": origin})
    assert answer.status_code == status
    if status == 403:
        assert code_of(answer) == "forbidden"


async def test_a_listed_origin_may_read_the_answer(client: Client) -> None:
    asking = client({"http": {"allowed_origins": ["https://shop.example"]}})
    headers = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    preflight = await asking.options("/api/token", headers=headers)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
    answer = await asking.post("/api/token", headers={"origin": "https://shop.example"})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


async def test_nobody_else_may(client: Client) -> None:
    answer = await client().post("/api/token", headers={"origin": "http://localhost:8000"})
    assert "access-control-allow-origin" not in answer.headers


# ---- bodies


@pytest.mark.parametrize(
    ("path", "most"), [("/api/token", BODY_MAX), ("/webhook", WEBHOOK_BODY_MAX)]
)
async def test_bodies_have_a_limit(
    client: Client, service: FakeService, path: str, most: int
) -> None:
    asking = client()
    headers = {"authorization": "signed", "content-type": "application/json"}
    for content in (b" " * (most + 1), _pieces(most + 1)):
        answer = await asking.post(path, content=content, headers=headers)
        assert answer.status_code == 413
        assert code_of(answer) == "too_large"
    assert (await asking.post(path, content=b" " * most, headers=headers)).status_code != 413


async def _pieces(size: int) -> AsyncIterator[bytes]:
    """Without a Content-Length."""
    while size:
        piece = min(size, 1000)
        size -= piece
        yield b" " * piece


async def test_a_body_that_does_not_come_is_given_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODY_TIMEOUT", 0.01)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await client().post("/webhook", content=never())
    assert answer.status_code == 408
    assert code_of(answer) == "timeout"


# ---- headers


@pytest.mark.parametrize("path", ["/", "/health", "/nothing"])
async def test_security_headers_are_on_everything(client: Client, path: str) -> None:
    headers = (await client().get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "microphone=(self)" in headers["permissions-policy"]
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self' ws://127.0.0.1:7880 http://127.0.0.1:7880"


async def test_refusals_have_them_too(client: Client) -> None:
    answer = await client().get("/", headers={"host": "evil.example"})
    assert "content-security-policy" in answer.headers


async def test_api_answers_are_not_kept(client: Client) -> None:
    answer = await client().post("/api/token")
    assert answer.headers["cache-control"] == "no-store"
