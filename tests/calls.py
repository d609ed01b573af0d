"""A customer on the line of a conversation on fast stages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.fakes import PATIENCE, FakeLine, Journal, Kit, silence
from voicebot import events
from voicebot.config import Turns, Vad
from voicebot.conversation import Conversation
from voicebot.ears import Hearing
from voicebot.recorder import Recording
from voicebot.session import Dialogue

WELCOME = "Hello! How can I help you today?"


@dataclass
class Call:
    """A customer on the line. `says` speaks and falls silent."""

    kit: Kit
    line: FakeLine
    journal: Journal
    conversation: Conversation
    running: asyncio.Task[None]

    @property
    def dialogue(self) -> Dialogue:
        return self.conversation.dialogue

    def says(self, text: str, *, pause: float = 0.4, seconds: float = 0.64) -> None:
        self.line.hear(*self.kit.voice.sound(text, seconds), *silence(pause))

    async def ended(self, nth: int) -> events.ReplyEnded:
        return await self.journal.next(events.ReplyEnded, nth)

    async def heard(self) -> None:
        """Until the conversation has taken all that was said so far."""
        await self.journal.until(self.line.taken)

    async def leaves(self) -> None:
        self.line.leave()
        async with asyncio.timeout(PATIENCE):
            await self.running

    @property
    def users(self) -> list[str]:
        return [event.user for event in self.journal.of(events.ReplyEnded)]


@asynccontextmanager
async def calling(
    kit: Kit,
    journal: Journal,
    room: str = "desk-1",
    *,
    greeted: bool = True,
    instant: bool = True,
    recording: Recording | None = None,
) -> AsyncIterator[Call]:
    """Somebody at the kiosk; leaves in the end, and nothing is left behind."""
    before = asyncio.all_tasks()
    line = FakeLine(journal, room, instant=instant)
    conversation = Conversation(
        line,
        Hearing(kit.detector, kit.judge, kit.transcriber),
        kit.replier,
        kit.dialogue(journal, room),
        turns=Turns(),
        vad=Vad(),
        welcome=WELCOME,
        recording=recording,
    )
    call = Call(kit, line, journal, conversation, asyncio.ensure_future(conversation.run()))
    try:
        if greeted:
            await journal.until(lambda: call.dialogue.state.said == WELCOME)
        yield call
        if not call.running.done():
            await call.leaves()
    finally:
        call.running.cancel()
        await asyncio.wait([call.running])
    assert not {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}
    assert (kit.model.open, kit.synthesizer.open, line.queued) == (0, 0, 0)
