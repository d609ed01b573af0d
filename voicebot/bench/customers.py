"""Customers of a bot in a process of its own, so many of them at once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Sequence

from voicebot.bench.host import Host, open_host
from voicebot.config import Sections
from voicebot.rooms.customer import Patience, Turn, call
from voicebot.rooms.livekit_api import customer_token
from voicebot.rooms.report import CallReport
from voicebot.telemetry.turns import TurnRecord


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
    reports: list[CallReport] = []
    async with open_host(settings, plain=plain) as host, asyncio.TaskGroup() as customers:
        places = asyncio.Semaphore(rooms)
        for turns in calls:
            customers.create_task(_call(host, turns, patience, places, reports))
    return reports, host.turns


async def _call(
    host: Host,
    turns: Sequence[Turn],
    patience: Patience,
    places: asyncio.Semaphore,
    reports: list[CallReport],
) -> None:
    async with places:
        room = f"bench-{uuid.uuid4().hex[:12]}"
        host.bring_bot(room)
        token = customer_token(host.endpoint, room, f"customer-{uuid.uuid4().hex[:8]}")
        reports.append(await call(host.endpoint.url, token, turns, patience=patience))
