"""What the HTTP side needs of the running service."""

from __future__ import annotations

from typing import Literal, Protocol

from voicebot.rooms.names import Endpoint

Outcome = Literal["joined", "already", "full"]


class Dispatch(Protocol):
    """Who brings bots into rooms and takes them away."""

    async def bring(self, room: str, cause: str) -> Outcome:
        """Takes the slot at once; the bot joins in the background. Raises RoomError."""
        ...

    async def webhook(self, body: bytes, authorization: str) -> bool:
        """Takes a webhook in; False where its signature is not ours over this body."""
        ...


class Service(Protocol):
    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def dispatcher(self) -> Dispatch: ...

    def ready_problems(self) -> list[str]:
        """Why a new customer would not be served; empty: they would be."""
        ...
