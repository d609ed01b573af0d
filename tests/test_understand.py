from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeKnowledge, ScriptedModel, WordEmbedder, settled
from voicebot.dialogue.intents import DOCUMENTS, SMALL_TALK, STAFF
from voicebot.stages import Hit
from voicebot.understand import Understander

EXAMPLES = {
    "check_order_status": ("where is my order", "alpha beta gamma delta epsilon"),
    "create_return": ("i want to return my order", "alpha beta gamma delta zeta"),
}
AMBIGUOUS = "alpha beta gamma delta"
HIT = Hit("Refunds take five days.", 0.8, "returns.pdf", 2)


async def understander(
    model: ScriptedModel, knowledge: FakeKnowledge | None = None
) -> Understander:
    made = Understander(
        WordEmbedder(),
        knowledge or FakeKnowledge(),
        model,
        EXAMPLES,
        passages=8,
    )
    await made.prepare()
    return made


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Where is my order?", "check_order_status"),
        ("I want to return my order!", "create_return"),
        ("Tell me a joke.", SMALL_TALK),
        ("Get me the manager.", STAFF),
        ("Is water damage covered?", DOCUMENTS),
        ("Zebras xylophone quixotic.", DOCUMENTS),
    ],
)
async def test_similarity_decides_alone_where_it_is_sure(text: str, intent: str) -> None:
    model = ScriptedModel()
    found = await (await understander(model)).understand(text)
    assert (found.intent, found.asked_model) == (intent, False)
    assert model.requests == []


@pytest.mark.parametrize(
    ("answer", "intent"), [("status", "check_order_status"), ("return", "create_return")]
)
async def test_the_model_chooses_between_two_readings(answer: str, intent: str) -> None:
    model = ScriptedModel(*answer)
    found = await (await understander(model)).understand(AMBIGUOUS)
    assert (found.intent, found.asked_model) == (intent, True)
    grammar = model.requests[0].grammar or ""
    assert sorted(grammar.removeprefix("root ::= ").split(" | ")) == ['"return"', '"status"']
    assert model.open == 0


@pytest.mark.parametrize("answer", ["", "banana"])
async def test_a_model_without_an_answer_leaves_the_likeliest(answer: str) -> None:
    found = await (await understander(ScriptedModel(answer))).understand(AMBIGUOUS)
    assert found.intent in EXAMPLES


async def test_a_model_that_fails_costs_only_its_opinion() -> None:
    model = ScriptedModel("st")
    model.fails_after = 1
    found = await (await understander(model)).understand(AMBIGUOUS)
    assert found.intent in EXAMPLES
    assert model.open == 0


async def test_what_was_found_goes_along_and_speaks_for_the_documents() -> None:
    text = "Zebras xylophone quixotic?"
    knowledge = FakeKnowledge({text: [HIT]})
    found = await (await understander(ScriptedModel(), knowledge)).understand(text)
    assert found.hits == (HIT,)
    assert found.intent == DOCUMENTS


async def test_cancelling_stops_the_model() -> None:
    model = ScriptedModel("status")
    model.gate.close()
    task = asyncio.ensure_future((await understander(model)).understand(AMBIGUOUS))
    await settled()
    assert model.open == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.open == 0
