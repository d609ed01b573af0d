"""Which means answers, and what becomes of it when a stage fails or the customer has gone."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tests.fakes import Journal, Kit, ScriptedAcoustics, settled
from voicebot import events
from voicebot.audio import Speech
from voicebot.dialogue import phrases, prompt
from voicebot.dialogue.steps import State, Task
from voicebot.dialogue.subjects import Question
from voicebot.reply import UNSURE
from voicebot.session import Dialogue
from voicebot.stages import Card, Hit
from voicebot.store import Store

QUESTION = "Is water damage covered?"
HIT = Hit(
    "Water damage is not covered by the warranty.",
    0.8,
    "warranty.pdf",
    3,
    passage="Water damage is not covered by the warranty.",
    passage_id="w1",
)
JOKE = "Tell me a joke."


@pytest.fixture
def dialogue(kit: Kit, journal: Journal) -> Dialogue:
    return kit.dialogue(journal)


async def answer(kit: Kit, dialogue: Dialogue, text: str) -> str:
    """The whole answer; cards are left out."""
    async with aclosing(kit.replier.words(dialogue, text)) as parts:
        return "".join([part async for part in parts if isinstance(part, str)]).strip()


def means(journal: Journal) -> list[str]:
    return [event.means for event in journal.of(events.MeansChosen)]


# ------------------------------------------------------------------ the means


async def test_an_order_is_told_of_after_number_and_proof(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    assert await answer(kit, dialogue, "Where is my order?") == phrases.ASK_ORDER
    asked = await answer(kit, dialogue, "One two three.")
    assert asked == phrases.ask_proof("ORD123", "last_name")
    told = await answer(kit, dialogue, "Doe.")
    assert "ORD123" in told or "shipped" in told
    assert means(journal) == ["dialogue", "dialogue", "tool"]
    ran = journal.of(events.ToolRan)[0]
    assert (ran.name, ran.arguments) == ("check_order_status", {"order_id": "ORD123"})
    assert dialogue.state.said == told


async def test_a_yes_gets_what_the_tool_offered(kit: Kit, dialogue: Dialogue) -> None:
    await answer(kit, dialogue, "Where is my order ORD123?")
    assert (await answer(kit, dialogue, "Doe.")).endswith("tracking number?")
    assert "tracking number ends in" in await answer(kit, dialogue, "Yes, please.")
    assert dialogue.state.asked is None


@pytest.mark.parametrize(("reply", "said"), [("No.", phrases.STOPPED), ("Thanks!", phrases.THANKS)])
async def test_an_offer_may_be_left(kit: Kit, dialogue: Dialogue, reply: str, said: str) -> None:
    await answer(kit, dialogue, "Where is my order ORD123?")
    await answer(kit, dialogue, "Doe.")
    assert await answer(kit, dialogue, reply) == said


async def test_the_sound_decides_where_the_words_leave_doubt(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    await answer(kit, dialogue, "Where is my order ORD123?")
    dialogue.acoustics = ScriptedAcoustics({"It's Doe.": -2.0, "It's Doan.": -1.0})
    assert "ORD123" in await answer(kit, dialogue, "It's Doan.")
    assert [event.decided for event in journal.of(events.HeldAgainstSound)] == [True]
    assert len(journal.of(events.ToolRan)) == 1


async def test_typed_words_are_never_held_against_an_earlier_sound(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    await answer(kit, dialogue, "Where is my order ORD123?")
    dialogue.acoustics = ScriptedAcoustics({"Doan.": -1.0, "Doe.": -1.0})
    dialogue.begin_turn("typed")
    assert await answer(kit, dialogue, "Doan.") == phrases.ask_proof_again("ORD123", "last_name")
    assert journal.of(events.ToolRan) == []


async def test_several_names_at_once_prove_nothing(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    await answer(kit, dialogue, "Where is my order ORD123?")
    said = await answer(kit, dialogue, "Smith, Doe.")
    assert said == phrases.ask_proof_again("ORD123", "last_name")
    assert journal.of(events.ToolRan) == []


async def test_what_nobody_knows_leaves_our_question_open(kit: Kit, dialogue: Dialogue) -> None:
    await answer(kit, dialogue, "Where is my order ORD123?")
    await answer(kit, dialogue, "Who painted that?")
    assert dialogue.state.asked == "proof"


async def test_nothing_of_an_order_is_told_to_somebody_else(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    await answer(kit, dialogue, "Where is my order ORD123?")
    for _ in range(3):
        said = await answer(kit, dialogue, "Miller.")
        assert "shipped" not in said
        assert "Doe" not in said
    assert journal.of(events.ToolRan) == []


async def test_a_return_is_made_after_a_yes_and_once(
    kit: Kit, dialogue: Dialogue, shop: Store, journal: Journal
) -> None:
    await answer(kit, dialogue, "I want to return my order.")
    await answer(kit, dialogue, "ORD124.")
    assert await answer(kit, dialogue, "Smith.") == phrases.ASK_REASON
    assert "Shall I" in await answer(kit, dialogue, "They are too loud.")
    assert shop.returns() == ()
    assert "RET-ORD124" in await answer(kit, dialogue, "Yes.")
    assert [made.order_id for made in shop.returns()] == ["ORD124"]
    assert means(journal)[-1] == "tool"
    await answer(kit, dialogue, "Yes.")
    assert len(shop.returns()) == 1


async def test_products_are_searched_and_shown_before_they_are_named(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    async with aclosing(kit.replier.words(dialogue, "Do you have headphones?")) as parts:
        given = [part async for part in parts]
    assert isinstance(given[0], Card)
    assert given[0].kind == "products"
    assert "Wireless Headphones" in str(given[1])
    assert means(journal) == ["tool"]


async def test_a_question_is_answered_with_the_shops_own_sentence(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    kit.knowledge.found[QUESTION] = [HIT]
    async with aclosing(kit.replier.words(dialogue, QUESTION)) as parts:
        given = [part async for part in parts]
    shown = {"text": HIT.sentence, "source": "warranty.pdf", "page": 3, "modified": 0.0}
    assert given == [Card("quote", shown), HIT.sentence]
    assert means(journal) == ["quote"]
    found = journal.of(events.PassagesFound)[0].passages
    assert found == (
        {
            "source": "warranty.pdf",
            "page": 3,
            "text": HIT.sentence,
            "score": HIT.score,
            "keywords": 0.0,
            "modified": 0.0,
        },
    )
    assert kit.model.requests == []


async def test_what_the_catalogue_has_not_may_stand_in_the_documents(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    asked = "Do you have parking?"
    said = await answer(kit, dialogue, asked)
    assert said == f"I'm sorry, I couldn't find that in our range. {phrases.COLLEAGUE}"
    assert means(journal) == ["tool", "unknown"]
    assert journal.of(events.Unanswered)[0].question == asked
    told = "Parking is behind the house."
    kit.knowledge.found[asked] = [Hit(told, 0.4, "visit.pdf", 1, keywords=1.0)]
    assert await answer(kit, dialogue, asked) == told
    assert means(journal)[2:] == ["quote"]


async def test_the_documents_tell_what_holds_in_a_case_before_an_order_is_asked_for(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    asked = "I opened it, can I return this order?"
    assert await answer(kit, dialogue, asked) == phrases.ASK_ORDER
    told = "What was opened can be returned if it is complete."
    kit.knowledge.found[asked] = [Hit(told, 0.6, "returns.pdf", 1, keywords=1.0)]
    fresh = kit.dialogue(journal, "desk-2")
    assert await answer(kit, fresh, asked) == told
    assert means(journal) == ["dialogue", "quote"]
    named = "It is ORD123. I opened it, can I return this order?"
    kit.knowledge.found[named] = kit.knowledge.found[asked]
    assert await answer(kit, fresh, named) == phrases.ask_proof("ORD123", "last_name")


async def test_what_the_documents_do_not_say_is_not_invented(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    assert await answer(kit, dialogue, QUESTION) == phrases.UNKNOWN
    assert means(journal) == ["unknown"]
    assert journal.of(events.Unanswered)[0].question == QUESTION
    assert await answer(kit, dialogue, "Yes, please.") == phrases.STAFF_COMES
    assert journal.of(events.StaffCalled)[0].question == QUESTION


async def test_a_question_that_leans_on_the_last_one_is_asked_whole(
    kit: Kit, dialogue: Dialogue
) -> None:
    express = Hit("Express: 2 days, $12.99.", 0.7, "shipping.pdf", 1)
    kit.knowledge.found[QUESTION] = [HIT]
    kit.knowledge.found[f"{QUESTION} Express?"] = [HIT, express]
    await answer(kit, dialogue, QUESTION)
    assert await answer(kit, dialogue, "And express?") == express.sentence
    assert dialogue.state.subjects == (Question(QUESTION),)


async def test_a_pronoun_that_finds_nothing_is_tried_with_the_last_question(
    kit: Kit, dialogue: Dialogue
) -> None:
    dry = Hit("The tracker is waterproof to 50 meters.", 0.9, "manual.pdf", 1)
    kit.knowledge.found[QUESTION] = [HIT]
    kit.knowledge.found[f"{QUESTION} Is it waterproof?"] = [dry]
    await answer(kit, dialogue, QUESTION)
    assert await answer(kit, dialogue, "Is it waterproof?") == dry.sentence


@pytest.mark.parametrize(
    ("text", "means_"),
    [
        ("Can I return opened earbuds?", "unknown"),
        ("What does the code WS-304 mean?", "unknown"),
        ("Can I return my order?", "dialogue"),
        ("Where is order number 123?", "dialogue"),
    ],
)
async def test_rules_and_part_numbers_are_no_orders(
    kit: Kit, dialogue: Dialogue, journal: Journal, text: str, means_: str
) -> None:
    await answer(kit, dialogue, text)
    assert means(journal) == [means_]


async def test_small_talk_is_the_models(kit: Kit, dialogue: Dialogue, journal: Journal) -> None:
    assert await answer(kit, dialogue, JOKE) == "Fine, thank you!"
    assert means(journal) == ["model"]
    assert len(journal.of(events.FirstToken)) == 1
    assert kit.model.open == 0


async def test_side_questions_leave_the_open_question_open(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    kit.knowledge.found[QUESTION] = [HIT]
    await answer(kit, dialogue, "Where is my order?")
    assert await answer(kit, dialogue, QUESTION) == HIT.sentence
    asked = await answer(kit, dialogue, "ORD123")
    assert asked == phrases.ask_proof("ORD123", "last_name")


async def test_words_that_answer_nothing_are_asked_again(kit: Kit, dialogue: Dialogue) -> None:
    await answer(kit, dialogue, "Where is my order?")
    assert await answer(kit, dialogue, "Zebras, xylophone.") == phrases.ASK_ORDER_AGAIN


async def test_the_last_answer_can_be_heard_again(kit: Kit, dialogue: Dialogue) -> None:
    assert await answer(kit, dialogue, "Say that again.") == phrases.NOTHING_TO_REPEAT
    said = await answer(kit, dialogue, "Where is my order?")
    assert await answer(kit, dialogue, "Say that again.") == said
    assert dialogue.state.asked == "order_id"
    assert await answer(kit, dialogue, "Never mind.") == phrases.STOPPED
    assert await answer(kit, dialogue, JOKE) == await answer(kit, dialogue, "Say that again.")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Thank you!", phrases.THANKS),
        ("Goodbye.", phrases.GOODBYE),
        ("Hello!", phrases.HELLO),
        ("Hello there, how are you?", phrases.FINE),
    ],
)
async def test_courtesy_wants_no_looking_up(
    kit: Kit, dialogue: Dialogue, journal: Journal, said: str, expected: str
) -> None:
    assert await answer(kit, dialogue, said) == expected
    assert means(journal) == ["dialogue"]
    assert journal.of(events.PassagesFound) == []


# ------------------------------------------------------------------ small talk that claims


@pytest.mark.parametrize(
    ("deltas", "said"),
    [
        (("We open at 9. ", "Come by!"), prompt.SMALL_TALK_FALLBACK),
        (("How nice! ", "Shipping is free. ", "Bye!"), "How nice!"),
        ((), prompt.SMALL_TALK_FALLBACK),
    ],
)
async def test_what_nobody_has_checked_is_not_said(
    kit: Kit, dialogue: Dialogue, deltas: tuple[str, ...], said: str
) -> None:
    kit.model.deltas = deltas
    assert await answer(kit, dialogue, JOKE) == said
    assert dialogue.state.said == said


async def test_a_model_that_has_made_a_claim_is_stopped(kit: Kit, dialogue: Dialogue) -> None:
    kit.model.deltas = ("It is free. ", *["Really. "] * 50)
    await answer(kit, dialogue, JOKE)
    assert kit.model.given < 5
    assert kit.model.open == 0


# ------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    ("after", "said"), [(0, prompt.SMALL_TALK_FALLBACK), (1, "How nice!"), (2, "How nice! Really.")]
)
async def test_a_model_that_fails_leaves_what_was_said(
    kit: Kit, dialogue: Dialogue, journal: Journal, after: int, said: str
) -> None:
    kit.model.deltas = ("How nice! ", "Really. ", "Oh ")
    kit.model.fails_after = after
    assert await answer(kit, dialogue, JOKE) == said
    assert [event.stage for event in journal.of(events.StageFailed)] == ["llm"]


async def test_a_shop_that_cannot_be_read_is_an_apology(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    before = dialogue.state
    await asyncio.to_thread(kit.desk.close)
    assert await answer(kit, dialogue, "Where is my order?") == phrases.TROUBLE
    assert means(journal) == ["apology"]
    assert len(journal.of(events.StageFailed)) == 1
    assert dialogue.state == before


# ------------------------------------------------------------------ when the state moves


async def test_the_state_moves_only_when_words_are_given_out(kit: Kit, dialogue: Dialogue) -> None:
    before = dialogue.state
    parts = kit.replier.words(dialogue, "Where is my order?")
    await parts.aclose()
    assert dialogue.state == before

    async with aclosing(kit.replier.words(dialogue, "Where is my order?")) as parts:
        assert await anext(parts) == phrases.ASK_ORDER
        assert dialogue.state.asked == "order_id"


async def test_cancelled_before_its_words_it_leaves_the_state(kit: Kit, dialogue: Dialogue) -> None:
    task = asyncio.ensure_future(answer(kit, dialogue, "Where is my order?"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert dialogue.state == State()


async def test_closing_it_mid_way_closes_the_model_before_it_returns(
    kit: Kit, dialogue: Dialogue
) -> None:
    kit.model.deltas = ["Well. "] * 50
    parts = kit.replier.words(dialogue, JOKE)
    await anext(parts)
    assert kit.model.open == 1
    await parts.aclose()
    assert kit.model.open == 0


async def test_closing_the_sound_closes_the_voice_and_the_model(
    kit: Kit, dialogue: Dialogue
) -> None:
    kit.model.deltas = ["Well. "] * 50
    sound = kit.replier.sound(dialogue, JOKE)
    await anext(sound)
    assert (kit.model.open, kit.synthesizer.open) == (1, 1)
    await sound.aclose()
    assert (kit.model.open, kit.synthesizer.open) == (0, 0)


async def test_cancelling_while_the_model_thinks_closes_it(kit: Kit, dialogue: Dialogue) -> None:
    kit.model.gate.close()
    task = asyncio.ensure_future(answer(kit, dialogue, JOKE))
    await kit.model.gate.reached()
    assert kit.model.open == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settled()
    assert kit.model.open == 0


# ------------------------------------------------------------------ sound


async def test_the_first_clause_sounds_while_the_rest_is_being_written(
    kit: Kit, dialogue: Dialogue
) -> None:
    kit.synthesizer.pieces = 2
    kit.model.deltas = ("How nice! ", "I like it. ")
    sound = kit.replier.sound(dialogue, JOKE)
    first = await anext(sound)
    assert isinstance(first, Speech)
    assert first.text == "How nice!"
    assert kit.model.given == 1
    rest = [part async for part in sound]
    assert [part.text for part in rest if isinstance(part, Speech)] == ["", "I like it.", ""]


async def test_all_but_the_first_clause_may_wait_for_who_hears_nothing_yet(
    kit: Kit, dialogue: Dialogue
) -> None:
    kit.model.deltas = ("How nice! ", "I like it. ", "Really.")
    sound = [part async for part in kit.replier.sound(dialogue, JOKE)]
    assert len(sound) == 3
    assert kit.synthesizer.ahead == kit.synthesizer.asked[1:] == ["I like it.", "Really."]
    await kit.replier.speaker.say(dialogue, "Hello.").__anext__()
    assert kit.synthesizer.ahead == kit.synthesizer.asked[1:3]


async def test_a_caption_shows_what_is_written_and_the_voice_gets_what_is_spoken(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    pieces = [piece async for piece in kit.replier.speaker.say(dialogue, "It costs $5.")]
    assert pieces[0].text == "It costs $5."
    assert "$" not in kit.synthesizer.asked[0]
    ready = journal.of(events.ClauseReady)
    assert [event.text for event in ready] == ["It costs $5."]


async def test_events_say_whose_they_are(kit: Kit, dialogue: Dialogue, journal: Journal) -> None:
    dialogue.begin_turn("typed")
    await answer(kit, dialogue, "Where is my order?")
    dialogue.end_turn("Where is my order?", "Sure.", "Sure.")
    assert {(event.room, event.turn) for event in journal.events} == {("desk-1", 1)}


async def test_the_model_chats_without_what_was_said_of_orders(
    kit: Kit, dialogue: Dialogue
) -> None:
    for said, chat in (("Thanks!", False), (JOKE, True), (JOKE, True)):
        parts = [part async for part in kit.replier.words(dialogue, said)]
        dialogue.end_turn(said, "", "".join(part for part in parts if isinstance(part, str)))
        assert dialogue.history.exchanges[-1].chat == chat
    first, second = kit.model.requests[-2:]
    assert [one.content for one in second.messages[len(first.messages) - 1 :]][::2] == [JOKE, JOKE]


def test_an_answer_that_nobody_heard_is_no_part_of_the_history(dialogue: Dialogue) -> None:
    dialogue.end_turn("Where is it?", "It is here.", "")
    assert dialogue.history.exchanges == ()


def test_starting_again_forgets_the_customer(dialogue: Dialogue) -> None:
    dialogue.end_turn("Where is it?", "It is here.", "It is here.")
    dialogue.state = State("proof", Task("create_return", "ORD124"), frozenset({"ORD124"}))
    dialogue.forget()
    assert (dialogue.state, dialogue.history.exchanges) == (State(), ())


async def test_what_makes_no_sense_is_heard_once_more_with_the_shop_s_words(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    heard, said = "Do you have sport earpubs?", "Do you have sport earbuds?"
    dialogue.acoustics = ScriptedAcoustics({heard: -1.0, said: -2.0}, told=said)
    assert "Sport Earbuds" in await answer(kit, dialogue, heard)
    assert dialogue.acoustics is None, "once a turn"


async def test_a_yes_to_a_change_is_never_heard_out_of_other_words(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    for text in ("I want to return order ORD124.", "Smith.", "It is broken."):
        await answer(kit, dialogue, text)
    dialogue.acoustics = ScriptedAcoustics({"Yas.": -1.0, "Yes.": -1.0}, told="Yes.")
    assert await answer(kit, dialogue, "Yas.") == phrases.YES_OR_NO
    assert not any(ran.name == "create_return" for ran in journal.of(events.ToolRan))


async def test_an_order_number_with_a_digit_too_many_is_held_against_the_sound(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    await answer(kit, dialogue, "Where is my order?")
    dialogue.acoustics = ScriptedAcoustics({"1223.": -2.0, "123.": -2.0})
    assert await answer(kit, dialogue, "1223.") == phrases.ask_proof("ORD123", "last_name")
    assert [event.decided for event in journal.of(events.HeldAgainstSound)] == [True]


async def test_a_typed_number_with_a_digit_too_many_is_asked_for_again(
    kit: Kit, dialogue: Dialogue
) -> None:
    await answer(kit, dialogue, "Where is my order?")
    assert await answer(kit, dialogue, "1223.") == phrases.ask_order_heard("1223")


@pytest.mark.parametrize(
    "heard", ["Do you carry what cancee?", "When do you hope in the mindless?", "San, much."]
)
async def test_unsure_words_that_lead_nowhere_are_asked_for_once_more(
    kit: Kit, dialogue: Dialogue, heard: str
) -> None:
    misheard = ScriptedAcoustics({}, confidence=UNSURE - 0.1)
    dialogue.acoustics = misheard
    assert await answer(kit, dialogue, heard) == phrases.NOT_HEARD
    dialogue.acoustics = misheard
    assert await answer(kit, dialogue, heard) != phrases.NOT_HEARD, "once"


async def test_clear_words_that_lead_nowhere_are_answered(kit: Kit, dialogue: Dialogue) -> None:
    dialogue.acoustics = ScriptedAcoustics({}, confidence=UNSURE + 0.1)
    assert "couldn't find" in await answer(kit, dialogue, "Do you sell washing machines?")


async def test_an_answer_to_a_question_of_ours_is_heard_by_who_expects_no_request(
    kit: Kit, dialogue: Dialogue
) -> None:
    await answer(kit, dialogue, "Where is my order ORD123?")
    dialogue.acoustics = ScriptedAcoustics({}, plain="Doe.")
    assert "ORD123" in await answer(kit, dialogue, "How much is the webcam?")
    assert dialogue.state.verified == {"ORD123"}


async def test_a_number_is_taken_from_who_expects_one(kit: Kit, dialogue: Dialogue) -> None:
    await answer(kit, dialogue, "Where is my order ORD124?")
    dialogue.acoustics = ScriptedAcoustics({}, plain="No one's racist.")
    told = await answer(kit, dialogue, "No, one two three.")
    assert told == phrases.ask_proof("ORD123", "last_name")
