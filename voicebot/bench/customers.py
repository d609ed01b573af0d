"""Customers of a bot in a process of its own, so many of them at once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from typing import Protocol

from voicebot.bench.host import open_host
from voicebot.config import Sections
from voicebot.rooms.customer import Patience, Turn, call
from voicebot.rooms.livekit_api import customer_token
from voicebot.rooms.names import Endpoint
from voicebot.rooms.report import CallReport
from voicebot.telemetry.turns import TurnRecord


class Bot(Protocol):
    """Somebody who can be brought into rooms of a LiveKit server."""

    @property
    def endpoint(self) -> Endpoint: ...

    def bring_bot(self, room: str) -> None: ...


async def serve(
    settings: Sections,
    calls: Iterable[Sequence[Turn]],
    patience: Patience,
    *,
    rooms: int,
    plain: bool,
) -> tuple[list[CallReport], list[TurnRecord]]:
    """What each call was like, as they ended, and what the bot noted. Cancelling ends the calls.
    Raises RoomError, and what the bot's process raised."""
    async with open_host(settings, plain=plain) as host:
        reports = await visit(host, calls, patience, rooms=rooms)
    return reports, host.turns


async def visit(
    bot: Bot, calls: Iterable[Sequence[Turn]], patience: Patience, *, rooms: int
) -> list[CallReport]:
    """All calls, so many at once, each in a room of its own; as they ended. Cancelling ends them.
    Raises RoomError."""
    reports: list[CallReport] = []
    async with asyncio.TaskGroup() as customers:
        places = asyncio.Semaphore(rooms)
        for turns in calls:
            customers.create_task(_call(bot, turns, patience, places, reports))
    return reports


async def _call(
    bot: Bot,
    turns: Sequence[Turn],
    patience: Patience,
    places: asyncio.Semaphore,
    reports: list[CallReport],
) -> None:
    async with places:
        room = f"bench-{uuid.uuid4().hex[:12]}"
        bot.bring_bot(room)
        token = customer_token(bot.endpoint, room, f"customer-{uuid.uuid4().hex[:8]}")
        reports.append(await call(bot.endpoint.url, token, turns, patience=patience))
