"""Speech that is certain to be needed, synthesised once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from voicebot.audio import Speech
from voicebot.dialogue.ear import for_the_ear
from voicebot.dialogue.sentences import clauses
from voicebot.stages import Synthesizer


class Phrasebook:
    """A Synthesizer that answers from memory what it has learnt, and asks another for the rest."""

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer
        self._known: dict[str, tuple[Speech, ...]] = {}

    async def learn(self, texts: Iterable[str]) -> None:
        """Whole texts of the bot's, kept clause by clause. Cancelled, it keeps what is complete."""
        for text in texts:
            for clause in clauses(text):
                spoken = for_the_ear(clause)
                if spoken not in self._known:
                    self._known[spoken] = tuple([s async for s in self.synthesize(spoken)])

    async def synthesize(self, text: str, *, ahead: bool = False) -> AsyncGenerator[Speech, None]:
        if (known := self._known.get(text)) is not None:
            for speech in known:
                yield speech
            return
        async with aclosing(self._synthesizer.synthesize(text, ahead=ahead)) as pieces:
            async for piece in pieces:
                yield piece
