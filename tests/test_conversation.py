"""One customer's call on fast stages: what is heard, answered, interrupted and left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.calls import WELCOME, Call, calling
from tests.fakes import (
    PATIENCE,
    Gate,
    Journal,
    Kit,
    ScriptedJudge,
    settled,
    silence,
)
from voicebot import conversation, events
from voicebot.desk import Desk
from voicebot.dialogue import phrases
from voicebot.dialogue.steps import State, Task
from voicebot.playout import DUCKED
from voicebot.stages import NOTHING_ASKED, Asked, Card
from voicebot.store import Store
from voicebot.telemetry.turns import TurnLog, TurnRecord
from voicebot.tools.base import ToolContext, ToolResult
from voicebot.tools.registry import load_tools

JOKE = "Tell me a joke."
ORDER = "Where is my order?"


# ------------------------------------------------------------------ turns


async def test_the_bot_greets(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await journal.until(lambda: call.line.states[-2:] == ["speaking", "listening"])
        assert call.line.said == [WELCOME]
        assert journal.of(events.FirstSound)[0].turn == 0
        assert (await journal.next(events.LastSound, 1)).turn == 0
        assert call.dialogue.history.exchanges == ()


async def test_one_turn(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        call.says(JOKE)
        ended = await call.ended(1)
        assert (ended.user, ended.say, ended.heard) == (JOKE, *["Fine, thank you!"] * 2)
        await journal.until(lambda: call.line.states[-3:] == ["thinking", "speaking", "listening"])
        assert [(s.text, s.final) for s in call.line.customer_segments.values()] == [(JOKE, True)]
        assert call.line.said == [WELCOME, "Fine, thank you!"]
        assert call.dialogue.history.exchanges[0].user == JOKE
        assert [event.cause for event in journal.of(events.TurnTaken)] == ["judge"]


async def test_all_that_happens_in_a_turn_is_told_of_that_turn(kit: Kit, journal: Journal) -> None:
    records: list[TurnRecord] = []
    async with calling(kit, journal) as call:
        for nth, words in enumerate((JOKE, ORDER), 1):
            call.says(words)
            await call.ended(nth)
    log = TurnLog(records.append)
    for event in journal.events:
        log(event)
    turns = [record for record in records if record.turn]
    assert [(record.turn, record.user) for record in turns] == [(1, JOKE), (2, ORDER)]
    for record in turns:
        assert {"silence", "judge", "stt", "voice_to_voice", "first_clause"} <= set(record.ms)


async def test_cards_are_shown(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        call.says("Do you have headphones?")
        await call.ended(1)
        await journal.until(lambda: bool(call.line.cards))
        assert isinstance(call.line.cards[0], Card)
        assert call.line.cards[0].kind == "products"


async def test_what_the_bot_wants_to_know_is_shown(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        call.says("I want to return my order.")
        await call.ended(1)
        shown = call.line.asked.index(Asked("number", "order_id"))
        assert call.line.asked[:shown] == [NOTHING_ASKED] * shown
        call.line.type("Never mind.")
        await call.ended(2)
        await journal.until(lambda: call.line.asked[-1] == NOTHING_ASKED)


async def test_no_model_is_asked_about_silence_before_somebody_speaks(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        call.line.hear(*silence(2.0))
        await call.heard()
        assert kit.detector.asked == 0
        call.says(JOKE)
        await call.ended(1)
        assert kit.detector.asked > 20  # the pause at the utterance's end is part of it


async def test_whoever_pauses_is_heard_to_the_end(kit: Kit, journal: Journal) -> None:
    kit.judge.probability = 0.1
    async with calling(kit, journal) as call:
        call.says("Where is", pause=0.3)
        call.says("my order.", pause=0.3)
        await call.heard()
        assert journal.of(events.TurnTaken) == []
        call.line.hear(*silence(1.5))
        assert (await call.ended(1)).user == "Where is my order."
        assert [event.cause for event in journal.of(events.TurnTaken)] == ["patience"]


async def test_what_was_not_understood_is_not_answered(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        call.says("")
        taken = await journal.next(events.TurnTaken)
        call.says(JOKE)
        ended = await call.ended(1)
        assert ended.user == JOKE
        assert ended.turn > taken.turn
        assert len(call.line.bot_segments) == 2
        assert "thinking" not in call.line.states[:3]


async def test_typed_words_are_a_turn(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        call.line.type(ORDER)
        assert (await call.ended(1)).say == phrases.ASK_ORDER
        assert [event.cause for event in journal.of(events.TurnTaken)] == ["typed"]
        assert [s.text for s in call.line.customer_segments.values()] == [ORDER]
        assert kit.transcriber.heard == []


# ------------------------------------------------------------------ going on, interrupting


async def test_going_on_before_the_answer_sounds_makes_one_utterance_of_both(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        kit.synthesizer.gate.close()
        call.says("Where is my order ORD123?")
        await kit.synthesizer.gate.reached()
        await journal.until(lambda: call.dialogue.state.asked == "proof")
        call.line.hear(*kit.voice.sound("I mean, tell me a joke.", 0.2))
        await call.heard()
        kit.synthesizer.gate.open()
        call.line.hear(*silence(1.0))  # who was cut short is given more
        both = "Where is my order ORD123? I mean, tell me a joke."
        await journal.until(lambda: both in call.users)
        assert kit.transcriber.heard[-1] == both
        assert [s.text for s in call.line.customer_segments.values()] == [both]
        assert [exchange.user for exchange in call.dialogue.history.exchanges] == [both]
        assert journal.of(events.CutOff) == []
        # Taken as a question of its own, not as an answer to what nobody heard.
        assert call.dialogue.state.said == phrases.ask_proof("ORD123", "last_name")


@pytest.mark.parametrize("typed", [True, False])
async def test_a_cough_before_the_answer_sounds_only_holds_it_up(
    kit: Kit, journal: Journal, typed: bool
) -> None:
    async with calling(kit, journal) as call:
        kit.synthesizer.gate.close()
        if typed:
            call.line.type("Where is my order ORD123?")
        else:
            call.says("Where is my order ORD123?")
        await journal.next(events.TurnTaken)
        await kit.synthesizer.gate.reached()
        sounds = len(journal.of(events.FirstSound))
        call.line.hear(*kit.voice.sound("", 0.2))
        await call.heard()
        kit.synthesizer.gate.open()
        assert len(journal.of(events.FirstSound)) == sounds
        call.line.hear(*silence(1.4))
        assert (await call.ended(1)).heard == phrases.ask_proof("ORD123", "last_name")
        assert call.dialogue.state.asked == "proof"
        assert call.users == ["Where is my order ORD123?"]


LONG = "One two three four five six seven eight nine ten, eleven and twelve and so on it goes."


async def interrupted(call: Call, after: float) -> events.CutOff:
    """The bot tells something long, and is interrupted so many seconds later."""
    sounds = len(call.journal.of(events.FirstSound))
    cuts = len(call.journal.of(events.CutOff))
    call.kit.model.deltas = (LONG,)
    call.line.instant = False
    call.says(JOKE, pause=1.0)
    await call.journal.next(events.FirstSound, sounds + 1)
    await call.line.advance(after)
    call.line.hear(*call.kit.voice.sound("Stop.", 0.32), *silence(0.1))
    return await call.journal.next(events.CutOff, cuts + 1)


async def test_going_on_before_a_word_of_the_answer_was_heard_is_no_interruption(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        cut = await interrupted(call, 0.0)
        assert cut.heard == ""
        call.line.instant = True
        call.line.hear(*silence(1.4))
        both = f"{JOKE} Stop."
        await journal.until(lambda: both in call.users)
        assert kit.transcriber.heard[-1] == both


async def test_barge_in_falls_silent_and_keeps_only_what_was_heard(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        flushed = call.line.flushes
        cut = await interrupted(call, 0.35)
        assert (call.line.queued, call.line.flushes > flushed) == (0, True)
        assert cut.heard == "One two three"
        ended = await call.ended(1)
        assert ended.heard == "One two three"
        assert ended.say.startswith("One two three four")
        assert all(last.turn != 1 for last in journal.of(events.LastSound))
        assert call.dialogue.history.exchanges[0].heard == "One two three"
        assert call.line.most_queued <= 9600

        call.line.instant = True
        kit.model.deltas = ("Fine.",)
        call.says(JOKE)
        assert (await call.ended(2)).heard == "Fine."


async def test_many_interruptions_leave_the_next_answer_untouched(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        for nth in range(1, 9):
            await interrupted(call, nth * 0.06)
            call.line.hear(*silence(1.0))  # who was cut short is given more
            call.line.instant = True
            await call.heard()
        kit.model.deltas = ("Fine.",)
        call.line.type(JOKE)
        await journal.until(lambda: journal.of(events.ReplyEnded)[-1].heard == "Fine.")
        assert kit.synthesizer.most_open == 1
        assert call.line.said[-1] == "Fine."


async def spoken_over(call: Call, text: str, *, after: float = 0.35, voice: float = 0.3) -> None:
    """Something sounds while the bot tells something long."""
    call.kit.model.deltas = (LONG,)
    call.line.instant = False
    call.says(JOKE)
    await call.journal.next(events.FirstSound, 2)
    await call.line.advance(after)
    call.line.hear(*call.kit.voice.sound(text, voice), *silence(0.6))


@pytest.mark.parametrize(
    ("text", "was"), [("", "nothing"), ("Uh-huh.", "backchannel"), ("Yeah, right.", "backchannel")]
)
async def test_what_was_no_interruption_is_followed_by_the_clause_that_was_cut(
    kit: Kit, journal: Journal, text: str, was: str
) -> None:
    async with calling(kit, journal) as call:
        await spoken_over(call, text)
        went_on = await journal.next(events.WentOn)
        assert went_on.was == was
        assert len(journal.of(events.Held)) == 1
        await call.line.advance(3.0)
        ended = await call.ended(1)
        assert (ended.user, ended.heard) == (JOKE, LONG)
        assert call.dialogue.history.exchanges[0].heard == LONG
        assert call.line.said[-1] == LONG
        assert journal.of(events.CutOff) == []
        assert len(journal.of(events.TurnTaken)) == 1
        assert call.line.states[-1] == "listening"


async def test_a_click_makes_the_bot_quieter_for_a_moment_only(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await spoken_over(call, "", voice=0.06)
        await call.heard()
        assert call.line.volumes == [DUCKED, 1.0]
        assert journal.of(events.Held) == []
        await call.line.advance(3.0)
        assert (await call.ended(1)).heard == LONG


async def test_an_um_is_waited_for(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await spoken_over(call, "Um...")
        await call.heard()
        await journal.until(lambda: "Um..." in kit.transcriber.heard)
        assert journal.of(events.WentOn) == []
        call.line.hear(*silence(1.4))
        assert (await journal.next(events.WentOn)).was == "hesitation"
        await call.line.advance(3.0)
        assert (await call.ended(1)).heard == LONG


async def test_an_um_and_what_it_announced_is_an_interruption(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await spoken_over(call, "Um...")
        await call.heard()
        call.line.instant = True
        call.says(ORDER, pause=1.4)
        await journal.next(events.CutOff)
        await journal.until(lambda: f"Um... {ORDER}" in call.users)
        assert journal.of(events.WentOn) == []


async def test_a_yes_while_the_question_is_asked_answers_it(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        call.line.instant = False
        call.line.type("I want to return my order.")
        await journal.next(events.FirstSound, 2)
        await call.line.advance(0.3)
        call.line.hear(*kit.voice.sound("Yes."), *silence(0.6))
        cut = await journal.next(events.CutOff)
        assert phrases.ASK_ORDER.startswith(cut.heard)


async def test_two_coughs_do_not_end_it_either(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await spoken_over(call, "", after=0.2)
        await journal.next(events.WentOn)
        await call.line.advance(0.3)
        call.line.hear(*kit.voice.sound("", 0.3), *silence(0.6))
        await journal.next(events.WentOn, 2)
        await call.line.advance(3.0)
        assert (await call.ended(1)).heard == LONG


async def test_a_microphone_that_goes_off_does_not_leave_the_bot_silent(
    kit: Kit, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "DEAF_S", 0.01)
    async with calling(kit, journal) as call:
        kit.model.deltas = (LONG,)
        call.line.instant = False
        call.line.type(JOKE)
        await journal.next(events.FirstSound, 2)
        await call.line.advance(0.3)
        call.line.hear(*kit.voice.sound("Wait", 0.3))  # and nothing behind it
        await journal.next(events.Held)
        assert (await journal.next(events.WentOn)).was == "nothing"
        await call.line.advance(3.0)
        assert (await call.ended(1)).heard == LONG


async def test_typing_while_it_is_held_ends_it(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await spoken_over(call, "Um...")
        await journal.next(events.Held)
        call.line.instant = True
        call.line.type(ORDER)
        assert (await call.ended(2)).heard == phrases.ASK_ORDER
        assert journal.of(events.WentOn) == []


async def test_typing_interrupts_and_each_answer_ends_its_own_turn(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        kit.model.deltas = (LONG,)
        call.line.instant = False
        call.line.type(JOKE)
        await journal.next(events.FirstSound, 2)
        await call.line.advance(0.25)
        call.line.instant = True
        call.line.type(ORDER)
        await call.ended(2)
        ends = [(e.turn, e.user, e.heard) for e in journal.of(events.ReplyEnded)]
        assert ends == [(1, JOKE, "One two"), (2, ORDER, phrases.ASK_ORDER)]


async def test_typed_twice_at_once_only_the_last_is_answered(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        call.line.at_once = True
        for _ in range(3):
            call.line.type(JOKE)
        call.line.type(ORDER)
        await journal.until(lambda: ORDER in call.users)
        assert call.line.said[-1] == phrases.ASK_ORDER
        assert kit.synthesizer.most_open == 1


# ------------------------------------------------------------------ starting again


async def test_starting_again_forgets_and_greets(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        call.says(ORDER)
        await call.ended(1)
        call.line.reset()
        await journal.until(lambda: call.line.said[-1] == phrases.WELCOME_BACK)
        assert call.dialogue.state.asked is None
        assert call.dialogue.history.exchanges == ()


async def test_starting_again_in_the_middle_of_an_answer_forgets_that_one_too(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        kit.model.deltas = (LONG,)
        call.line.instant = False
        call.line.type(JOKE)
        await journal.next(events.FirstSound, 2)
        await call.line.advance(0.3)
        call.line.instant = True
        call.line.reset()
        await journal.until(lambda: call.line.said[-1] == phrases.WELCOME_BACK)
        assert call.dialogue.history.exchanges == ()


async def test_the_next_customer_does_not_get_what_the_last_one_proved(
    kit: Kit, journal: Journal
) -> None:
    """Reset while an answer is being prepared, and somebody speaks before the new welcome."""
    async with calling(kit, journal) as call:
        call.dialogue.state = State(verified=frozenset({"ORD123"}))
        kit.transcriber.gate.close()
        call.says("", pause=1.6)
        await journal.next(events.TurnTaken)
        kit.synthesizer.gate.close()
        call.line.reset()
        call.line.hear(*kit.voice.sound(JOKE), *silence(0.2))
        await call.heard()
        assert call.dialogue.state.verified == frozenset()
        kit.transcriber.gate.open()
        kit.synthesizer.gate.open()


# ------------------------------------------------------------------ failures


async def test_an_answer_that_cannot_be_spoken_is_an_apology(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        kit.synthesizer.broken = ("Fine",)
        call.says(JOKE)
        await call.ended(1)
        assert call.line.said[-1] == phrases.TROUBLE
        assert [event.stage for event in journal.of(events.StageFailed)] == ["tts"]
        kit.synthesizer.broken = ()
        call.says(JOKE)
        assert (await call.ended(2)).heard == "Fine, thank you!"


async def test_without_any_voice_the_call_goes_on(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        kit.synthesizer.broken = ("",)
        call.says(JOKE)
        assert (await call.ended(1)).heard == ""
        kit.synthesizer.broken = ()
        call.says(JOKE)
        assert (await call.ended(2)).heard == "Fine, thank you!"


async def test_words_that_could_not_be_transcribed_are_asked_for_again(
    kit: Kit, journal: Journal
) -> None:
    async with calling(kit, journal) as call:
        kit.transcriber.broken = True
        call.says(JOKE)
        await journal.until(lambda: call.line.said[-1] == phrases.NOT_HEARD)
        assert {event.stage for event in journal.of(events.StageFailed)} == {"stt"}
        kit.transcriber.broken = False
        call.says(JOKE)
        await journal.until(lambda: JOKE in call.users)


async def test_without_a_judge_patience_ends_the_turn(
    kit: Kit, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedJudge, "finished", failing_judge)
    async with calling(kit, journal) as call:
        call.says(JOKE, pause=1.5)
        assert (await call.ended(1)).user == JOKE
        assert [event.cause for event in journal.of(events.TurnTaken)] == ["patience"]


async def failing_judge(self: ScriptedJudge, utterance: object) -> float:
    from voicebot.errors import StageError

    raise StageError("the judge is broken")


# ------------------------------------------------------------------ leaving


def _transcribing(kit: Kit) -> None:
    kit.transcriber.gate.close()


def _judging(kit: Kit) -> None:
    kit.judge.gate.close()


def _thinking(kit: Kit) -> None:
    kit.model.gate.close()


def _speaking(kit: Kit) -> None:
    kit.synthesizer.gate.close()


@pytest.mark.parametrize("cancelled", [False, True], ids=["leaves", "is taken away"])
@pytest.mark.parametrize("hang", [_transcribing, _judging, _thinking, _speaking])
async def test_whoever_leaves_leaves_nothing_behind(
    kit: Kit, journal: Journal, hang: Callable[[Kit], None], cancelled: bool
) -> None:
    """Whatever hangs at that moment; `calling` checks what is left."""
    async with calling(kit, journal) as call:
        hang(kit)
        call.says(JOKE, pause=0.8)
        await call.heard()
        gates = (kit.transcriber.gate, kit.judge.gate, kit.model.gate, kit.synthesizer.gate)
        await journal.until(lambda: sum(gate.inside for gate in gates) > 0)
        if cancelled:
            call.running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call.running
        else:
            await call.leaves()
        assert [gate.inside for gate in gates] == [0, 0, 0, 0]


async def test_whoever_leaves_before_the_welcome_is_not_greeted(kit: Kit, journal: Journal) -> None:
    kit.synthesizer.gate.close()
    async with calling(kit, journal, greeted=False) as call:
        await kit.synthesizer.gate.reached()
        await call.leaves()
        assert call.line.said == []


class SlowReturn:
    def __init__(self) -> None:
        self.began, self.go_on, self.done = threading.Event(), threading.Event(), 0

    def run(self, context: ToolContext, **arguments: Any) -> ToolResult:
        self.began.set()
        assert self.go_on.wait(PATIENCE)
        self.done += 1
        return ToolResult(True, {}, "It is done.")


@pytest.fixture
async def slow(shop: Store) -> AsyncIterator[tuple[Kit, SlowReturn]]:
    """A shop whose returns take their time."""
    tool = SlowReturn()
    desk = Desk(
        shop,
        tuple(replace(t, run=tool.run) if t.name == "create_return" else t for t in load_tools()),
    )
    kit = Kit(desk)
    await kit.understander.prepare()
    yield kit, tool
    tool.go_on.set()
    await asyncio.to_thread(desk.close)


CONFIRMING = State(
    "confirm",
    Task("create_return", "ORD124", reason="too loud"),
    verified=frozenset({"ORD124"}),
)


async def began(tool: SlowReturn) -> None:
    assert await asyncio.to_thread(tool.began.wait, PATIENCE)


async def test_a_return_that_has_begun_is_finished_although_the_customer_leaves(
    slow: tuple[Kit, SlowReturn], journal: Journal
) -> None:
    kit, tool = slow
    async with calling(kit, journal) as call:
        call.dialogue.state = CONFIRMING
        call.line.type("Yes.")
        await began(tool)
        call.line.leave()
        await call.heard()
        assert not call.running.done()
        tool.go_on.set()
        async with asyncio.timeout(PATIENCE):
            await call.running
        assert tool.done == 1


async def test_an_answer_waits_for_the_change_that_the_last_one_began(
    slow: tuple[Kit, SlowReturn], journal: Journal
) -> None:
    """However many were typed meanwhile: one answer at a time, and the last is heard whole."""
    kit, tool = slow
    async with calling(kit, journal) as call:
        call.dialogue.state = CONFIRMING
        call.line.type("Yes.")
        await began(tool)
        call.line.type(JOKE)
        call.line.type(JOKE)
        await call.heard()
        assert call.line.said == [WELCOME]
        tool.go_on.set()
        await journal.until(lambda: JOKE in call.users)
        assert tool.done == 1
        assert journal.of(events.ReplyEnded)[-1].heard == "Fine, thank you!"
        assert call.line.said[-1] == "Fine, thank you!"


# ------------------------------------------------------------------ two customers


async def test_two_customers_share_the_models_and_nothing_else(kit: Kit, journal: Journal) -> None:
    other_journal = Journal()
    async with (
        calling(kit, journal, "desk-1") as one,
        calling(kit, other_journal, "desk-2") as other,
    ):
        one.says("Where is my order ORD123?")
        other.says(ORDER)
        await one.ended(1)
        await other.ended(1)
        assert one.dialogue.state.asked == "proof"
        assert other.dialogue.state.asked == "order_id"
        one.says("Doe.")
        other.says(JOKE)
        await one.ended(2)
        await other.ended(2)
        assert one.dialogue.state.verified == {"ORD123"}
        assert other.dialogue.state.verified == frozenset()
        assert [e.user for e in one.dialogue.history.exchanges][-1] == "Doe."
        assert [e.user for e in other.dialogue.history.exchanges][-1] == JOKE
        assert kit.detector.streams == 2
        assert {event.room for event in journal.events} == {"desk-1"}


# ------------------------------------------------------------------ changes and second thoughts


async def test_whoever_goes_on_after_a_yes_has_one_return_and_is_told_of_it(
    kit: Kit, journal: Journal, shop: Store
) -> None:
    """The return is made, its words do not sound yet: it is too late to say that it was not."""
    async with calling(kit, journal) as call:
        call.dialogue.state = CONFIRMING
        kit.synthesizer.gate.close()
        call.says("Yes.")
        await kit.synthesizer.gate.reached()
        assert len(shop.returns()) == 1
        call.line.hear(*kit.voice.sound("No wait."))
        await call.heard()
        kit.synthesizer.gate.open()
        ended = await call.ended(1)
        assert (ended.user, "RET-ORD124" in ended.heard) == ("Yes.", True)
        call.line.hear(*silence(0.4))
        assert (await call.ended(2)).user == "No wait."
        assert len(shop.returns()) == 1
        assert phrases.NO_RETURN not in call.line.said


async def test_a_yes_counts_once_although_its_answer_was_cut_while_it_was_carried_out(
    slow: tuple[Kit, SlowReturn], journal: Journal
) -> None:
    kit, tool = slow
    async with calling(kit, journal) as call:
        call.dialogue.state = CONFIRMING
        call.line.type("Yes.")
        await began(tool)
        call.line.type("No.")
        await call.heard()
        tool.go_on.set()
        await journal.until(lambda: "No." in call.users)
        assert tool.done == 1
        assert phrases.NO_RETURN not in call.line.said


# ------------------------------------------------------------------ a yes, and what it is worth


async def asked_for_a_reason(call: Call) -> None:
    for nth, words in enumerate(("I want to return my order.", "ORD124.", "Smith."), 1):
        call.line.type(words)
        await call.ended(nth)


async def test_a_yes_to_a_question_that_was_not_heard_changes_nothing(
    kit: Kit, journal: Journal, shop: Store
) -> None:
    async with calling(kit, journal) as call:
        await asked_for_a_reason(call)
        call.line.instant = False
        call.line.type("They are too loud.")
        await journal.until(lambda: call.dialogue.state.asked == "confirm")
        call.line.instant = True
        call.line.type("Yes.")
        await journal.until(lambda: call.users[-1:] == ["Yes."])
        assert call.line.said[-1] == phrases.ASK_REASON
        assert shop.returns() == ()


@pytest.mark.parametrize("rounds", range(6))
@pytest.mark.parametrize("speaks", [False, True], ids=["types", "speaks"])
async def test_what_an_answer_makes_of_the_state_after_it_was_cut_does_not_count(
    kit: Kit,
    journal: Journal,
    shop: Store,
    monkeypatch: pytest.MonkeyPatch,
    rounds: int,
    speaks: bool,
) -> None:
    """Whether the order may be returned is known at the moment at which the customer goes on: the
    question that follows is not put to them."""
    gate = Gate()
    look = kit.desk.returnable

    async def returnable(order_id: str) -> tuple[str | None, tuple[str, ...]]:
        found = await look(order_id)
        await gate.passed()
        return found

    monkeypatch.setattr(kit.desk, "returnable", returnable)
    async with calling(kit, journal) as call:
        await asked_for_a_reason(call)
        gate.close()
        call.line.type("They are too loud.")
        await gate.reached()
        if speaks:
            call.line.at_once = True
            call.says("Yes.")
        else:
            call.line.type("Yes.")
        await settled(rounds)
        gate.open()
        await journal.until(lambda: "Yes." in "".join(call.users))
        assert shop.returns() == ()
        assert call.dialogue.state.asked == "reason"


async def test_a_typed_no_is_not_lost_by_speaking_over_its_answer(
    kit: Kit, journal: Journal, shop: Store
) -> None:
    async with calling(kit, journal) as call:
        await asked_for_a_reason(call)
        call.line.type("They are too loud.")
        await call.ended(4)
        call.line.instant = False
        call.line.type("Never mind.")
        await journal.until(lambda: call.dialogue.state.asked is None and call.line.queued > 0)
        call.line.instant = True
        call.says("Yes.")
        await journal.until(lambda: call.users[-1:] == ["Yes."])
        assert shop.returns() == ()
