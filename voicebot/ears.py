"""What one customer is heard to do: sound in, turn events, words and judgements out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from voicebot import events
from voicebot.audio import HEARING_RATE, Pcm, Tape, Waveform, level_db, samples
from voicebot.config import Turns, Vad
from voicebot.dialogue.trace import TracedTurns
from voicebot.dialogue.turns import AskJudge, TurnEvent, TurnTaker, Wording
from voicebot.echo import EchoGuard
from voicebot.endings import Endings
from voicebot.errors import StageError
from voicebot.events import Event
from voicebot.recorder import Recording
from voicebot.stages import Transcriber, Transcript, TurnJudge, VoiceDetector

LEAD_IN = samples(0.25)  # before the first voiced step: soft beginnings are below the threshold
LEAD_OUT = samples(0.1)  # after the last

Tell: TypeAlias = Callable[[Event], None]


@dataclass(frozen=True)
class Hearing:
    """The shared models that hear."""

    detector: VoiceDetector
    judge: TurnJudge
    transcriber: Transcriber
    endings: Endings | None = None  # None: the sound alone tells ends from pauses


class Ears:
    """One customer's: state of its own, models shared. Sound is addressed by samples since the
    beginning, as turn-taking counts them."""

    def __init__(
        self, hearing: Hearing, turns: Turns, vad: Vad, recording: Recording | None = None
    ) -> None:
        self._hearing = hearing
        self._voice = hearing.detector.stream()
        self._echo = EchoGuard()
        self._quiet_db = vad.min_level_db
        self._silence_judged = samples(turns.judge_after / 1000)
        self._tape = Tape(turns.max_turn / 1000 + 2)
        self._recording = recording
        traced = partial(TracedTurns, note=recording.note) if recording else TurnTaker
        self.taker = traced(turns, threshold=vad.threshold, min_level_db=vad.min_level_db)

    @property
    def hear_us(self) -> bool:
        """Whether the bot's voice comes back to them."""
        return self._echo.present

    def hear(self, wave: Waveform, played: Pcm) -> tuple[TurnEvent, ...]:
        """The next STEP samples; played: what sounded since the last ones, at SPEAKING_RATE."""
        self._tape.write(wave)
        if self._recording is not None:
            self._recording.hear(wave)
        level, own = level_db(wave), self._echo.is_own(wave, played)
        # Nearly all of a day is silence, and that needs no model to be known as such.
        silent = level < self._quiet_db and not self.taker.in_speech
        probability = 0.0 if silent else self._voice.probability(wave)
        return self.taker.step(0.0 if own else probability, level)

    def moment(self, sample: int) -> float:
        """The monotonic time at which a heard sample came in."""
        return time.monotonic() - (self.taker.now - sample) / HEARING_RATE

    async def words(self, start: int, end: int, tell: Tell) -> Transcript | None:
        """What was said in start..end, None where that cannot be known."""
        began, wave = time.monotonic(), self._tape.cut(start - LEAD_IN, end + LEAD_OUT)
        try:
            heard = await self._hearing.transcriber.transcribe(wave)
        except StageError as error:
            tell(events.StageFailed(stage="stt", error=str(error)))
            return None
        ms = (time.monotonic() - began) * 1000
        tell(events.Transcribed(text=heard.text, audio_s=len(wave) / HEARING_RATE, ms=ms))
        return heard

    async def odds(self, text: str, found: Wording) -> float | None:
        """Log-odds that these words are all, None where that cannot be known, or is."""
        endings = self._hearing.endings
        if endings is None or found.tells_enough:
            return None
        return await endings.odds(text)

    async def finished(self, asked: AskJudge, tell: Tell) -> float | None:
        """How likely the turn is over, None where that cannot be known."""
        began, wave = time.monotonic(), self._tape.cut(asked.start - LEAD_IN, asked.now)
        # Smart Turn was trained on some silence at the end. Judged so, pauses of 91 got the verdict
        # that they get after it has really passed in 86.
        to_come = max(0, self._silence_judged - asked.silence)
        wave = np.pad(wave, (0, to_come))
        try:
            probability = await self._hearing.judge.finished(wave)
        except StageError as error:
            tell(events.StageFailed(stage="turn", error=str(error)))
            return None
        ms, silence_ms = (time.monotonic() - began) * 1000, asked.silence * 1000 // HEARING_RATE
        tell(events.TurnJudged(probability=probability, silence_ms=silence_ms, ms=ms))
        return probability
