"""The language model's opinion on whether a sentence answers a question.

A small one is fitted to that by benchmarks/fit_judge.py: corrections that apply to this alone. One
that nobody has fitted is asked by a prompt with examples, where it is large enough.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from voicebot.dialogue import prompt
from voicebot.knowledge.evidence import Verdict, Weights
from voicebot.knowledge.quotes import Candidate
from voicebot.stages import LanguageModel

FILE = "{}.judging.npz"  # of a language model's name, beside the models' manifest


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
    async def fitted_odds(self, prompt: str, yes: str, no: str) -> float: ...


@dataclass(frozen=True)
class Worth:
    """Of a fitted model's opinion. doubt: chances at which it is worth its time. weights: beside
    the other signals, by benchmarks/fit_evidence.py."""

    doubt: tuple[float, float]
    weights: Weights


SMALL = Worth((0.2, 0.6), (-0.26, 0.32, -0.19, 0.61))
WORTH = {"qwen2.5-coder-1.5b-instruct-q4_k_m": Worth((0.1, 0.7), (-0.09, 0.62, -0.19, 0.69))}


@dataclass(frozen=True)
class Fitted:
    """A model with corrections for this. A sentence costs some 45 tokens of prefill."""

    model: FittedModel
    worth: Worth = SMALL
    most: int = 1
    sure: float = 1.0
    patience: float = 1.5

    @property
    def doubt(self) -> tuple[float, float]:
        return self.worth.doubt

    async def warm(self) -> None:
        """Nothing is kept for it."""

    async def opinions(
        self, question: str, likely: Sequence[Candidate]
    ) -> AsyncGenerator[Candidate, None]:
        for one in likely:
            asked = prompt.fitted(one.text, question)
            odds = await self.model.fitted_odds(asked, prompt.FITTED_YES, prompt.FITTED_NO)
            verdict = Verdict(odds, self.worth.weights)
            yield replace(one, evidence=replace(one.evidence, verdict=verdict))
