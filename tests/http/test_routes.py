from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.http.conftest import Client, FakeService
from voicebot.http.routes import TOKEN_BURST


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * 3))
    return claims


def code_of(answer: httpx.Response) -> str:
    body = answer.json()
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["message"]
    return str(body["error"]["code"])


# ---- tokens


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"room_name": "", "room_config": {}, "participant_attributes": {}},
        {"room_name": None, "participant_name": "You"},
    ],
)
async def test_token_lets_into_a_room_of_the_servers_choice(
    client: Client, body: dict[str, Any] | None
) -> None:
    answer = await client().post("/api/token", json=body)
    assert answer.status_code == 201
    assert set(answer.json()) == {"server_url", "participant_token"}
    assert answer.json()["server_url"] == "ws://127.0.0.1:7880"
    claims = claims_of(answer.json()["participant_token"])
    grants = claims["video"]
    assert grants["room"].startswith("shop-")
    assert claims["sub"].startswith("customer-")
    assert claims["exp"] - claims["nbf"] <= 15 * 60
    assert grants["roomJoin"] is True
    assert grants["canPublishSources"] == ["microphone"]
    assert grants["canSubscribe"] is grants["canPublishData"] is True
    wide = ("agent", "roomAdmin", "roomCreate", "roomList", "hidden", "canUpdateOwnMetadata")
    assert not any(grants.get(name) for name in wide)
    assert claims.get("kind") in (None, "", "standard")


async def test_every_token_has_a_room_of_its_own(client: Client) -> None:
    asking = client({"rooms": {"prefix": "north-"}})
    tokens = [(await asking.post("/api/token")).json()["participant_token"] for _ in range(3)]
    rooms = {claims_of(token)["video"]["room"] for token in tokens}
    assert len(rooms) == 3
    assert all(room.startswith("north-shop-") for room in rooms)


async def test_browsers_are_told_the_public_url(client: Client) -> None:
    asking = client({"http": {"public_livekit_url": "wss://shop.example"}})
    assert (await asking.post("/api/token")).json()["server_url"] == "wss://shop.example"


@pytest.mark.parametrize(
    "wish",
    [
        {"room_name": "another"},
        {"participant_identity": "bot-x"},
        {"participant_metadata": "{}"},
        {"participant_attributes": {"a": "b"}},
        {"room_config": {"agents": [{"agent_name": "x"}]}},
        {"made_up": 1},
        {"participant_name": "x" * 300},
        [],
    ],
)
async def test_what_clients_may_not_set_is_refused(client: Client, wish: Any) -> None:
    answer = await client().post("/api/token", json=wish)
    assert answer.status_code == 422
    assert code_of(answer) == "invalid"


async def test_a_refusal_names_the_field_and_not_its_value(client: Client) -> None:
    answer = await client().post("/api/token", json={"room_name": "private words"})
    assert "room_name" in answer.text
    assert "private words" not in answer.text


async def test_tokens_are_limited_by_address(client: Client) -> None:
    asking = client()
    codes = [(await asking.post("/api/token")).status_code for _ in range(TOKEN_BURST + 1)]
    assert codes == [201] * TOKEN_BURST + [429]
    answer = await asking.post("/api/token")
    assert code_of(answer) == "too_many_requests"
    assert int(answer.headers["retry-after"]) > 0


async def test_no_token_when_nobody_would_be_served(client: Client, service: FakeService) -> None:
    service.problems = ["every place is taken"]
    answer = await client().post("/api/token")
    assert answer.status_code == 503
    assert code_of(answer) == "unavailable"
    assert "every place is taken" in answer.text
    assert "retry-after" in answer.headers


# ---- bots


async def test_spawn_brings_a_bot(client: Client, service: FakeService) -> None:
    answer = await client().post("/api/spawn-bot", json={"roomName": "counter-1"})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert service.dispatcher.rooms == {"counter-1": "spawn"}


async def test_a_second_bot_is_a_conflict(client: Client) -> None:
    asking = client()
    await asking.post("/api/spawn-bot", json={"roomName": "a"})
    answer = await asking.post("/api/spawn-bot", json={"roomName": "a"})
    assert answer.status_code == 409
    assert set(answer.json()) == {"success", "message"}
    assert answer.json()["success"] is False


async def test_no_place_for_another_room(client: Client, service: FakeService) -> None:
    service.dispatcher.places = 0
    answer = await client().post("/api/spawn-bot", json={"roomName": "a"})
    assert answer.status_code == 503
    assert code_of(answer) == "full"
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("name", ["", "a b", "../x", "-a", "x" * 129, "é", "a\n", None, 3, {}])
async def test_bad_room_names(client: Client, service: FakeService, name: Any) -> None:
    answer = await client().post("/api/spawn-bot", json={"roomName": name})
    assert answer.status_code == 422
    assert code_of(answer) == "invalid"
    assert not service.dispatcher.rooms


