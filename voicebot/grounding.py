"""From a question to the shop's own words, or to the word that the documents are silent.

Similarity and keywords find sentences; each is then read together with the question, and which of
them answers, and whether any does, is decided by several signals together (`knowledge.evidence`).
Where these leave doubt, the language model is asked for its yes or no (`judging`); nothing is
sampled for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from voicebot.cross_encoder import CrossEncoder
from voicebot.dialogue import prompt
from voicebot.dialogue.followup import Resolved
from voicebot.errors import LlmError
from voicebot.judging import Judge
from voicebot.knowledge.evidence import beside_others
from voicebot.knowledge.grounded import is_grounded
from voicebot.knowledge.kinds import is_general
from voicebot.knowledge.quotes import Candidate, Quote, candidates, choose
from voicebot.knowledge.text import sentences
from voicebot.stages import Hit, LanguageModel


@dataclass(frozen=True)
class Grounded:
    """quote: None where the documents seem to be silent. judged: sentences on which the model was
    asked; ms: what that took."""

    quote: Quote | None
    judged: int = 0
    ms: float = 0.0

    def then(self, other: Grounded) -> Grounded:
        """What a second look found, with what both took."""
        return Grounded(other.quote, self.judged + other.judged, self.ms + other.ms)


@dataclass(frozen=True)
class Grounding:
    """model: what writes. threshold: chance, 0 to 1, from which a sentence is said. judge: None
    where the model's opinion is worth nothing. writes: whether it may put the quote in its own
    words. reads: None where nobody has fitted such a model."""

    model: LanguageModel
    threshold: float
    judge: Judge | None = None
    writes: bool = False
    reads: CrossEncoder | None = None

    async def find(self, question: Resolved, hits: Sequence[Hit]) -> Grounded:
        """Cancelling stops the model. A model that fails only costs its opinion."""
        began = time.monotonic()
        ranked = candidates(question.text, hits, question.focus)
        if not ranked:
            return Grounded(None)
        ranked = await with_reading(self.reads, question.text, ranked)
        likely = sorted(ranked, key=_chance, reverse=True)
        judged = await self._judged(question.text, likely)
        found = choose(question.text, [*judged, *likely[len(judged) :]], self.threshold)
        return Grounded(found, len(judged), (time.monotonic() - began) * 1000)

    async def _judged(self, question: str, likely: Sequence[Candidate]) -> list[Candidate]:
        """The first candidates with the model's opinion, as far as it was needed."""
        found: list[Candidate] = []
        judge = self.judge
        if judge is None or is_general(question):
            return found
        if not judge.doubt[0] < _chance(likely[0]) < judge.doubt[1]:
            return found
        try:
            async with (
                asyncio.timeout(judge.patience),
                aclosing(judge.opinions(question, likely[: judge.most])) as opinions,
            ):
                async for one in opinions:
                    found.append(one)
                    if _chance(one) >= judge.sure:
                        break
        except (LlmError, TimeoutError):
            pass
        return found

    async def words(self, question: str, found: Quote) -> AsyncGenerator[str, None]:
        """What is said: the quote, or, where the model may write, its sentences as long as each
        says no more than the quote does."""
        said = False
        if self.writes:
            texts = [*dict.fromkeys(hit.passage or hit.sentence for hit in found.hits)]
            try:
                async with aclosing(self._written(question, texts)) as written:
                    async for sentence in written:
                        if not is_grounded(sentence, question, texts):
                            break
                        yield f"{sentence} "
                        said = True
            except LlmError:
                pass
        if not said:
            yield found.text

    async def _written(self, question: str, texts: Sequence[str]) -> AsyncGenerator[str, None]:
        """Whole sentences as soon as they are."""
        held = ""
        async with aclosing(self.model.generate(prompt.write(texts, question))) as deltas:
            async for delta in deltas:
                held += delta
                *whole, last = sentences(held) or [""]
                for sentence in whole:
                    yield sentence
                held = held[held.rindex(last) :] if whole else held
        if held.strip():
            yield held.strip()


async def with_reading(
    reads: CrossEncoder | None, question: str, ranked: list[Candidate]
) -> list[Candidate]:
    """With what reading each together with the question tells, where that asks for something in
    particular."""
    odds: list[float] = []
    if reads and not is_general(question):
        odds = await reads.log_odds(question, [one.text for one in ranked])
    if not odds:
        return ranked
    return [
        replace(one, evidence=replace(one.evidence, read=read))
        for one, read in zip(ranked, beside_others(odds), strict=True)
    ]


def _chance(candidate: Candidate) -> float:
    return candidate.evidence.chance
