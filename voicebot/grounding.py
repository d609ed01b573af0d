"""From a question to the shop's own words, or to the word that the documents are silent.

Similarity and keywords find sentences; each is then read together with the question, and which of
them answers, and whether any does, is decided by several signals together (`knowledge.evidence`).
Where these leave doubt, the language model is asked for its yes or no on one sentence after the
other; nothing is sampled for it.
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
from voicebot.knowledge.evidence import HOPELESS, SURE, SURE_ALONE, beside_others
from voicebot.knowledge.grounded import is_grounded
from voicebot.knowledge.kinds import is_general
from voicebot.knowledge.quotes import Candidate, Quote, candidates, choose, quote
from voicebot.knowledge.text import sentences
from voicebot.stages import Hit, LanguageModel

MOST_JUDGED = 4  # sentences, in turn; each costs some 55 tokens of prefill
PATIENCE = 4.0  # seconds for all of them; then what is known by then decides


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
    """threshold: chance, 0 to 1, from which a sentence is said. judges: whether the model's
    opinion is worth asking for. writes: whether it may put the quote in its own words. reads: None
    where nobody has fitted such a model."""

    model: LanguageModel
    threshold: float
    judges: bool
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
        judged: list[Candidate] = []
        if self.judges and HOPELESS < _chance(likely[0]) < SURE_ALONE:
            judged = await self._judged(question.text, likely[:MOST_JUDGED])
        if judged:
            best = max(judged, key=_chance)
            enough = _chance(best) >= self.threshold
            found = quote(question.text, best, ranked) if enough else None
        else:
            found = choose(question.text, ranked, self.threshold)
        return Grounded(found, len(judged), (time.monotonic() - began) * 1000)

    async def _judged(self, question: str, likely: Sequence[Candidate]) -> list[Candidate]:
        """The candidates with the model's opinion, as far as it was needed."""
        prompts = [prompt.judge(one.text, question) for one in likely]
        found: list[Candidate] = []
        try:
            async with (
                asyncio.timeout(PATIENCE),
                aclosing(self.model.weigh(prompts, (prompt.YES, prompt.NO))) as weighed,
            ):
                async for yes, no in weighed:
                    candidate = likely[len(found)]
                    evidence = replace(candidate.evidence, log_odds=yes - no)
                    found.append(replace(candidate, evidence=evidence))
                    if evidence.chance >= SURE:
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