@pytest.mark.parametrize("content", [b"", b"{", b'{"roomname": "a"}', b'"a"'])
async def test_bodies_that_are_no_request(client: Client, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await client().post("/api/spawn-bot", content=content, headers=headers)
    assert answer.status_code == 422
    assert code_of(answer) == "invalid"


@pytest.mark.parametrize(
    ("shown", "status"),
    [(None, 401), ("Bearer wrong", 401), ("Basic the-key", 401), ("bearer the-key", 200)],
)
async def test_others_need_the_key(client: Client, shown: str | None, status: int) -> None:
    asking = client({"http": {"api_key": "the-key"}}, address="192.168.1.20")
    headers = {"authorization": shown} if shown else {}
    answer = await asking.post("/api/spawn-bot", json={"roomName": "a"}, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert code_of(answer) == "unauthorized"


async def test_without_a_key_an_empty_one_opens_nothing(client: Client) -> None:
    asking = client(address="192.168.1.20")
    headers = {"authorization": "Bearer "}
    answer = await asking.post("/api/spawn-bot", json={"roomName": "a"}, headers=headers)
    assert answer.status_code == 401


async def test_livekit_that_is_gone_is_told(client: Client, service: FakeService) -> None:
    service.dispatcher.broken = "LiveKit does not answer"
    answer = await client().post("/api/spawn-bot", json={"roomName": "a"})
    assert answer.status_code == 503
    assert code_of(answer) == "unavailable"


# ---- webhooks


async def test_a_signed_webhook_is_taken_in(client: Client, service: FakeService) -> None:
    headers = {"authorization": "signed", "content-type": "application/webhook+json"}
    answer = await client().post("/webhook", content=b'{"event": 1}', headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert service.dispatcher.webhooks == [b'{"event": 1}']


async def test_other_webhooks_are_not(client: Client, service: FakeService) -> None:
    answer = await client().post("/webhook", content=b"{}")
    assert answer.status_code == 401
    assert code_of(answer) == "unauthorized"
    assert not service.dispatcher.webhooks


# ---- for those who watch


async def test_health_and_readiness_are_two_things(client: Client, service: FakeService) -> None:
    asking = client()
    assert (await asking.get("/ready")).status_code == 200
    service.problems = ["LiveKit does not answer"]
    health = await asking.get("/health")
    assert (health.status_code, health.json()) == (200, {"status": "healthy"})
    ready = await asking.get("/ready")
    assert ready.status_code == 503
    assert code_of(ready) == "not_ready"
    assert ready.json()["reasons"] == ["LiveKit does not answer"]


async def test_metrics_are_for_prometheus(client: Client) -> None:
    answer = await client().get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "voicebot_rooms_max 4.0" in answer.text


async def test_without_a_page_it_says_what_is(client: Client, service: FakeService) -> None:
    asking = client({"conversation": {"shop": "<b>Nut & Bolt</b>"}})
    page = await asking.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;Nut &amp; Bolt" in page.text
    assert "is running" in page.text
    assert "scripts/setup" in page.text
    service.problems = ["every place is taken"]
    assert "every place is taken" in (await asking.get("/")).text


async def test_the_api_describes_itself(client: Client) -> None:
    described = (await client().get("/api/openapi.json")).json()["paths"]
    assert {"/api/token", "/api/spawn-bot", "/webhook", "/health", "/ready", "/metrics"} <= set(
        described
    )
    for operations in described.values():
        for operation in operations.values():
            assert {"400", "403", "408", "413", "421", "500"} <= set(operation["responses"])
            assert operation["description"]


# ---- errors


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/api/token", 405, "method_not_allowed"),
        ("DELETE", "/health", 405, "method_not_allowed"),
    ],
)
async def test_errors_have_one_shape(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    answer = await client().request(method, path)
    assert answer.status_code == status
    assert code_of(answer) == code
    if status == 405:
        assert "allow" in answer.headers


async def test_a_bug_is_logged_and_not_shown(
    client: Client, service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    service.dispatcher.broken = "bug"
    answer = await client().post("/api/spawn-bot", json={"roomName": "a"})
    assert answer.status_code == 500
    assert code_of(answer) == "internal"
    assert "words of a customer" not in answer.text
    assert "content-security-policy" in answer.headers
    assert "POST /api/spawn-bot failed" in caplog.text
