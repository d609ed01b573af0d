"""What of an answer has gone out, and what of it was heard."""

from __future__ import annotations

from dataclasses import replace

from voicebot.audio import Speech
from voicebot.dialogue.history import Played, heard
from voicebot.screen import Screen
from voicebot.stages import Line


class Playout:
    """One answer after the other on one line: plays it, captions it, and knows its words."""

    def __init__(self, line: Line, screen: Screen) -> None:
        self._line, self._screen = line, screen
        self._segment = ""
        self._pieces: list[Played] = []
        self._pushed = 0  # samples given to the line, counted as `line.played` counts
        self._stopped_at: int | None = None
        self.sounding = False  # something of the answer is in the air

    def begin(self, segment: str) -> None:
        self._segment, self._pieces, self._stopped_at = segment, [], None
        self._pushed = self._line.played

    async def play(self, speech: Speech) -> None:
        """Returns when the line has taken it. Cancelling keeps count of what was taken."""
        if speech.text:
            self._pieces.append(Played(self._pushed, 0, speech.text))
            self._screen.bot(self._segment, speech.text + " ", final=False)
        self.sounding = True
        self._pushed += len(speech.pcm)
        last = self._pieces[-1]
        self._pieces[-1] = replace(last, length=last.length + len(speech.pcm))
        await self._line.play(speech.pcm)

    def stop(self) -> None:
        """The line was flushed: no more of this answer will be heard."""
        if self._stopped_at is None:
            self._stopped_at = self._line.played
        self.sounding = False

    async def finish(self) -> None:
        """Until all of it has been heard."""
        await self._line.drained()
        self._stopped_at = self._pushed

    def close(self) -> None:
        """The answer is over, played or cut."""
        self.stop()
        if self._pieces:
            self._screen.bot(self._segment, "", final=True)

    def said(self) -> str:
        return " ".join(piece.text for piece in self._pieces)

    def heard(self) -> str:
        played = self._line.played if self._stopped_at is None else self._stopped_at
        return heard(self._pieces, played)
