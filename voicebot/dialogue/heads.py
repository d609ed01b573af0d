"""Where a long utterance is cut while it goes on, so that its head is transcribed before it ends.

Nobody speaks for long without a pause for breath or thought. Once more than FULL of an utterance is
not transcribed, it is cut in the longest pause of that, or in the next one: what is left at the end
is then seldom longer than a question. Not where the voice merely dips: that is in the middle of a
word as often as between two, and whisper mishears both halves. Nor in a number, whose digits tell
each other apart. Time is counted in samples at 16 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.audio import STEP, samples
from voicebot.dialogue.spoken.numbers import MAGNITUDES, TEENS, TENS, TIMES, UNITS, bag, tokens

FULL = samples(5.0)  # up to here whisper takes about as long for any utterance
LEAST = samples(2.5)  # of a part: whisper is surer of more words
PAUSE = samples(0.16)  # a closure in the middle of a word is shorter

# A number may stand, or come, where the last words hold one of these.
NEAR = 2  # words
_NUMBERS = frozenset({*UNITS, *TEENS, *TENS, *MAGNITUDES, *TIMES})
_LEADS = bag("order ord number code id dash hyphen dot at")
_WORDS_OF_ONE_LETTER = bag("a i")


@dataclass(frozen=True)
class Cut:
    """The utterance that began at start is cut at end, in the pause that began at silent."""

    start: int
    silent: int
    end: int


class Cutter:
    """One customer's. Feed every STEP of sound to `step`."""

    def __init__(self) -> None:
        self._start: int | None = None  # of the utterance
        self._from = 0  # what of it lies before is cut off
        self._silence = 0  # so far
        self._pause = (0, 0)  # the longest that it may be cut in: its length, its beginning

    def step(self, now: int, silence: int, start: int | None) -> Cut | None:
        """The next STEP samples, which end at now, and with them so much silence; 0: a voice is in
        them. start: of the utterance that goes on, None if there is none, or if it must stay
        whole."""
        pause, self._silence = self._silence, silence
        if start != self._start:
            self._start, self._from, self._pause = start, start or 0, (0, 0)
        if start is None or silence:
            return None
        silent = now - STEP - pause
        if pause >= PAUSE and silent - self._from >= LEAST:
            self._pause = max(self._pause, (pause, silent))
        if now - self._from < FULL or not self._pause[0]:
            return None
        (pause, silent), self._pause = self._pause, (0, 0)
        self._from = silent + pause // 2
        return Cut(start, silent, self._from)


def may_be_cut(text: str) -> bool:
    """Whether no number stands at its end, nor is about to come."""
    for token in tokens(text)[-NEAR:]:
        letter = len(token.text) == 1 and token.text not in _WORDS_OF_ONE_LETTER
        if letter or token.text.isdigit() or token.text in _NUMBERS or token.text in _LEADS:
            return False
    return True


def joined(head: str, tail: str) -> str:
    """One text of both. Whisper ends whatever it hears with a stop, in the middle of a sentence
    too: it goes where the next words go on in small letters."""
    if tail[:1].islower():
        head = head.rstrip(".… ")
    return f"{head} {tail}".strip()
