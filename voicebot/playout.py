"""What of an answer has gone out, what of it was heard, and what is to be said again."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from voicebot.audio import SPEAKING_RATE, Pcm, Speech, samples
from voicebot.dialogue.history import Played, heard, unfinished
from voicebot.screen import Screen
from voicebot.stages import Line

DUCKED = 0.25  # -12 dB: clearly quieter, and still there if it was nothing
SENT = 4  # pieces kept to be compared with what is heard; where nothing is heard, older ones go
REST = samples(0.3, SPEAKING_RATE)  # of a clause, mostly the pause behind it: not said again


@dataclass
class _Clause:
    """first: of its pieces; length: of all that are here, in samples; expected: of all that will
    be, as far as that is known; start: where on the line it began, None as long as it has not."""

    text: str
    first: int
    length: int = 0
    expected: int = 0
    start: int | None = None


class Playout:
    """One answer after the other on one line: plays it, captions it, and knows its words.

    While it is held nothing sounds. Held in the middle of an answer, it goes on with the clause
    that was cut.
    """

    def __init__(self, line: Line, screen: Screen) -> None:
        self._line, self._screen = line, screen
        self._segment = ""
        self._clauses: list[_Clause] = []
        self._pieces: list[Pcm] = []
        self._given = 0  # pieces that went to the line
        self._pushed = 0  # samples given to the line, counted as `line.played` counts
        self._stopped_at: int | None = None
        self._cut = False  # held in the middle of an answer, which may go on
        self._whole = False  # no more of the answer will come
        self._floor = asyncio.Event()  # not held
        self._floor.set()
        self._sent: deque[tuple[int, Pcm]] = deque(maxlen=SENT)  # where on the line, what
        self._compared = 0
        self._dry_at: float | None = None  # monotonic: then the line has played all it was given
        self.gap = 0.0  # seconds: the longest for which nothing was ready in this answer
        self.late = 0.0  # seconds from the end of its last sound until that was known
        self.sounding = False  # something of the answer is in the air

    # ------------------------------------------------------------ an answer

    def begin(self, segment: str) -> None:
        self._segment, self._clauses, self._pieces = segment, [], []
        self._given, self._stopped_at, self._cut, self._whole = 0, None, False, False
        self._pushed = self._line.played
        self._dry_at, self.gap = None, 0.0

    async def play(self, speech: Speech) -> None:
        """Returns when the line has taken it, which may be long if it is held. Cancelling keeps
        count of what was taken."""
        if speech.text:
            self._complete()
            self._clauses.append(_Clause(speech.text, len(self._pieces)))
            self._screen.bot(self._segment, speech.text + " ", final=False)
        self._pieces.append(speech.pcm)
        clause = self._clauses[-1]
        clause.expected = max(clause.expected, clause.length + speech.expected)
        clause.length += len(speech.pcm)
        await self._give()

    async def finish(self) -> None:
        """Until all of it has been heard."""
        self._whole = True
        self._complete()
        while True:
            await self._give()
            await self._line.drained()
            if not self.held and self._given >= len(self._pieces):
                break
        self._stopped_at = self._pushed
        self.late = self._dry_for()

    def stop(self) -> None:
        """Fall silent: no more of this answer will be heard."""
        self._cut, self._dry_at = False, None
        self._line.flush()
        played = self._line.played
        kept = [(start, pcm[: max(0, played - start)]) for start, pcm in self._sent]
        self._sent = deque(kept, maxlen=SENT)
        self._line.volume(1.0)
        self._note_stop()

    def close(self) -> None:
        """The answer is over, played or cut: its caption holds what was heard of it."""
        self._note_stop()
        self._pieces.clear()
        if not self._clauses:
            return
        if (sounded := self.heard()) == self.said():
            self._screen.bot(self._segment, "", final=True)
        else:
            self._screen.bot_cut(self._segment, sounded)

    def said(self) -> str:
        return " ".join(clause.text for clause in self._clauses)

    def heard(self) -> str:
        return heard(self._played(), self._position())

    def sounded(self) -> Pcm:
        """What was played since the last call, at most the last second of it."""
        until = self._line.played
        first = max(self._compared, until - SPEAKING_RATE)
        self._compared = until
        parts = [pcm[max(0, first - start) : max(0, until - start)] for start, pcm in self._sent]
        while self._sent and self._sent[0][0] + len(self._sent[0][1]) <= until:
            self._sent.popleft()
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    # ------------------------------------------------------------ somebody speaks over it

    @property
    def held(self) -> bool:
        return not self._floor.is_set()

    @property
    def clause(self) -> str:
        """The words being said, or that were when it was held; empty before the first."""
        begun = [piece.text for piece in self._played() if piece.start < self._position()]
        return begun[-1] if begun else ""

    @property
    def over(self) -> bool:
        """Whether nothing would be left to say."""
        return self._whole and self._cut_clause() == len(self._clauses)

    def duck(self) -> None:
        """Quieter, at once: it may be that somebody speaks."""
        self._line.volume(DUCKED)

    def unduck(self) -> None:
        self._line.volume(1.0)

    def hold(self) -> None:
        """Silent, until it is released or stopped. What the line had not played is kept."""
        self._floor.clear()
        if self.sounding:
            self.stop()
            self._cut = True

    def release(self) -> None:
        """It may sound: what was cut, from the beginning of its clause."""
        if self._cut:
            self._go_back()
        self._floor.set()

    async def may_sound(self) -> None:
        await self._floor.wait()

    def _go_back(self) -> None:
        again = self._cut_clause()
        for clause in self._clauses[:again]:
            if clause.start is not None:  # the pause that was dropped is no loss
                clause.length = min(clause.length, self._position() - clause.start)
        if again < len(self._clauses):
            self._given = self._clauses[again].first
            for clause in self._clauses[again:]:
                clause.start = None
        self._pushed, self._stopped_at, self._cut = self._line.played, None, False

    def _cut_clause(self) -> int:
        return unfinished(self._played(), self._position(), REST)

    # ------------------------------------------------------------

    async def _give(self) -> None:
        """To the line, all that it has not been given."""
        while True:
            await self._floor.wait()
            if self._given >= len(self._pieces):
                return
            place, pcm = self._given, self._pieces[self._given]
            for clause in self._clauses:
                if clause.first == place:
                    clause.start = self._pushed
            self._given, self.sounding = place + 1, True
            self._sent.append((self._pushed, pcm))
            self._pushed += len(pcm)
            self.gap = max(self.gap, self._dry_for())
            await self._line.play(pcm)
            left = self._pushed - self._line.played
            self._dry_at = None if self.held else time.monotonic() + left / SPEAKING_RATE

    def _dry_for(self) -> float:
        """Seconds for which the line has had nothing more to play."""
        return 0.0 if self._dry_at is None else max(0.0, time.monotonic() - self._dry_at)

    def _note_stop(self) -> None:
        if self._stopped_at is None:
            self._stopped_at = self._line.played
        self.sounding = False

    def _position(self) -> int:
        return self._line.played if self._stopped_at is None else self._stopped_at

    def _played(self) -> list[Played]:
        begun = [c for c in self._clauses if c.start is not None]
        return [Played(c.start or 0, max(c.length, c.expected), c.text) for c in begun]

    def _complete(self) -> None:
        """All pieces of the last clause are here: what was expected counts no more."""
        if self._clauses:
            self._clauses[-1].expected = 0
