"""What the language model says of its own accord: small talk, checked for claims about the shop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from voicebot import events
from voicebot.dialogue import prompt
from voicebot.dialogue.sentences import Clauses
from voicebot.errors import LlmError
from voicebot.session import Dialogue
from voicebot.stages import LanguageModel


@dataclass(frozen=True)
class SmallTalk:
    """shop: its name. temperature: of the sampling."""

    model: LanguageModel
    shop: str
    temperature: float

    async def words(self, dialogue: Dialogue, text: str) -> AsyncGenerator[str, None]:
        """Clause by clause, each checked before it is given out; one that claims ends the answer.
        A model that fails costs no more than what it had still to say. Cancelling stops it."""
        said = False
        try:
            async with aclosing(self._clauses(dialogue, text)) as clauses:
                async for clause in clauses:
                    if prompt.claims_something(clause):
                        break
                    said = True
                    yield f"{clause} "
        except LlmError as error:
            dialogue.tell(events.StageFailed(stage="llm", error=str(error)))
        if not said:
            yield prompt.SMALL_TALK_FALLBACK

    async def _clauses(self, dialogue: Dialogue, text: str) -> AsyncGenerator[str, None]:
        request = prompt.talk(self.shop, dialogue.history, text, self.temperature)
        splitter, first = Clauses(), True
        async with aclosing(self.model.generate(request)) as deltas:
            async for delta in deltas:
                if first:
                    dialogue.tell(events.FirstToken())
                    first = False
                for clause in splitter.push(delta):
                    yield clause
        for clause in splitter.close():
            yield clause
