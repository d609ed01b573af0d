"""An answer, aloud: played, shown, told of, and apologised for where it cannot be spoken."""

from __future__ import annotations

import contextlib
import uuid

from voicebot import events
from voicebot.dialogue import phrases
from voicebot.dialogue.asking import asked
from voicebot.errors import StageError
from voicebot.playout import Playout
from voicebot.preparation import Answer, Spawn
from voicebot.reply import Replier
from voicebot.screen import Screen
from voicebot.session import Dialogue
from voicebot.stages import Card


class Mouth:
    """One customer's; one answer at a time."""

    def __init__(self, playout: Playout, screen: Screen, replier: Replier, spawn: Spawn) -> None:
        self._playout, self._screen = playout, screen
        self._replier, self._spawn = replier, spawn

    async def say(self, dialogue: Dialogue, text: str) -> None:
        """A text that is known whole."""
        await self.speak(
            dialogue, Answer(dialogue, self._replier.speaker.say(dialogue, text), self._spawn)
        )

    async def speak(self, dialogue: Dialogue, answer: Answer) -> None:
        """Until all of it has been heard; when it cannot be spoken, an apology that was synthesised
        at start. Cancelling falls silent, and waits until its making is over."""
        try:
            await self._play(dialogue, answer)
        except StageError as error:
            dialogue.tell(events.StageFailed(stage="tts", error=str(error)))
            sorry = self._replier.speaker.say(dialogue, phrases.TROUBLE)
            with contextlib.suppress(StageError):
                await self._play(dialogue, Answer(dialogue, sorry, self._spawn))

    async def _play(self, dialogue: Dialogue, answer: Answer) -> None:
        self._playout.begin(f"bot-{uuid.uuid4().hex[:12]}")
        first = True
        try:
            async for part in answer.parts():
                if isinstance(part, Card):
                    self._screen.card(part)
                    continue
                if first:
                    await self._playout.may_sound()
                    self._screen.state("speaking")
                    self._show_asked(dialogue)
                    dialogue.tell(events.FirstSound())
                    first = False
                await self._playout.play(part)
            await self._playout.finish()
            if not first:
                gap_ms, late_ms = self._playout.gap * 1000, self._playout.late * 1000
                dialogue.tell(events.LastSound(gap_ms=gap_ms, late_ms=late_ms))
        finally:
            self._playout.close()
            self._screen.state("listening")
            self._show_asked(dialogue)
            await answer.close()

    def _show_asked(self, dialogue: Dialogue) -> None:
        self._screen.asked(asked(dialogue.state, self._replier.rules.proof))
