"""What one customer is heard to do: sound in, turn events, words and judgements out.

The words of a long utterance come in parts: its head is transcribed while it goes on, so that at
its end only the tail is left (`heads.py`).
"""

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
from voicebot.dialogue.heads import Cut, Cutter, may_be_cut
from voicebot.dialogue.trace import TracedTurns
from voicebot.dialogue.turns import AskJudge, Expecting, TurnEvent, TurnTaker, Wording
from voicebot.echo import EchoGuard
from voicebot.endings import Endings
from voicebot.errors import StageError
from voicebot.events import Event
from voicebot.heads import Head, both
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
        self._cutter = Cutter()
        self._head: Head | None = None  # of the last utterance that was long enough for one
        # What was heard in this utterance's pauses, by start and end: a pause may end a head.
        self._paused: dict[tuple[int, int], Transcript] = {}
        self.cut: Cut | None = None  # that the last step has brought
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
        found = self.taker.step(0.0 if own else probability, level)
        if not self.taker.in_speech:
            self._paused.clear()
        whole = self.taker.expecting is Expecting.IDENTIFIER
        start = None if whole else self.taker.start
        self.cut = self._cutter.step(self.taker.now, self.taker.silence, start)
        return found

    def moment(self, sample: int) -> float:
        """The monotonic time at which a heard sample came in."""
        return time.monotonic() - (self.taker.now - sample) / HEARING_RATE

    async def words(self, start: int, end: int, tell: Tell) -> Transcript | None:
        """What was said in start..end, None where that cannot be known. Of what has a head, only
        the tail is transcribed."""
        heard = await self._transcribed(start, end + LEAD_OUT, self._head_of(start, end), tell)
        if heard is not None and start == self.taker.start:
            self._paused[start, end] = heard
        return heard

    async def hear_head(self, cut: Cut, tell: Tell) -> None:
        """Transcribe the head that is cut off, unless that was done in the pause: `words` then
        begins behind it. A number at its end stays with the tail. Cancelling leaves the head as it
        was."""
        heard = self._paused.get((cut.start, cut.silent))
        if heard is None:
            before = self._head_of(cut.start, cut.end)
            heard = await self._transcribed(cut.start, cut.end, before, tell, speculative=True)
        if heard is not None and may_be_cut(heard.text):
            self._head = Head(cut.start, cut.end, heard)

    def _head_of(self, start: int, end: int) -> Head | None:
        """Of start..end, if something follows it there."""
        head = self._head
        return head if head is not None and head.start == start and head.end < end else None

    async def _transcribed(
        self, start: int, end: int, head: Head | None, tell: Tell, *, speculative: bool = False
    ) -> Transcript | None:
        """What was said in start..end, of which the head is known."""
        began, whole = time.monotonic(), self._tape.cut(start - LEAD_IN, end)
        wave = whole if head is None else self._tape.cut(head.end, end)
        after = "" if head is None else head.heard.text
        waits = self._waited_for if speculative else None
        transcriber = self._hearing.transcriber
        try:
            heard = await transcriber.transcribe(wave, after=after, waits=waits)
        except StageError as error:
            tell(events.StageFailed(stage="stt", error=str(error)))
            return None
        if head is not None:
            heard = both(head.heard, heard, transcriber, whole)
        ms, audio_s = (time.monotonic() - began) * 1000, len(wave) / HEARING_RATE
        tell(events.Transcribed(text=heard.text, audio_s=audio_s, ms=ms, speculative=speculative))
        return heard

    def _waited_for(self) -> bool:
        """Whether the customer has fallen silent."""
        return self.taker.paused or not self.taker.in_speech

    @property
    def words_tell(self) -> bool:
        """Whether somebody knows from words alone that they are all."""
        return self._hearing.endings is not None

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
