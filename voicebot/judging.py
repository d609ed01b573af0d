"""The language model's opinion on whether a sentence answers a question.

A small one is fitted to that by benchmarks/fit_judge.py, and kept beside itself in a form that
reads many sentences quickly (`models.judge_onnx`). One that nobody has fitted is asked by a prompt
with examples, where it is large enough.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from voicebot.dialogue import prompt
from voicebot.knowledge.evidence import Verdict, Weights, beside_others
from voicebot.knowledge.quotes import Candidate
from voicebot.stages import LanguageModel


class Judge(Protocol):
    """most: sentences that it is worth asking about. doubt: chances of the likeliest sentence,
    from and to, at which it is worth it. sure: chance from which no other is looked at. patience:
    seconds for all of it, a wait for another room's work in it; then what is known decides."""

    @property
    def most(self) -> int: ...

    @property
    def doubt(self) -> tuple[float, float]: ...

    @property
    def sure(self) -> float: ...

    @property
    def patience(self) -> float: ...

    async def warm(self) -> None:
        """What makes the first opinion as quick as later ones. Raises LlmError."""
        ...

    def opinions(
        self, question: str, likely: Sequence[Candidate]
    ) -> AsyncGenerator[Candidate, None]:
        """Each in turn, with the opinion in its evidence. Closing it stops the model within 50 ms.
        Raises LlmError."""
        ...


@dataclass(frozen=True)
class Prompted:
    """Any model that is large enough. Each sentence costs some 55 tokens of prefill, those of the
    question alone when it was asked about before."""

    model: LanguageModel
    most: int = 4
    doubt: tuple[float, float] = (0.05, 0.6)
    sure: float = 0.73
    patience: float = 4.0

    async def warm(self) -> None:
        await self.model.warm(prompt.to_judge())

    async def opinions(
        self, question: str, likely: Sequence[Candidate]
    ) -> AsyncGenerator[Candidate, None]:
        prompts = [prompt.judge(one.text, question) for one in likely]
        async with aclosing(self.model.weigh(prompts, (prompt.YES, prompt.NO))) as weighed:
            told = 0
            async for yes, no in weighed:
                evidence = replace(likely[told].evidence, log_odds=yes - no)
                yield replace(likely[told], evidence=evidence)
                told += 1


class FittedModel(Protocol):
    async def log_odds(self, question: str, texts: Sequence[str]) -> list[float]:
        """That each text answers the question. Cancelling stops it within 50 ms. Raises
        LlmError."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Worth:
    """Of a fitted model's opinions. doubt: chances at which they are worth their time. most:
    sentences that are worth it. weights: what makes a chance of them, by
    benchmarks/fit_evidence.py; the constant of `SMALL` is 0.2 more, with which it refuses as much
    of northgate at the same threshold as without them."""

    doubt: tuple[float, float]
    most: int
    weights: Weights


SMALL = Worth((0.15, 0.6), 8, (0.37, 0.70, 0.39, -0.23))
WORTH = {"qwen2.5-coder-1.5b-instruct-q4_k_m": Worth((0.1, 0.7), 5, (0.10, 0.48, 0.54, -0.26))}


@dataclass(frozen=True)
class Fitted:
    """A model that was fitted to it, and is asked about all sentences at once."""

    model: FittedModel
    worth: Worth = SMALL
    sure: float = 1.0
    patience: float = 1.5

    @property
    def most(self) -> int:
        return self.worth.most

    @property
    def doubt(self) -> tuple[float, float]:
        return self.worth.doubt

    async def warm(self) -> None:
        """Nothing is kept for it."""

    def close(self) -> None:
        self.model.close()

    async def opinions(
        self, question: str, likely: Sequence[Candidate]
    ) -> AsyncGenerator[Candidate, None]:
        odds = await self.model.log_odds(question, [one.text for one in likely])
        for one, (own, others) in zip(likely, beside_others(odds), strict=True):
            verdict = Verdict(own, others, self.worth.weights)
            yield replace(one, evidence=replace(one.evidence, verdict=verdict))
