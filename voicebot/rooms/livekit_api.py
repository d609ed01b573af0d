"""LiveKit's API over HTTP, tokens and webhooks."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from voicebot.errors import RoomError
from voicebot.rooms.names import BOT_NAME, Endpoint, bot_identity

TOKEN_LIFE = datetime.timedelta(minutes=15)
OLDEST_WEBHOOK_S = 300  # as long as LiveKit's own signature of it is good


@dataclass(frozen=True)
class Person:
    """Somebody in a room. kind: "standard" is a customer; "agent" may be a bot of ours."""

    identity: str
    kind: str


@dataclass(frozen=True)
class Notice:
    """A webhook that was signed by our LiveKit server. person: None for a room's own events."""

    id: str
    event: str
    room: str
    person: Person | None = None


class Rooms(Protocol):
    """What the dispatcher has to know of the server."""

    async def occupied(self, known: Collection[str] = ()) -> Mapping[str, tuple[Person, ...]]:
        """Who is in which room; of those that are known, it is not asked. Raises RoomError."""
        ...

    def verified(self, body: bytes, authorization: str) -> Notice | None:
        """A webhook's content; None where it was not signed with our key over this body, or is
        more than five minutes old."""
        ...


def bot_token(endpoint: Endpoint, room: str) -> str:
    """Lets our bot into one room, as an agent, with a microphone and data."""
    from livekit import api

    grants = api.VideoGrants(
        room_join=True,
        room=room,
        can_publish=True,
        can_publish_sources=["microphone"],
        can_subscribe=True,
        can_publish_data=True,
        can_update_own_metadata=True,
        agent=True,
    )
    token = (
        api.AccessToken(endpoint.api_key, endpoint.api_secret)
        .with_identity(bot_identity(room))
        .with_name(BOT_NAME)
        .with_kind("agent")
        .with_ttl(TOKEN_LIFE)
        .with_attributes({"lk.agent.state": "initializing"})
        .with_grants(grants)
    )
    return str(token.to_jwt())


def customer_token(
    endpoint: Endpoint,
    room: str,
    identity: str,
    ttl: datetime.timedelta = TOKEN_LIFE,
    *,
    agent: str = "",
) -> str:
    """Lets a customer into one room with a microphone and text, and nothing else. agent: that the
    room asks LiveKit for, by name."""
    from livekit import api

    grants = api.VideoGrants(
        room_join=True,
        room=room,
        can_publish=True,
        can_publish_sources=["microphone"],
        can_subscribe=True,
        can_publish_data=True,
    )
    token = api.AccessToken(endpoint.api_key, endpoint.api_secret)
    token.with_identity(identity).with_ttl(ttl).with_grants(grants)
    if agent:
        asked = api.RoomAgentDispatch(agent_name=agent)
        token.with_room_config(api.RoomConfiguration(agents=[asked]))
    return str(token.to_jwt())


class LiveKitRooms:
    """`Rooms` of one LiveKit server. Close it when done. agent: where it is set, rooms that asked
    for no agent of this name are nobody's. clock: Unix time, seconds."""

    def __init__(
        self,
        endpoint: Endpoint,
        timeout: float = 5.0,
        *,
        agent: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._agent = agent
        self._clock = clock
        self._api: Any = None
        self._receiver: Any = None

    async def occupied(self, known: Collection[str] = ()) -> Mapping[str, tuple[Person, ...]]:
        """Cancelling it ends the request."""
        import aiohttp
        from livekit import api

        if self._api is None:
            self._api = api.LiveKitAPI(
                self._endpoint.url,
                self._endpoint.api_key,
                self._endpoint.api_secret,
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                failover=False,
            )
        try:
            listed = await self._api.room.list_rooms(api.ListRoomsRequest())
            found: dict[str, tuple[Person, ...]] = {}
            for room in listed.rooms:
                found[room.name] = ()
                if room.name in known or (self._agent and not await self._asked(room.name)):
                    continue
                people = await self._api.room.list_participants(
                    api.ListParticipantsRequest(room=room.name)
                )
                found[room.name] = tuple(_person(p) for p in people.participants)
        except (aiohttp.ClientError, TimeoutError, api.TwirpError) as exc:
            raise RoomError(
                f"LiveKit at {self._endpoint.url} does not tell its rooms"
                f" ({type(exc).__name__}): is it running, and are the API keys its own?"
            ) from exc
        return found

    async def _asked(self, room: str) -> bool:
        asked = await self._api.agent_dispatch.list_dispatch(room)
        return any(dispatch.agent_name == self._agent for dispatch in asked)

    def verified(self, body: bytes, authorization: str) -> Notice | None:
        from livekit import api

        if self._receiver is None:
            verifier = api.TokenVerifier(self._endpoint.api_key, self._endpoint.api_secret)
            self._receiver = api.WebhookReceiver(verifier)
        try:
            event = self._receiver.receive(body.decode(), authorization)
        except Exception:  # the receiver raises bare Exception, jwt's and protobuf's errors
            return None
        # The signature's own end is checked with a minute of leeway for clocks that differ.
        stale = self._clock() - event.created_at > OLDEST_WEBHOOK_S
        if stale or not event.id:  # without an id a repeat could not be told
            return None
        who = event.participant
        person = _person(who) if event.HasField("participant") else None
        return Notice(event.id, event.event, event.room.name, person)

    async def aclose(self) -> None:
        if self._api is not None:
            await self._api.aclose()
            self._api = None


def _person(info: Any) -> Person:
    from livekit.protocol.models import ParticipantInfo

    return Person(info.identity, ParticipantInfo.Kind.Name(info.kind).lower())


def tapped_text(payload: str) -> str:
    """The text of an RPC's payload: plain, a JSON string or number, or {"text": ...}."""
    try:
        value = json.loads(payload)
    except ValueError:
        value = payload
    if isinstance(value, dict):
        value = value.get("text", "")
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return str(value if value is not None else "").strip()


def room_of(token: str) -> str:
    """The room that a token lets its holder into. Raises ValueError where it is none."""
    from livekit import api

    try:
        claims = api.TokenVerifier("-", "-").verify(token, verify_signature=False)
    except Exception as exc:  # jwt's errors
        raise ValueError("the token is not one of LiveKit's") from exc
    return claims.video.room if claims.video else ""
