"""Greeting, interrupting, typing, starting again: how a call goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from livekit import rtc

from tests.e2e.calling import WAIT_S, be_customer, let_in, spoken, typed, watching
from tests.e2e.serving import Serving
from voicebot.rooms.names import bot_identity
from voicebot.stages import Transcriber

pytestmark = pytest.mark.e2e


async def test_the_bot_greets_and_leaves_after_its_customer(bot: Serving, ear: Transcriber) -> None:
    async with watching(bot) as watch:
        call = await be_customer(bot, ear)
        room = call.report.room
        await watch.until({"kind": "BotJoined", "room": room})
        await watch.until({"kind": "BotLeft", "room": room, "cause": "empty"})
        assert "how can i help" in call.greeting.lower(), f"heard {call.greeting!r}"
        assert call.report.transcript[0].text.strip() == "Hello! How can I help you today?"
        assert len(watch.of("BotJoined", room)) == 1
        async with httpx.AsyncClient(timeout=WAIT_S, trust_env=False) as client:
            metrics = (await client.get(f"{bot.base}/metrics")).text
        assert "voicebot_rooms 0.0" in metrics.splitlines()


async def test_an_interrupted_bot_falls_silent_and_listens(bot: Serving, ear: Transcriber) -> None:
    async with watching(bot) as watch:
        call = await be_customer(
            bot,
            ear,
            spoken("headphones_under_sixty"),
            spoken("wait_stop", barge_in_s=1.5),
            spoken("free_shipping"),
        )
        await watch.until({"kind": "CutOff", "room": call.report.room})
    stop = call.report.turns[1]
    assert stop.interrupted, f"\n{call}"
    assert stop.start_s is not None
    assert stop.end_s is not None
    assert stop.silent_ms is not None
    assert stop.silent_ms < (stop.end_s - stop.start_s) * 1000, f"{stop.silent_ms} ms\n{call}"
    begun = next(said for said in call.report.said if "ClearTone" in said.text)
    cut = [said for said in call.report.said if said.segment == begun.segment][-1]
    assert cut.final, f"the interrupted segment was not closed\n{call}"
    assert "screen" not in cut.text, f"what was never heard was written\n{call}"
    call.answer(2, r"\b(50|fifty)\b")


async def test_what_is_typed_is_answered_aloud(bot: Serving, ear: Transcriber) -> None:
    call = await be_customer(bot, ear, typed("How long is the warranty on the headphones?"))
    call.answer(0, r"\b(year|month|warranty)")


class Kiosk:
    """A customer who types and taps; what the bot wrote last is `said`."""

    def __init__(self, room: rtc.Room) -> None:
        self._room = room
        self._said: asyncio.Queue[str] = asyncio.Queue(100)
        self._reading: set[asyncio.Task[None]] = set()
        room.register_text_stream_handler("lk.transcription", self._on_text)

    def _on_text(self, reader: rtc.TextStreamReader, who: str) -> None:
        if who != bot_identity(self._room.name):
            return
        task = asyncio.create_task(self._read(reader))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read(self, reader: rtc.TextStreamReader) -> None:
        with suppress(rtc.StreamError):
            text = "".join([chunk async for chunk in reader])
            sender = (reader.info.attributes or {}).get("lk.segment_id", "")
            if text and sender.startswith("bot-"):
                await self._said.put(text)

    async def said(self) -> str:
        """What the bot says next, whole."""
        async with asyncio.timeout(WAIT_S):
            return await self._said.get()

    async def type(self, text: str) -> str:
        await self._room.local_participant.send_text(text, topic="lk.chat")
        return await self.said()

    async def tap(self, method: str, payload: str = "") -> str:
        """The bot's next words."""
        reply = await self._room.local_participant.perform_rpc(
            destination_identity=bot_identity(self._room.name), method=method, payload=payload
        )
        assert reply == "ok"
        return await self.said()


@asynccontextmanager
async def at_the_kiosk(bot: Serving) -> AsyncIterator[Kiosk]:
    """After the greeting."""
    url, token, _ = await let_in(bot)
    room = rtc.Room()
    await room.connect(url, token)
    try:
        kiosk = Kiosk(room)
        assert "How can I help" in await kiosk.said()
        yield kiosk
    finally:
        await room.disconnect()


async def test_starting_again_forgets_whose_order_it_was(bot: Serving) -> None:
    async with at_the_kiosk(bot) as kiosk:
        question = "Where is my order ORD127?"
        assert "last name" in await kiosk.type(question)
        assert "cancelled" in await kiosk.type("Brown")
        assert "cancelled" in await kiosk.type(question)
        assert "start again" in await kiosk.tap("reset")
        asked = await kiosk.type(question)
        assert "last name" in asked
        assert "cancelled" not in asked
