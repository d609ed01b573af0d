"""Endpointing: speech probabilities in, turn events out. Time is counted in samples at 16 kHz.

The customer's silence is used. After `listen_after` of it the utterance so far is given out to be
transcribed, and to be judged from its sound as if the silence had lasted `judge_after` already. The
turn is taken when it has, and both have come and say together that it is over: the words count for
more (`voicebot.endings`), since many a voice falls before a pause for thought. Whoever is judged to
be in the middle gets `patience`, and is judged again on the way, since a pause that lasts is worth
a second look (asking again at 0.2, 0.5 and 1.2 s with a falling threshold cut false endings
eightfold on AMI meetings, OpenHRI smart-turn-streaming). If the customer goes on, everything begun
in the silence is void, and how long they were silent is remembered: who pauses so long in this call
gets so long from then on.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeAlias

from voicebot.audio import HEARING_RATE, STEP
from voicebot.config import Turns

Cause = Literal["judge", "expected", "whole", "complete", "patience", "cap"]

# Share of the judge's threshold that is enough at the second look, where the words' odds are not
# known; 0.6 stands between the stock rule and the fitted fall from 0.5 to 0.2 in the source above.
SECOND_LOOK = 0.6
# What the judge's log-odds add to those of the words, how much both must come to, and the odds from
# which a shorter silence will do. Picked from a grid on the sentences of bench/hesitations.py by
# three voices: half the cut-offs for 0.06 s more on average.
JUDGE_SHARE = 0.1
SURE = 1.2
LIKELY = 0.15
# Odds of the words from which no melody counts: it would have to be against them by 150 to 1.
CERTAIN = 1.7
SECOND_LOOK_AFTER = 512  # ms of silence
# A pause inside a word is shorter than this: the voice that comes after it belongs to the same run.
RUN_GAP = 96  # ms
# Of the last so many pauses in the middle of an utterance, the second longest is the customer's
# habit: one that is longer than the others may be a search for a receipt.
PAUSES = 6
BEYOND_HABIT = 64  # ms, two steps
MOST_HABIT = 800  # ms; who goes on later than that had an afterthought


class Expecting(Enum):
    """What the bot's last words ask for, which says how much silence ends an answer."""

    ANYTHING = auto()
    SHORT = auto()  # yes or no, a name: nobody pauses inside it
    IDENTIFIER = auto()  # people stop between the digits


class Wording(Enum):
    """What the words so far say of whether they are all."""

    HANGS = auto()  # they cannot be
    OPEN = auto()
    QUESTION = auto()  # they may well be
    COMPLETE = auto()  # a number that is all there
    WHOLE = auto()  # nothing is missing, and next to nobody goes on: a yes, thanks

    @property
    def tells_enough(self) -> bool:
        """Whether nobody need ask for the odds that these words are all."""
        return self in (Wording.HANGS, Wording.COMPLETE)


@dataclass(frozen=True)
class Began:
    """Somebody speaks. start: where the utterance begins, in samples since the stream began."""

    start: int


@dataclass(frozen=True)
class Paused:
    """Likely the end: transcribe start..end now. Void if Resumed follows."""

    start: int
    end: int  # of the voice, not of the silence


@dataclass(frozen=True)
class AskJudge:
    """Judge start..now."""

    start: int
    now: int
    silence: int  # samples


@dataclass(frozen=True)
class Resumed:
    """The customer went on."""


@dataclass(frozen=True)
class Noticed:
    """A first sign of voice while the bot speaks. Interrupted or Dismissed follows."""

    start: int


@dataclass(frozen=True)
class Dismissed:
    """That was nothing: a click, a word of somebody who passed by."""


@dataclass(frozen=True)
class Interrupted:
    """The customer speaks while the bot does. start: of that voice."""

    start: int


@dataclass(frozen=True)
class Ended:
    """The turn is the bot's. The utterance is start..end."""

    start: int
    end: int
    silence: int
    cause: Cause


TurnEvent: TypeAlias = (
    Began | Paused | AskJudge | Resumed | Noticed | Dismissed | Interrupted | Ended
)


