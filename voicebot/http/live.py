"""Live events of all rooms over a WebSocket."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from voicebot.config import Sections
from voicebot.events import EventStream, without_words
from voicebot.http.auth import Door

WATCHERS_MAX = 16
NOT_ALLOWED = 1008
TRY_AGAIN = 1013


def live_routes(door: Door, settings: Sections, events: EventStream) -> APIRouter:
    router = APIRouter()
    watchers: set[WebSocket] = set()

    @router.websocket("/api/events")
    async def follow(socket: WebSocket) -> None:
        """One JSON object an event. Words only where logging.words says so. A watcher that is slow
        loses the oldest events. What it sends is not read."""
        if (refusal := door.refusal(socket, tickets=True)) is not None:
            await socket.close(NOT_ALLOWED, refusal.message)
            return
        if len(watchers) >= WATCHERS_MAX:
            await socket.close(TRY_AGAIN, "too many are watching")
            return
        await socket.accept()
        watchers.add(socket)
        sender = asyncio.create_task(_send(socket, events, settings))
        try:
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
        finally:
            watchers.discard(socket)
            sender.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect):
                await sender

    return router


async def _send(socket: WebSocket, events: EventStream, settings: Sections) -> None:
    box = settings.rooms.box_name
    async with aclosing(events.follow()) as stream:
        async for event in stream:
            told = event.as_dict() if settings.logging.words else without_words(event)
            shown = {"box": box, **told}
            await socket.send_text(json.dumps(shown, ensure_ascii=False, default=str))
