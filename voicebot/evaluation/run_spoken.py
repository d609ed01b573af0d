"""Scenarios spoken without a room: sound -> voice detection -> transcriber -> dialogue.

Fast, since nothing waits for a clock. Turn-taking, interruptions and the bot's own voice have no
part in it: run_room.py has them.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.audio import HEARING_RATE, STEP, Waveform
from voicebot.backends.closing import close
from voicebot.config import Sections
from voicebot.dialogue import phrases
from voicebot.ears import LEAD_IN, LEAD_OUT
from voicebot.evaluation import asked_back
from voicebot.evaluation.grade import turn_failures
from voicebot.evaluation.outcome import Answer, Condition, together
from voicebot.evaluation.run import at_shop
from voicebot.evaluation.run_typed import take_turn
from voicebot.evaluation.scenario import Case, Turn
from voicebot.evaluation.speak import utterance
from voicebot.events import EventStream, Transcribed
from voicebot.service import Brain, TypedDialogue, open_brain
from voicebot.stages import Transcriber, Transcript, VoiceDetector

NOT_HEARD = "the customer was not heard"


@dataclass(frozen=True)
class SpokenPlayer:
    brain: Brain
    events: EventStream
    detector: VoiceDetector
    transcriber: Transcriber

    async def play(self, case: Case, condition: Condition, round_: int, shop: str) -> list[Answer]:
        answers: list[Answer] = []
        async with at_shop(self.brain, shop) as brain:
            talk = brain.typed()
            for place, turn in enumerate(case.scenario.turns):
                seed = noise_seed(case, place, round_)
                before = [one.customer for one in case.scenario.turns[:place]]
                answers.append(came := await self._turn(talk, turn, condition, seed, before))
                if came.broken and came.broken != NOT_HEARD:
                    break
        return answers

    async def _turn(
        self,
        talk: TypedDialogue,
        turn: Turn,
        condition: Condition,
        seed: int,
        before: Sequence[str],
    ) -> Answer:
        """One sentence of the file's, behind those `before`, and what the customer answers where
        the bot asks back."""
        came = await self._say(talk, turn.spoken or turn.customer, condition, seed)
        told = [replace(came, asked=turn.customer)]
        for again in range(1, asked_back.MOST + 1):
            reply = self._reply(turn, told, before, again)
            if not reply:
                break
            came = await self._say(talk, reply, condition, seed + again)
            told.append(came)
        return together(told)

    def _reply(self, turn: Turn, told: Sequence[Answer], before: Sequence[str], again: int) -> str:
        """ "" where the customer has nothing to answer."""
        came, said = told[-1], turn.customer
        if came.broken:
            return said if came.broken == NOT_HEARD else ""
        if objection := asked_back.objection(said, came.say):
            return objection
        content = bool(turn.says) and not turn_failures(turn, together(told))
        # Whoever is to be refused goes on with the file's next attempt.
        refused = turn.expects and not turn.says and phrases.NO_MATCH in came.say
        return "" if content or refused else asked_back.reply(said, came.say, before, again)

    async def _say(self, talk: TypedDialogue, text: str, condition: Condition, seed: int) -> Answer:
        wave = await asyncio.to_thread(utterance, text, condition, seed)

        async def say() -> None:
            if (heard := await self._hear(talk, wave)).text:
                await talk.say(heard.text, heard.acoustics)

        came = await take_turn(text, say, self.events, self.brain.model)
        return came if came.heard or came.broken else replace(came, broken=NOT_HEARD)

    async def _hear(self, talk: TypedDialogue, wave: Waveform) -> Transcript:
        """Its text is "" where there are no words. Raises SttError."""
        speech = voiced(wave, self.detector, self.brain.settings.vad.threshold)
        if not len(speech):
            return Transcript("")
        began = time.monotonic()
        heard = await self.transcriber.transcribe(speech)
        ms, seconds = (time.monotonic() - began) * 1000, len(speech) / HEARING_RATE
        told = Transcribed(text=heard.text, audio_s=seconds, ms=ms)
        talk.dialogue.tell(told, talk.dialogue.turn + 1)
        return heard


def noise_seed(case: Case, turn: int, round_: int) -> int:
    """The same noise in every run, another in every turn and round."""
    return zlib.crc32(f"{case.scenario.id} {turn} {round_}".encode())


def voiced(wave: Waveform, detector: VoiceDetector, threshold: float) -> Waveform:
    """From the first to the last voice, with what a conversation takes along around it."""
    stream = detector.stream()
    steps = [
        at
        for at in range(0, len(wave) - STEP + 1, STEP)
        if stream.probability(wave[at : at + STEP]) >= threshold
    ]
    return wave[max(0, steps[0] - LEAD_IN) : steps[-1] + STEP + LEAD_OUT] if steps else wave[:0]


@asynccontextmanager
async def open_spoken(settings: Sections) -> AsyncIterator[SpokenPlayer]:
    events, files = EventStream(), Files.of(settings)
    files.require({"stt", "vad"} & set(assemble.local_roles(settings)))
    async with AsyncExitStack() as stack:
        brain = await stack.enter_async_context(open_brain(settings, events))
        transcriber = await asyncio.to_thread(assemble.open_transcriber, settings, files)
        stack.push_async_callback(close, transcriber)
        detector = await asyncio.to_thread(assemble.open_detector, files)
        yield SpokenPlayer(brain, events, detector, transcriber)
