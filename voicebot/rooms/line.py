"""`voicebot.stages.Line` over LiveKit: one customer's sound and text in, the bot's out."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from dataclasses import asdict
from typing import Any

import numpy as np

from voicebot.audio import STEP, Pcm, Waveform, to_waveform
from voicebot.rooms.playout import Playout
from voicebot.stages import AgentState, Asked, Card, Heard, Sound

log = logging.getLogger(__name__)

TRANSCRIPTION = "lk.transcription"
CARD = "voicebot.card"
STATE = "lk.agent.state"
ASKED = "voicebot.asked"
INBOX = 128  # steps, 4 s: a conversation that is further behind has lost its thread anyway
SEND_S = 2.0  # a text that is not taken in this time is given up: speech must not wait for it


class Inbox:
    """What was heard and not yet taken. When full the oldest sound goes, then the oldest text."""

    def __init__(self, capacity: int = INBOX) -> None:
        self._items: deque[Heard] = deque()
        self._capacity = capacity
        self._changed = asyncio.Event()
        self._closed = False
        self.lost = 0

    def put(self, item: Heard) -> None:
        if self._closed:
            return
        if len(self._items) >= self._capacity:
            oldest = next((i for i, x in enumerate(self._items) if isinstance(x, Sound)), 0)
            del self._items[oldest]
            self.lost += 1
        self._items.append(item)
        self._changed.set()

    def close(self) -> None:
        self._closed = True
        self._changed.set()

    async def items(self) -> AsyncIterator[Heard]:
        """Until it is closed; what is left is still handed out."""
        while True:
            while self._items:
                yield self._items.popleft()
            if self._closed:
                return
            self._changed.clear()
            await self._changed.wait()


class Steps:
    """Cuts sound of any length into STEP samples."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)

    def cut(self, pcm: Pcm) -> list[Waveform]:
        sound = (
            np.concatenate([self._rest, to_waveform(pcm)]) if len(self._rest) else to_waveform(pcm)
        )
        whole = len(sound) // STEP * STEP
        self._rest = sound[whole:]
        return [sound[i : i + STEP] for i in range(0, whole, STEP)]


class LiveKitLine:
    """The line to one customer. Texts that LiveKit does not take are logged and forgotten."""

    def __init__(self, room: str, customer: str, participant: Any, playout: Playout) -> None:
        """participant: our own in the room (`rtc.LocalParticipant`)."""
        self.room = room
        self.customer = customer
        self.customer_track = ""  # sid of the track that is transcribed
        self.bot_track = ""
        self.inbox = Inbox()
        self._participant = participant
        self._playout = playout
        self._start = playout.played
        self._open: dict[str, Any] = {}  # segment -> its text stream's writer
        self._state: AgentState | None = None
        self._asked: Asked | None = None

    def heard(self) -> AsyncIterator[Heard]:
        return self.inbox.items()

    async def play(self, pcm: Pcm) -> None:
        await self._playout.play(pcm)

    def flush(self) -> None:
        self._playout.flush()

    def volume(self, gain: float) -> None:
        self._playout.volume(gain)

    @property
    def played(self) -> int:
        return self._playout.played - self._start

    async def drained(self) -> None:
        await self._playout.drained()

    async def show_state(self, state: AgentState) -> None:
        if state == self._state:
            return
        self._state = state
        if not await _sent(self._participant.set_attributes({STATE: state}), "state"):
            self._state = None  # the next one is sent, even if it is the same

    async def show_customer(self, segment: str, text: str, *, final: bool) -> None:
        await _sent(self._customer_text(segment, text, final), "customer's transcript")

    async def show_bot(self, segment: str, delta: str, *, final: bool) -> None:
        await _sent(self._bot_text(segment, delta, final), "bot's transcript")

    async def show_bot_cut(self, segment: str, heard: str) -> None:
        await _sent(self._bot_again(segment, heard), "bot's transcript")

    async def show_card(self, card: Card) -> None:
        body = json.dumps(asdict(card), ensure_ascii=False, default=str)
        await _sent(
            self._participant.send_text(body, topic=CARD, destination_identities=[self.customer]),
            "card",
        )

    async def show_asked(self, asked: Asked) -> None:
        if asked == self._asked:
            return
        self._asked = asked
        told = json.dumps(asdict(asked), ensure_ascii=False)
        if not await _sent(self._participant.set_attributes({ASKED: told}), "question"):
            self._asked = None

    async def aclose(self) -> None:
        """Falls silent, ends what is being written and what is being heard."""
        self.inbox.close()
        self._playout.flush()
        for segment in list(self._open):
            await self.show_bot(segment, "", final=True)

    async def _customer_text(self, segment: str, text: str, final: bool) -> None:
        writer = await self._participant.stream_text(
            topic=TRANSCRIPTION,
            attributes=_attributes(segment, self.customer_track, final),
            sender_identity=self.customer,
        )
        await writer.write(text)
        await writer.aclose()

    async def _bot_text(self, segment: str, delta: str, final: bool) -> None:
        writer = self._open.get(segment)
        if writer is None:
            writer = self._open[segment] = await self._participant.stream_text(
                topic=TRANSCRIPTION, attributes=_attributes(segment, self.bot_track, False)
            )
        if final:
            del self._open[segment]
        if delta:
            await writer.write(delta)
        if final:
            await writer.aclose(attributes=_attributes(segment, self.bot_track, True))

    async def _bot_again(self, segment: str, text: str) -> None:
        """What was written stays in its stream; another with the same segment takes its place."""
        if (writer := self._open.pop(segment, None)) is not None:
            await writer.aclose(attributes=_attributes(segment, self.bot_track, False))
        again = await self._participant.stream_text(
            topic=TRANSCRIPTION, attributes=_attributes(segment, self.bot_track, True)
        )
        if text:
            await again.write(text)
        await again.aclose()


def _attributes(segment: str, track: str, final: bool) -> dict[str, str]:
    named = {"lk.transcribed_track_id": track} if track else {}
    return named | {
        "lk.segment_id": segment,
        "lk.transcription_final": "true" if final else "false",
    }


async def _sent(sending: Awaitable[Any], what: str) -> bool:
    """Whether LiveKit took it. Cancelling it may lose the text."""
    try:
        async with asyncio.timeout(SEND_S):
            await sending
    except Exception as exc:  # the library raises bare Exception, and StreamError on disconnect
        log.warning("the %s was not sent: %s", what, str(exc) or type(exc).__name__)
        return False
    return True
