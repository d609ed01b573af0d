"""The plain way of a conversation: silence, then transcript, then answer, then its sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voicebot.audio import HEARING_RATE, STEP, Waveform, samples
from voicebot.dialogue.ear import for_the_ear
from voicebot.service import Staff, TypedDialogue
from voicebot.stages import Line, Sound

SILENCE_S = 0.7  # that ends a turn: with no judge, less would cut most pauses for thought
LEAD_IN = samples(0.25)


@dataclass(frozen=True)
class PlainConversation:
    """The same models, rules and words as the product's, one step after the other, each whole
    before the next begins."""

    staff: Staff

    async def serve(self, line: Line) -> None:
        """One customer, until he leaves. Interrupting it is not possible."""
        brain = self.staff.brain
        dialogue = TypedDialogue(self.staff.replier, brain.dialogue(line.room))
        await self._say(line, brain.settings.conversation.welcome)
        voice = self.staff.hearing.detector.stream()
        turn = _Turn()
        async for heard in line.heard():
            if not isinstance(heard, Sound):
                continue
            voiced = voice.probability(heard.wave) >= brain.settings.vad.threshold
            if (said := turn.hear(heard.wave, voiced)) is None:
                continue
            text = (await self.staff.hearing.transcriber.transcribe(said)).text
            if text:
                await self._say(line, await dialogue.say(text))
            turn = _Turn()

    async def _say(self, line: Line, text: str) -> None:
        await line.show_state("speaking")
        pieces = self.staff.phrasebook.synthesize(for_the_ear(text))
        whole = [piece.pcm async for piece in pieces]
        if whole:
            await line.play(np.concatenate(whole))
            await line.drained()
        await line.show_state("listening")


class _Turn:
    """What is heard until it ends in silence."""

    def __init__(self) -> None:
        self._steps: list[Waveform] = []
        self._spoken = False
        self._silent = 0

    def hear(self, step: Waveform, voiced: bool) -> Waveform | None:
        """The whole turn when it has ended."""
        self._steps.append(step)
        if voiced:
            self._spoken, self._silent = True, 0
            return None
        self._silent += STEP
        if not self._spoken:
            del self._steps[: -LEAD_IN // STEP]
            return None
        over = self._silent >= SILENCE_S * HEARING_RATE
        return np.concatenate(self._steps) if over else None
