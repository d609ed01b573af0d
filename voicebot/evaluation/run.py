"""The run: every scenario in every condition, each in a shop of its own, on models loaded once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Protocol

from voicebot import assemble
from voicebot.config import Sections
from voicebot.evaluation.grade import failures
from voicebot.evaluation.outcome import Answer, Condition, Outcome
from voicebot.evaluation.scenario import Case
from voicebot.evaluation.shops import Shops, state
from voicebot.service import Brain


class Player(Protocol):
    """Plays a scenario's customer against a bot whose models are loaded."""

    async def play(self, case: Case, condition: Condition, round_: int, shop: str) -> list[Answer]:
        """One answer a turn, fewer where a turn got none. shop: URL of the database."""
        ...


Open = Callable[[Sections], AbstractAsyncContextManager[Player]]


async def run(
    cases: Sequence[Case],
    conditions: Sequence[Condition],
    repeat: int,
    shops: Shops,
    settings: Sections,
    open_player: Open,
    done: Callable[[Outcome], None],
) -> list[Outcome]:
    """All outcomes, in the order in which they came. Models are loaded once for each folder of
    documents. Cancelling it ends the scenario that runs."""
    outcomes: list[Outcome] = []

    def folder(case: Case) -> str:
        return str(case.shop.documents or "")

    for _, grouped in groupby(sorted(cases, key=folder), key=folder):
        group = list(grouped)
        shop = await asyncio.to_thread(shops.fresh, group[0])
        index = await shops.index(group[0].shop.documents)
        async with open_player(_at(settings, shop, index)) as player:
            for round_ in range(1, repeat + 1):
                for condition in conditions:
                    for case in group:
                        outcome = await _one(player, shops, case, condition, round_)
                        outcomes.append(outcome)
                        done(outcome)
    return outcomes


async def _one(
    player: Player, shops: Shops, case: Case, condition: Condition, round_: int
) -> Outcome:
    shop = await asyncio.to_thread(shops.fresh, case)
    before = await asyncio.to_thread(state, shop)
    answers = await player.play(case, condition, round_, shop)
    after = await asyncio.to_thread(state, shop)
    wrong = failures(case.scenario, answers, before, after)
    return Outcome(case, condition, round_, tuple(answers), wrong)


@asynccontextmanager
async def at_shop(brain: Brain, url: str) -> AsyncIterator[Brain]:
    """The brain at the desk of another shop."""
    settings = _at(brain.settings, url, brain.settings.knowledge.index)
    desk = await asyncio.to_thread(assemble.open_desk, settings)
    try:
        yield replace(brain, settings=settings, desk=desk)
    finally:
        await asyncio.to_thread(desk.close)


def _at(settings: Sections, url: str, index: Path) -> Sections:
    return settings.model_copy(
        update={
            "store": settings.store.model_copy(update={"url": url}),
            "knowledge": settings.knowledge.model_copy(update={"index": index}),
        }
    )
