"""The routes, as the contract has them."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request, Response
from fastapi.exceptions import HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from voicebot.config import Sections
from voicebot.http.auth import Door, RateLimit, check, client_address
from voicebot.http.errors import ErrorBody, error_doc, error_response
from voicebot.http.service import Service
from voicebot.rooms.livekit_api import customer_token
from voicebot.rooms.names import ROOM_NAME
from voicebot.telemetry.metrics import Metrics

BUSY_RETRY = 15  # seconds; about as long as a room takes to become free and be noticed
TOKEN_BURST, TOKENS_PER_SECOND = 20, 0.5  # a kiosk asks once a customer, a shop has many behind NAT


def _left_to_us(value: object) -> None:
    if value not in (None, "", {}):
        raise ValueError("cannot be set by a client: the server chooses it")


LeftToUs = Annotated[
    Any,
    BeforeValidator(_left_to_us),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "null"},
                {"type": "string", "maxLength": 0},
                {"type": "object", "maxProperties": 0},
            ],
            "description": "the server chooses it",
        }
    ),
]


class TokenRequest(BaseModel):
    """LiveKit's standard request. A name may be sent and is not used; all else that LiveKit's
    clients know may be there, but empty."""

    model_config = ConfigDict(extra="forbid")

    participant_name: str | None = Field(None, max_length=256, description="not used")
    room_name: LeftToUs = None
    participant_identity: LeftToUs = None
    participant_metadata: LeftToUs = None
    participant_attributes: LeftToUs = None
    room_config: LeftToUs = None


class TokenReply(BaseModel):
    """What LiveKit's clients need to join."""

    server_url: str
    participant_token: str


class SpawnRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    roomName: str = Field(pattern=f"^{ROOM_NAME}$")  # noqa: N815 - the contract's name


class SpawnReply(BaseModel):
    success: Literal[True] = True


class SpawnRefusal(BaseModel):
    success: Literal[False] = False
    message: str


class WebhookReply(BaseModel):
    status: Literal["ok"] = "ok"


class Health(BaseModel):
    status: Literal["healthy"] = "healthy"


class Ready(BaseModel):
    status: Literal["ready"] = "ready"


class NotReady(ErrorBody):
    """reasons: one a line, for people."""

    reasons: list[str]


def api_routes(service: Service, settings: Sections, metrics: Metrics, door: Door) -> APIRouter:
    router = APIRouter()
    _add_customer_routes(router, service, settings)
    _add_room_routes(router, service, settings, door)
    _add_watching_routes(router, service, metrics)
    return router


def _add_customer_routes(router: APIRouter, service: Service, settings: Sections) -> None:
    limit = RateLimit(TOKEN_BURST, TOKENS_PER_SECOND)

    @router.post(
        "/api/token",
        status_code=201,
        response_model=TokenReply,
        responses={
            422: error_doc("a field that clients may not set"),
            429: error_doc("too many from this address"),
            503: error_doc("a new customer would not be served"),
        },
    )
    async def token(
        request: Request, wish: Annotated[TokenRequest | None, Body()] = None
    ) -> TokenReply:
        """A token for a new room of one's own: LiveKit's standard token endpoint."""
        if wait := limit.wait(client_address(request)):
            raise HTTPException(
                429, "too many tokens from this address", {"Retry-After": str(wait)}
            )
        if problems := service.ready_problems():
            raise HTTPException(503, "; ".join(problems), {"Retry-After": str(BUSY_RETRY)})
        room = f"{settings.rooms.prefix}shop-{secrets.token_hex(8)}"
        customer = f"customer-{secrets.token_hex(4)}"
        agent = settings.livekit.agent_name if settings.livekit.dispatch == "worker" else ""
        return TokenReply(
            server_url=settings.http.public_livekit_url or service.endpoint.url,
            participant_token=customer_token(service.endpoint, room, customer, agent=agent),
        )


def _add_room_routes(router: APIRouter, service: Service, settings: Sections, door: Door) -> None:
    @router.post(
        "/api/spawn-bot",
        response_model=SpawnReply,
        responses={
            401: error_doc("neither from this box nor with the key"),
            409: {"model": SpawnRefusal, "description": "a bot is there already"},
            422: error_doc("not a room's name"),
            429: error_doc("too many wrong keys from this address"),
            503: error_doc("no place for another room"),
        },
    )
    async def spawn_bot(request: Request, wish: SpawnRequest) -> Any:
        """Bring a bot into a room. From this box, or with the key."""
        check(door.refusal(request))
        outcome = await service.dispatcher.bring(wish.roomName, "spawn")
        if outcome == "already":
            refusal = SpawnRefusal(message=f"a bot is already in {wish.roomName}")
            return JSONResponse(refusal.model_dump(), 409)
        if outcome == "full":
            message = f"all {settings.rooms.max} rooms are taken: try again soon"
            return error_response(503, message, {"Retry-After": str(BUSY_RETRY)}, "full")
        return SpawnReply()

    @router.post(
        "/webhook",
        response_model=WebhookReply,
        responses={401: error_doc("not signed with our key over this body, or too old")},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/webhook+json": {"schema": {"type": "object"}}},
            }
        },
    )
    async def webhook(request: Request) -> WebhookReply:
        """LiveKit's webhooks."""
        body = await request.body()
        authorization = request.headers.get("authorization", "")
        if not await service.dispatcher.webhook(body, authorization):
            raise HTTPException(401, "not a webhook signed with our key over this body")
        return WebhookReply()


def _add_watching_routes(router: APIRouter, service: Service, metrics: Metrics) -> None:
    @router.get("/health", response_model=Health)
    async def health() -> Health:
        """While the process can answer."""
        return Health()

    @router.get(
        "/ready", response_model=Ready, responses={503: {"model": NotReady, "description": "why"}}
    )
    async def ready() -> Any:
        """Whether a new customer would be served."""
        problems = service.ready_problems()
        if not problems:
            return Ready()
        body = {
            "error": {"code": "not_ready", "message": "; ".join(problems)},
            "reasons": problems,
        }
        return JSONResponse(body, 503, headers={"Retry-After": str(BUSY_RETRY)})

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"description": "counts and times", "content": {"text/plain": {}}}},
    )
    async def prometheus() -> Response:
        """For Prometheus."""
        return Response(metrics.render(), headers={"Content-Type": metrics.content_type})
