"""An answer's words as sound, clause by clause."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeAlias

from voicebot import events
from voicebot.audio import Speech
from voicebot.dialogue import phrases
from voicebot.dialogue.ear import for_the_ear
from voicebot.dialogue.sentences import Clauses, clauses
from voicebot.late import FILLER_AFTER_S, late
from voicebot.session import Dialogue
from voicebot.stages import Card, Synthesizer

Parts: TypeAlias = AsyncGenerator[str | Card, None]  # text deltas, and cards before their words


@dataclass(frozen=True)
class Speaker:
    """Speaks for all conversations; holds no state of any. filler_after_s: of silence in an answer,
    until a word that more is to come; None: never."""

    synthesizer: Synthesizer
    filler_after_s: float | None = FILLER_AFTER_S

    async def sound(self, dialogue: Dialogue, answer: Parts) -> AsyncGenerator[Speech | Card, None]:
        """The answer, which is closed at the end, as speech, its cards between. Cancelling stops
        the synthesis, and the answer."""
        splitter, sounds = Clauses(), False
        events.work_for(dialogue.room, dialogue.turn)
        async with aclosing(answer) as words, aclosing(late(words, self.filler_after_s)) as parts:
            async for part in parts:
                if isinstance(part, Card):
                    yield part
                    continue
                ready = clauses(phrases.MOMENT) if part is None else splitter.push(part)
                async with aclosing(self._all(dialogue, ready, ahead=sounds)) as pieces:
                    async for speech in pieces:
                        sounds = True
                        yield speech
            async with aclosing(self._all(dialogue, splitter.close(), ahead=sounds)) as pieces:
                async for speech in pieces:
                    yield speech

    async def say(self, dialogue: Dialogue, text: str) -> AsyncGenerator[Speech, None]:
        """A text that is known whole, as speech."""
        events.work_for(dialogue.room, dialogue.turn)
        async with aclosing(self._all(dialogue, clauses(text))) as pieces:
            async for speech in pieces:
                yield speech

    async def _all(
        self, dialogue: Dialogue, ready: Iterable[str], *, ahead: bool = False
    ) -> AsyncGenerator[Speech, None]:
        """ahead: something of the answer sounds already."""
        for clause in ready:
            async with aclosing(self._clause(dialogue, clause, ahead=ahead)) as pieces:
                async for speech in pieces:
                    ahead = True
                    yield speech

    async def _clause(
        self, dialogue: Dialogue, clause: str, *, ahead: bool
    ) -> AsyncGenerator[Speech, None]:
        """Its first piece carries the caption."""
        began, caption = time.monotonic(), clause
        spoken = self.synthesizer.synthesize(for_the_ear(clause), ahead=ahead)
        async with aclosing(spoken) as pieces:
            async for piece in pieces:
                if caption:
                    ms = (time.monotonic() - began) * 1000
                    dialogue.tell(events.ClauseReady(text=clause, ms=ms, audio_s=piece.seconds))
                yield replace(piece, text=caption)
                caption = ""
