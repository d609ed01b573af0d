"""Customers of a running bot, and what whisper hears the bot say to them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import soundfile
import soxr
from websockets.asyncio.client import connect

from tests.e2e.serving import Serving
from voicebot.audio import SPEAKING_RATE
from voicebot.rooms.customer import Patience, Turn, call
from voicebot.rooms.livekit_api import room_of
from voicebot.rooms.report import CallReport, Said
from voicebot.stages import Transcriber

AUDIO = Path(__file__).parents[1] / "audio"
WAIT_S = 60.0  # for what must come
PATIENCE = Patience(bot=60, ask_for_bot=60, greeting=40, answer=40, longest_answer=90)


@cache
def spoken(name: str, barge_in_s: float | None = None) -> Turn:
    """A file of tests/audio as a turn."""
    wave, rate = soundfile.read(AUDIO / f"{name}.wav", dtype="float32")
    speech = soxr.resample(wave, rate, SPEAKING_RATE)
    return Turn(name, speech=speech, barge_in_s=barge_in_s)


def typed(text: str) -> Turn:
    return Turn(text, text=text)


@dataclass(frozen=True)
class Call:
    """heard: by whisper on the bot's track, an entry a turn; greeting the same."""

    report: CallReport
    greeting: str
    heard: tuple[str, ...]

    def answer(
        self,
        turn: int,
        *figures: str,
        text: Sequence[str] = (),
        never: Sequence[str] = (),
    ) -> None:
        """Asserts that the turn's answer was heard with all of these figures, that its transcript
        holds all of `text`, and that neither has any of `never`. All are patterns that ignore
        case; turns count from 0."""
        heard, shown = self.heard[turn], self.report.turns[turn].text
        assert self.report.turns[turn].outcome in ("answered", "talked_over"), f"\n{self}"
        for pattern in figures:
            assert _in(pattern, heard), f"turn {turn}: {pattern!r} was not heard\n{self}"
        for pattern in text:
            assert _in(pattern, shown), f"turn {turn}: {pattern!r} was not written\n{self}"
        for pattern in never:
            assert not _in(pattern, heard), f"turn {turn}: {pattern!r} was heard\n{self}"
            assert not _in(pattern, shown), f"turn {turn}: {pattern!r} was written\n{self}"

    def __str__(self) -> str:
        said = [f"{s.at_s:6.1f} s {s.speaker:>8}: {s.text.strip()}" for s in self.report.transcript]
        heard = [
            f"{turn.name:26} {turn.outcome:11} {turn.delay_ms} ms, heard: {text!r}"
            for turn, text in zip(self.report.turns, self.heard, strict=True)
        ]
        return "\n".join([f"room {self.report.room}", *said, *heard])


def _in(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def money(dollars: int, cents: int, words: str = "") -> str:
    """Whisper writes $12.99, "12 dollars and 99 cents", "1299", or words."""
    either = f"{dollars}" + (f"|{words}" if words else "")
    return rf"\b(?:{either})(?:\.|,| )?(?: ?dollars?,?)?(?: and)? ?{cents}\b"


async def let_in(bot: Serving) -> tuple[str, str, str]:
    """LiveKit's URL, a token and the room, as the page gets them."""
    async with httpx.AsyncClient(timeout=WAIT_S, trust_env=False) as client:
        deadline = asyncio.get_running_loop().time() + WAIT_S
        while (reply := await client.post(f"{bot.base}/api/token", json={})).status_code == 503:
            # Bots of earlier calls leave a moment after their customers.
            assert asyncio.get_running_loop().time() < deadline, reply.text
            await asyncio.sleep(0.1)
    assert reply.status_code == 201, reply.text
    answer = reply.json()
    return answer["server_url"], answer["participant_token"], room_of(answer["participant_token"])


async def be_customer(
    bot: Serving,
    ear: Transcriber,
    *turns: Turn,
    on_said: Callable[[Said], None] = lambda said: None,
) -> Call:
    """A whole call. Whisper listens afterwards, so that it takes nothing from the bot."""
    url, token, _ = await let_in(bot)
    report = await call(url, token, turns, patience=PATIENCE, on_said=on_said)
    greeting = (await ear.transcribe(report.greeting)).text
    heard = [(await ear.transcribe(turn.answer)).text for turn in report.turns]
    return Call(report, greeting, tuple(heard))


@dataclass
class Watch:
    """The bot's events as they come over the WebSocket."""

    events: list[dict[str, Any]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The first event with all of these."""
        async with asyncio.timeout(WAIT_S):
            while True:
                self.changed.clear()
                for event in self.events:
                    if wanted.items() <= event.items():
                        return event
                await self.changed.wait()

    def of(self, kind: str, room: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e["kind"] == kind and e["room"] == room]


@asynccontextmanager
async def watching(bot: Serving) -> AsyncIterator[Watch]:
    watch = Watch()

    async def read(socket: Any) -> None:
        async for message in socket:
            watch.events.append(json.loads(message))
            watch.changed.set()

    async with connect(f"ws://{bot.netloc}/api/events", proxy=None) as socket:
        reading = asyncio.create_task(read(socket))
        try:
            yield watch
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
