"""Finding the answer with a model that gives its opinion, and without one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from unittest.mock import ANY

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.fakes import ScriptedModel
from voicebot.cross_encoder import CrossEncoder
from voicebot.dialogue.followup import Resolved
from voicebot.errors import EmbeddingError, LlmError
from voicebot.grounding import Grounding
from voicebot.judging import SMALL, Fitted, Prompted, Worth
from voicebot.knowledge.quotes import Quote
from voicebot.stages import Hit

ASKED = Resolved("Can my brother pick my order up?")
NEAR = Hit("Orders are kept for ten days.", 0.5, "delivery.pdf", 1, keywords=0.5)
RIGHT = Hit("Somebody else may collect with the number.", 0.45, "delivery.pdf", 2)
FAR = Hit("Parking is free.", 0.05, "visiting.pdf", 1)


class Reads:
    """Tells a pair by its sentence. odds: log-odds; none where it is broken."""

    dimension = 1
    name = "scripted"

    def __init__(self, odds: dict[str, float]) -> None:
        self._odds = odds

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not self._odds:
            raise EmbeddingError("broken")
        assert all(text.startswith(f"{ASKED.text} [SEP] ") for text in texts)
        return np.array([[self._odds[text.partition(" [SEP] ")[2]]] for text in texts], np.float32)


def reading(odds: dict[str, float]) -> Grounding:
    reads = CrossEncoder(Reads(odds), np.array([1.0, 0.0], np.float32))
    return Grounding(ScriptedModel(), threshold=0.3, reads=reads)


def grounding(model: ScriptedModel, *, judges: bool = True, writes: bool = False) -> Grounding:
    judge = Prompted(model) if judges else None
    return Grounding(model, threshold=0.3, judge=judge, writes=writes)


async def test_the_models_yes_decides_between_what_is_near() -> None:
    model = ScriptedModel()
    model.odds = {RIGHT.sentence: 3.0, NEAR.sentence: -2.0}
    found = await grounding(model).find(ASKED, [NEAR, RIGHT])
    assert found.quote is not None
    assert found.quote.text == RIGHT.sentence
    assert found.judged == 2
    assert all(ASKED.text in text for text in model.judged)


async def test_its_no_to_all_is_silence() -> None:
    model = ScriptedModel()
    model.odds = {RIGHT.sentence: -3.0, NEAR.sentence: -2.0}
    assert (await grounding(model).find(ASKED, [NEAR, RIGHT])).quote is None


async def test_a_clear_yes_ends_the_asking() -> None:
    model = ScriptedModel()
    model.odds = {NEAR.sentence: 5.0}
    found = await grounding(model).find(ASKED, [NEAR, RIGHT])
    assert found.judged == 1
    assert model.open == 0


@pytest.mark.parametrize("hit", [FAR, Hit(RIGHT.sentence, 0.95, "delivery.pdf", 2, keywords=1.0)])
async def test_what_is_clear_without_it_is_not_asked(hit: Hit) -> None:
    model = ScriptedModel()
    found = await grounding(model).find(ASKED, [hit])
    assert found.judged == 0
    assert (found.quote is None) == (hit is FAR)


async def test_no_model_is_asked_that_does_not_judge() -> None:
    model = ScriptedModel()
    await grounding(model, judges=False).find(ASKED, [NEAR, RIGHT])
    assert model.judged == []


async def test_reading_them_with_the_question_decides_between_what_is_near() -> None:
    found = await reading({RIGHT.sentence: 6.0, NEAR.sentence: -6.0}).find(ASKED, [NEAR, RIGHT])
    assert found.quote is not None
    assert found.quote.text == RIGHT.sentence
    silent = await reading({RIGHT.sentence: -6.0, NEAR.sentence: -6.0}).find(ASKED, [NEAR, RIGHT])
    assert silent.quote is None


class Verdicts:
    """A fitted model with these log-odds for these sentences, or, with none, one that breaks."""

    def __init__(self, odds: dict[Hit, float]) -> None:
        self._odds = {hit.sentence: one for hit, one in odds.items()}
        self.asked: list[tuple[str, list[str]]] = []

    async def log_odds(self, question: str, texts: Sequence[str]) -> list[float]:
        self.asked.append((question, list(texts)))
        if not self._odds:
            raise LlmError("broken")
        return [self._odds[text] for text in texts]

    def close(self) -> None: ...


def fitted(odds: dict[Hit, float], worth: Worth = SMALL) -> tuple[Grounding, Verdicts]:
    model = Verdicts(odds)
    return Grounding(ScriptedModel(), threshold=0.3, judge=Fitted(model, worth)), model


@pytest.mark.parametrize(("right", "wrong"), [(RIGHT, NEAR), (NEAR, RIGHT)])
async def test_a_fitted_models_verdicts_choose_in_doubt(right: Hit, wrong: Hit) -> None:
    says_yes, model = fitted({right: 5.0, wrong: -3.0})
    found = await says_yes.find(ASKED, [NEAR, RIGHT])
    assert found.quote is not None
    assert found.quote.hits[0] == right
    assert found.judged == 2
    assert [(question, set(texts)) for question, texts in model.asked] == [
        (ASKED.text, {NEAR.sentence, RIGHT.sentence})
    ]


async def test_a_fitted_models_no_to_all_is_silence() -> None:
    says_no, _ = fitted({RIGHT: -5.0, NEAR: -5.0})
    assert (await says_no.find(ASKED, [NEAR, RIGHT])).quote is None


async def test_a_fitted_models_yes_to_one_says_less_where_it_says_yes_to_another() -> None:
    one, _ = fitted({RIGHT: 3.0, NEAR: -9.0})
    both, _ = fitted({RIGHT: 3.0, NEAR: 0.0})
    alone, beside = [await each.find(ASKED, [NEAR, RIGHT]) for each in (one, both)]
    assert alone.quote is not None
    assert beside.quote is not None
    assert alone.quote.hits[0] == beside.quote.hits[0] == RIGHT
    assert alone.quote.score > beside.quote.score


async def test_only_so_many_are_judged_and_they_alone_may_answer() -> None:
    most_one = replace(SMALL, most=1)
    unjudged = await grounding(ScriptedModel(), judges=False).find(ASKED, [NEAR, RIGHT])
    assert unjudged.quote is not None
    first = unjudged.quote.hits[0]
    silent, model = fitted({first: -9.0}, most_one)
    assert (await silent.find(ASKED, [NEAR, RIGHT])).quote is None
    assert [texts for _, texts in model.asked] == [[first.sentence]]


async def test_a_fitted_model_that_is_broken_only_costs_its_verdict() -> None:
    broken, _ = fitted({})
    unasked = await grounding(ScriptedModel(), judges=False).find(ASKED, [NEAR, RIGHT])
    assert await broken.find(ASKED, [NEAR, RIGHT]) == replace(unasked, ms=ANY)


async def test_a_question_in_general_is_nothing_to_judge_one_sentence_by() -> None:
    model = ScriptedModel()
    await grounding(model).find(Resolved("What is your delivery policy?"), [NEAR, RIGHT])
    assert model.judged == []


async def test_where_they_cannot_be_read_the_other_signals_decide() -> None:
    unread = await grounding(ScriptedModel(), judges=False).find(ASKED, [NEAR, RIGHT])
    assert await reading({}).find(ASKED, [NEAR, RIGHT]) == replace(unread, ms=ANY)


async def test_a_broken_model_only_costs_its_opinion() -> None:
    model = ScriptedModel()
    model.fails_after = 0
    good = Hit("You may pick up an order for somebody.", 0.75, "delivery.pdf", 2, keywords=0.5)
    found = await grounding(model).find(ASKED, [good])
    assert found.quote is not None


async def test_an_opinion_that_takes_too_long_is_done_without() -> None:
    model = ScriptedModel()
    model.gate.close()
    slow = Grounding(model, threshold=0.3, judge=replace(Prompted(model), patience=0.01))
    unasked = await grounding(ScriptedModel(), judges=False).find(ASKED, [NEAR, RIGHT])
    assert await slow.find(ASKED, [NEAR, RIGHT]) == replace(unasked, ms=ANY)
    assert model.open == 0


async def test_cancelling_stops_the_model() -> None:
    model = ScriptedModel()
    model.gate.close()
    task = asyncio.create_task(grounding(model).find(ASKED, [NEAR, RIGHT]))
    await model.gate.reached()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.open == 0


async def test_what_must_be_new_in_an_answer_chooses_among_alike() -> None:
    standard = Hit("Standard: 5 days, $4.99.", 0.8, "shipping.pdf", 1, keywords=1.0)
    express = Hit("Express: 2 days, $12.99.", 0.6, "shipping.pdf", 1)
    asked = Resolved("How much is standard shipping? Express?", focus="express", leans=True)
    found = await grounding(ScriptedModel(), judges=False).find(asked, [standard, express])
    assert found.quote is not None
    assert found.quote.text == express.sentence


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (("Express takes ", "2 days. It is $12.99."), "Express takes 2 days. It is $12.99."),
        (("Express takes 2 days. ", "It is $9.99."), "Express takes 2 days."),
        (("Yes, it is ", "quick."), "Express: 2 days, $12.99."),
        ((), "Express: 2 days, $12.99."),
    ],
)
async def test_what_the_model_writes_is_held_against_the_text(
    written: tuple[str, ...], said: str
) -> None:
    express = Hit("Express: 2 days, $12.99.", 0.8, "shipping.pdf", 1)
    asked = "How long does express take and what is the price?"
    found = Quote(express.sentence, (express,), 0.9)
    writer = grounding(ScriptedModel(*written), writes=True)
    async with aclosing(writer.words(asked, found)) as parts:
        assert "".join([part async for part in parts]).strip() == said
