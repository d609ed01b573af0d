"""What the HTTP side needs of the running service."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, Protocol

from voicebot.rooms.names import Endpoint

Outcome = Literal["joined", "already", "full"]


class Dispatch(Protocol):
    """Who brings bots into rooms and takes them away."""

    async def bring(self, room: str, cause: str) -> Outcome:
        """Raises RoomError. Cancelling it leaves no bot half way."""
        ...

    async def webhook(self, body: bytes, authorization: str) -> bool:
        """Takes a webhook in; False where its signature is not ours over this body."""
        ...

    def rooms(self) -> Collection[str]:
        """Rooms that have a bot."""
        ...


class Service(Protocol):
    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def dispatcher(self) -> Dispatch: ...

    def ready_problems(self) -> list[str]:
        """Why a new customer would not be served; empty: they would be."""
        ...
