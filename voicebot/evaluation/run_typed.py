"""Scenarios typed: the same path as `voicebot ask`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from voicebot.config import Sections
from voicebot.evaluation.outcome import Answer, Condition, answer
from voicebot.evaluation.run import at_shop
from voicebot.evaluation.scenario import Case
from voicebot.events import Event, EventStream
from voicebot.service import Brain, open_brain
from voicebot.stages import LanguageModel

PATIENCE_S = 60.0  # for one answer


@dataclass(frozen=True)
class TypedPlayer:
    brain: Brain
    events: EventStream

    async def play(self, case: Case, condition: Condition, round_: int, shop: str) -> list[Answer]:
        answers: list[Answer] = []
        async with at_shop(self.brain, shop) as brain:
            talk = brain.typed()
            for turn in case.scenario.turns:

                async def say(text: str = turn.customer) -> None:
                    await talk.say(text)

                answers.append(await take_turn(turn.customer, say, self.events, brain.model))
                if answers[-1].broken:
                    break
        return answers


@asynccontextmanager
async def open_typed(settings: Sections) -> AsyncIterator[TypedPlayer]:
    events = EventStream()
    async with open_brain(settings, events) as brain:
        yield TypedPlayer(brain, events)


async def take_turn(
    asked: str, say: Callable[[], Awaitable[None]], events: EventStream, model: LanguageModel
) -> Answer:
    """The answer to one turn that `say` takes. Whatever goes wrong in it is the bot's failure, and
    no reason to end a long run."""
    happened: list[Event] = []
    broken = ""
    with events.listening(happened.append):
        try:
            async with asyncio.timeout(PATIENCE_S):
                await say()
        except TimeoutError:
            broken = f"no answer within {PATIENCE_S:.0f} s"
        except Exception as error:
            broken = f"{type(error).__name__}: {error}"
    came = answer(asked, happened)
    tokens = _tokens(model) if came.asked_model else {}
    return replace(came, tokens=tokens, broken=broken)


def _tokens(model: LanguageModel) -> dict[str, int]:
    """Of the last request; {} where a backend does not count them."""
    last = getattr(model, "last", None)
    return {
        name: count
        for name in ("prompt", "reused", "sampled")
        if (count := getattr(last, name, None)) is not None
    }
