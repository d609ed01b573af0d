"""Answers that are made in the customer's silence, before it is known that they will be given."""

from __future__ import annotations

import pytest

from tests.calls import Call, calling
from tests.fakes import Journal, Kit, settled, silence
from voicebot import events
from voicebot.dialogue import phrases
from voicebot.dialogue.steps import State, Task
from voicebot.store import Store

JOKE, ORDER = "Tell me a joke.", "Where is my order ORD123?"
AT_THE_PROOF = State("proof", Task("check_order_status", "ORD123"))
CONFIRMING = State(
    "confirm",
    Task("create_return", "ORD124", reason="too loud"),
    verified=frozenset({"ORD124"}),
)


async def paused(call: Call, words: str) -> None:
    """The words, and a silence in which it is not known yet whether they were all."""
    call.kit.judge.gate.close()
    call.says(words, pause=0.22)
    await call.heard()
    await call.journal.until(lambda: call.kit.transcriber.heard[-1:] == [words])
    await settled(200)
    assert call.journal.of(events.TurnTaken) == []


async def decided(call: Call) -> None:
    call.kit.judge.gate.open()
    await call.journal.next(events.TurnTaken)


async def test_the_first_clause_is_made_before_the_turn_is_taken(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        kit.model.deltas = ("One is here. ", "Two is there. ", "Three is gone. ")
        await paused(call, JOKE)
        await journal.until(lambda: kit.synthesizer.asked[-1:] == ["One is here."])
        await settled(200)
        assert "Two is there." not in kit.synthesizer.asked  # and no more than that
        assert call.dialogue.state.said != "One is here."
        assert journal.of(events.MeansChosen) == []
        await decided(call)
        assert (await call.ended(1)).heard == "One is here. Two is there. Three is gone."
        assert kit.synthesizer.asked.count("One is here.") == 1
        assert [event.turn for event in journal.of(events.MeansChosen)] == [1]
        assert journal.kinds().index("TurnTaken") < journal.kinds().index("MeansChosen")


async def test_a_customer_who_goes_on_has_been_answered_nothing(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await paused(call, ORDER)
        before = call.dialogue.state
        kit.judge.gate.open()
        kit.judge.probability = 0.1
        call.line.hear(*kit.voice.sound(JOKE), *silence(1.4))
        assert (await call.ended(1)).user == f"{ORDER} {JOKE}"
        assert before.asked is None
        assert len(journal.of(events.MeansChosen)) == 1
        assert len(call.dialogue.history.exchanges) == 1


def attempts(shop: Store) -> int:
    return sum(entry.kind == "verify" for entry in shop.audit())


async def test_a_proof_is_held_against_the_order_only_when_the_turn_is_taken(
    kit: Kit, journal: Journal, shop: Store
) -> None:
    async with calling(kit, journal) as call:
        call.dialogue.state = AT_THE_PROOF
        await paused(call, "Miller.")
        assert attempts(shop) == 0
        await decided(call)
        await call.ended(1)
        assert attempts(shop) == 1


async def test_a_proof_that_goes_on_is_one_attempt(kit: Kit, journal: Journal, shop: Store) -> None:
    async with calling(kit, journal) as call:
        call.dialogue.state = AT_THE_PROOF
        await paused(call, "Jane.")
        call.line.hear(*kit.voice.sound("Doe."))
        await call.heard()
        kit.judge.gate.open()
        call.line.hear(*silence(0.6))
        assert (await call.ended(1)).user == "Jane. Doe."
        assert attempts(shop) == 1


async def test_nothing_is_changed_before_the_turn_is_taken(
    kit: Kit, journal: Journal, shop: Store
) -> None:
    async with calling(kit, journal) as call:
        call.dialogue.state = CONFIRMING
        await paused(call, "Yes.")
        assert shop.returns() == ()
        await decided(call)
        await call.ended(1)
        assert len(shop.returns()) == 1
        assert call.dialogue.changes == 1


@pytest.mark.parametrize("words", ["Yes.", "Who painted that?"])
async def test_nothing_is_told_before_the_turn_is_taken(
    kit: Kit, journal: Journal, words: str
) -> None:
    async with calling(kit, journal) as call:
        call.dialogue.state = State("staff", unanswered="Who won?")
        await paused(call, words)
        told = (events.StaffCalled, events.Unanswered, events.MeansChosen)
        assert [event for event in journal.events if isinstance(event, told)] == []
        await decided(call)
        await call.ended(1)
        assert [event.turn for event in journal.events if isinstance(event, told)]


async def test_an_answer_to_a_dialogue_that_has_moved_is_not_given(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        await paused(call, "Doe.")
        call.dialogue.state = AT_THE_PROOF
        await decided(call)
        await call.ended(1)
        assert call.dialogue.state.verified == {"ORD123"}


async def test_starting_again_drops_what_was_prepared(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        kit.synthesizer.gate.close()
        await paused(call, JOKE)
        await kit.synthesizer.gate.reached()
        call.line.reset()
        await call.heard()
        kit.synthesizer.gate.open()
        await journal.until(lambda: call.line.said[-1] == phrases.WELCOME_BACK)
        assert kit.synthesizer.gate.cancelled == 1


async def test_an_answer_whose_sound_failed_in_the_silence_is_an_apology(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        kit.synthesizer.broken = ("Fine",)
        await paused(call, JOKE)
        assert journal.of(events.StageFailed) == []
        await decided(call)
        await call.ended(1)
        assert call.line.said[-1] == phrases.TROUBLE