def _samples(ms: float) -> int:
    return int(ms * HEARING_RATE / 1000)


def _log_odds(probability: float) -> float:
    held = min(max(probability, 0.01), 0.99)
    return math.log(held / (1 - held))


class TurnTaker:
    """The turn-taking of one customer. Feed every STEP of sound to `step`, and what the judge and
    the transcriber found to `judged` and `transcribed`; each returns what follows from it."""

    def __init__(self, settings: Turns, *, threshold: float = 0.5, min_level_db: float = -55.0):
        self._settings = settings
        self._threshold = threshold
        self._min_level_db = min_level_db
        self.now = 0  # samples heard
        self.expecting = Expecting.ANYTHING
        self._bot_speaks = False
        self._pauses: deque[int] = deque(maxlen=PAUSES)  # samples
        self._last_end = 0  # of the voice of the utterance before
        self._forget()

    def _forget(self) -> None:
        self._start: int | None = None  # of the utterance, once it counts as speech
        self._run_start: int | None = None  # of the voice that may become one
        self._run_voiced = 0  # voiced samples in that run
        self._noticed = False  # that run, while the bot speaks
        self._voice_end = 0  # one past the last voiced sample
        self._paused_end = 0  # the same when the present silence began
        self._asked_at: list[int] = []  # silences at which the judge was asked
        self._void()

    def _void(self) -> None:
        """Drop what was found out in a silence that is over."""
        self._paused = False
        self._probability: float | None = None
        self._wording: Wording | None = None
        self._odds: float | None = None
        self._asked_at = []

    # ------------------------------------------------------------ what is known from outside

    @property
    def in_speech(self) -> bool:
        """An utterance has begun and not ended."""
        return self._start is not None

    @property
    def start(self) -> int | None:
        """Where the utterance that goes on begins."""
        return self._start

    @property
    def silence(self) -> int:
        """Samples since the last voice."""
        return self.now - self._voice_end

    @property
    def paused(self) -> bool:
        """It has begun, and its present silence may be its end."""
        return self._paused

    def bot_speaks(self, speaking: bool) -> None:
        self._bot_speaks = speaking

    def continue_from(self, start: int) -> None:
        """The utterance that seemed over goes on: the bot had not yet answered when the customer
        spoke again, so what was said belongs together."""
        if self._start is not None and start < self._start:
            # Cut short once is enough to learn from.
            self._pauses += [self._start - self._last_end] * 2
            self._start = start

    def reset(self) -> None:
        """Forget the utterance; the sample count goes on."""
        self._forget()

    # ------------------------------------------------------------ sound

    def step(self, probability: float, level_db: float) -> tuple[TurnEvent, ...]:
        """The next STEP samples: their speech probability and level in dBFS."""
        self.now += STEP
        voiced = probability >= self._threshold and level_db >= self._min_level_db
        events = self._voice() if voiced else self._silence()
        if self._start is not None and self.now - self._start >= _samples(self._settings.max_turn):
            return (*events, self._end("cap"))
        return events

    def _voice(self) -> tuple[TurnEvent, ...]:
        if self._run_start is None or self.now - self._voice_end >= _samples(RUN_GAP) + STEP:
            self._run_start, self._run_voiced = self.now - STEP, 0
        self._run_voiced += STEP
        self._voice_end = self.now
        if self._start is not None:
            return self._go_on()
        needed = self._settings.barge_in if self._bot_speaks else self._settings.min_speech
        if self._run_voiced < _samples(needed):
            return self._notice(self._run_start)
        self._start, self._noticed = self._run_start, False
        began = Began(self._start)
        return (Interrupted(self._start), began) if self._bot_speaks else (began,)

    def _notice(self, start: int) -> tuple[TurnEvent, ...]:
        if self._noticed or not self._bot_speaks:
            return ()
        self._noticed = True
        return (Noticed(start),)

    def _go_on(self) -> tuple[TurnEvent, ...]:
        # A click after the end must not undo it: the voice has to last.
        if not self._paused or self._run_voiced < _samples(self._settings.min_speech) / 2:
            return ()
        assert self._run_start is not None
        self._pauses.append(self._run_start - self._paused_end)
        self._void()
        return (Resumed(),)

    def _silence(self) -> tuple[TurnEvent, ...]:
        if self._start is None:
            if not self._noticed or self.now - self._voice_end < _samples(RUN_GAP) + STEP:
                return ()
            self._noticed = False
            return (Dismissed(),)
        silence, events = self.silence, list[TurnEvent]()
        if not self._paused and silence >= _samples(self._settings.listen_after):
            self._paused, self._paused_end = True, self._voice_end
            events.append(Paused(self._start, self._voice_end))
        # The first look needs no more silence: what will follow, if this is the end, is known.
        for after in (self._settings.listen_after, SECOND_LOOK_AFTER):
            if after not in self._asked_at and silence >= _samples(after):
                self._asked_at.append(after)
                if not self._is_over():
                    events.append(AskJudge(self._start, self.now, silence))
        return (*events, *self._decide())

    # ------------------------------------------------------------ evidence

    def judged(self, probability: float) -> tuple[TurnEvent, ...]:
        """The judge's answer for the present silence (drop answers for one that is over)."""
        self._probability = probability
        return self._decide()

    def transcribed(self, wording: Wording, odds: float | None = None) -> tuple[TurnEvent, ...]:
        """The words of the present silence are known. odds: log-odds that they are all, where
        somebody knows and the wording does not tell enough."""
        self._wording = wording
        self._odds = None if wording.tells_enough else odds
        return self._decide()

    @property
    def certain(self) -> bool:
        """The words alone tell that they are all."""
        return self._odds is not None and self._odds >= CERTAIN

    def _is_over(self) -> bool:
        """Whether the sound, and the words where their odds are known, say so."""
        if self.certain:
            return True
        if self._probability is None:
            return False
        threshold = self._settings.judge_threshold
        if self._odds is not None:
            melody = _log_odds(self._probability) - _log_odds(threshold)
            return self._odds + JUDGE_SHARE * melody >= SURE
        looks = len(self._asked_at)
        return self._probability >= threshold * (SECOND_LOOK if looks > 1 else 1.0)

    def _is_likely_over(self) -> bool:
        return self._odds is not None and self._odds >= LIKELY

    def _decide(self) -> tuple[TurnEvent, ...]:
        if self._start is None or not self._paused:
            return ()
        silence, settings = self.silence, self._settings
        if silence >= _samples(self._patience()):
            return (self._end("patience"),)
        if self._wording is None or self._wording is Wording.HANGS:
            return ()
        if self._wording is Wording.WHOLE and silence >= _samples(settings.whole_silence):
            return (self._end("whole"),)
        if self.expecting is Expecting.SHORT and silence >= _samples(settings.expected_silence):
            return (self._end("expected"),)
        if silence < self._habit():
            return ()
        if silence >= _samples(settings.judge_after) and self._is_over():
            return (self._end("judge"),)
        if self._is_complete() and silence >= _samples(settings.complete_patience):
            return (self._end("complete"),)
        return ()

    def _patience(self) -> int:
        """ms of silence that end any turn."""
        settings = self._settings
        if self._wording is Wording.HANGS or self.expecting is Expecting.IDENTIFIER:
            return max(settings.patience, settings.identifier_patience)
        return settings.likely_patience if self._is_likely_over() else settings.patience

    def _is_complete(self) -> bool:
        if self._wording is Wording.QUESTION:
            return self._odds is None
        return self._wording is Wording.COMPLETE

    def _habit(self) -> int:
        """The silence that this customer has gone on after, and a little more; 0 if there is none.
        Whose answer is sure to be short is not waited for so."""
        if self.expecting is Expecting.SHORT or len(self._pauses) < 2:
            return 0
        habit = sorted(self._pauses)[-2] + _samples(BEYOND_HABIT)
        return min(habit, _samples(MOST_HABIT))

    def _end(self, cause: Cause) -> Ended:
        assert self._start is not None
        ended = Ended(self._start, self._voice_end, self.silence, cause)
        self._last_end = self._voice_end
        self._forget()
        return ended
