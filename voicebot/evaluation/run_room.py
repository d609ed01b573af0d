"""Scenarios spoken in a LiveKit room: the whole bot, heard and seen as a customer does."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from voicebot.audio import HEARING_RATE, SPEAKING_RATE
from voicebot.config import Sections
from voicebot.errors import VoicebotError
from voicebot.evaluation.outcome import Answer, Condition, answer
from voicebot.evaluation.run import at_shop
from voicebot.evaluation.run_spoken import noise_seed
from voicebot.evaluation.scenario import Case
from voicebot.evaluation.speak import utterance
from voicebot.events import Event, EventStream
from voicebot.resampling import resample
from voicebot.rooms.customer import Patience, Turn, call
from voicebot.rooms.livekit import RoomBot
from voicebot.rooms.livekit_api import customer_token
from voicebot.rooms.names import Endpoint
from voicebot.rooms.report import CallReport, Said
from voicebot.rooms.server import OwnServer
from voicebot.service import Staff, open_staff

PATIENCE = Patience(bot=60, ask_for_bot=60, greeting=40, answer=40, longest_answer=90)
EARLY_S = 0.2  # the bot may date a customer's first voice so much before it was


@dataclass
class _Notes:
    """What happened during a call. zero: monotonic time of the call's second 0."""

    events: list[Event] = field(default_factory=list)
    zero: float = float("inf")

    def said(self, said: Said) -> None:
        """A customer's own transcript comes in one piece: it is told at the moment it came."""
        if said.speaker == "customer":
            self.zero = min(self.zero, time.monotonic() - said.at_s)


@dataclass(frozen=True)
class RoomPlayer:
    staff: Staff
    endpoint: Endpoint
    events: EventStream

    async def play(self, case: Case, condition: Condition, round_: int, shop: str) -> list[Answer]:
        turns: list[Turn] = []
        for place, turn in enumerate(case.scenario.turns):
            text, seed = turn.spoken or turn.customer, noise_seed(case, place, round_)
            wave = await asyncio.to_thread(utterance, text, condition, seed)
            turns.append(Turn(turn.customer, speech=resample(wave, HEARING_RATE, SPEAKING_RATE)))
        notes = _Notes()
        with self.events.listening(notes.events.append):
            try:
                report = await self._call(turns, shop, notes)
            except VoicebotError as error:
                return [Answer(turns[0].name, broken=str(error))]
        return answers(report, notes.events, notes.zero)

    async def _call(self, turns: Sequence[Turn], shop: str, notes: _Notes) -> CallReport:
        room = f"eval-{uuid.uuid4().hex[:12]}"
        async with at_shop(self.staff.brain, shop) as brain:
            staff = replace(self.staff, brain=brain, replier=brain.replier(self.staff.phrasebook))
            timeout = brain.settings.rooms.empty_timeout
            bot = RoomBot(
                room, self.endpoint, staff.serve, emit=self.events.emit, empty_timeout=timeout
            )
            stay = asyncio.create_task(bot.run())
            try:
                token = customer_token(self.endpoint, room, f"customer-{uuid.uuid4().hex[:8]}")
                return await call(
                    self.endpoint.url, token, turns, patience=PATIENCE, on_said=notes.said
                )
            finally:
                stay.cancel()
                await asyncio.gather(stay, return_exceptions=True)


def answers(report: CallReport, happened: Sequence[Event], zero: float) -> list[Answer]:
    """One for each turn that was taken. What is said is what the customer was shown; the rest is
    from the bot's events between this turn's beginning and the next's."""
    taken = [turn for turn in report.turns if turn.start_s is not None]
    begun = [zero + (turn.start_s or 0.0) - EARLY_S for turn in taken]
    found: list[Answer] = []
    for turn, begin, end in zip(taken, begun, [*begun[1:], float("inf")], strict=True):
        came = answer(turn.name, (e for e in happened if begin <= e.at < end), say=turn.text)
        delay = {} if turn.delay_ms is None else {"delay": turn.delay_ms}
        broken = "" if turn.text else f"no answer ({turn.outcome})"
        found.append(replace(came, ms=came.ms | delay, broken=broken))
    return found


@asynccontextmanager
async def open_room(settings: Sections) -> AsyncIterator[RoomPlayer]:
    """All models, and a livekit-server of our own that no other customer knows."""
    events = EventStream()
    livekit = settings.livekit.model_copy(update={"port": 0, "webhook_url": ""})
    async with OwnServer(livekit) as endpoint, open_staff(settings, events) as staff:
        await staff.rehearse()
        yield RoomPlayer(staff, endpoint, events)
