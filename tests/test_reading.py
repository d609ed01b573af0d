"""Whole dialogues whose words lean on what went before, or ask for several things at once."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from tests.fakes import Journal, Kit
from voicebot import events
from voicebot.dialogue import phrases
from voicebot.dialogue.subjects import Goods, OrderNamed, of
from voicebot.session import Dialogue
from voicebot.stages import Hit
from voicebot.store import Store

_SAID = "The warranty on the wireless headphones is two years long."
WARRANTY = Hit(_SAID, 0.9, "warranty.pdf", 1, passage=_SAID, passage_id="w", keywords=1.0)


@pytest.fixture
def dialogue(kit: Kit, journal: Journal) -> Dialogue:
    return kit.dialogue(journal)


async def talk(kit: Kit, dialogue: Dialogue, *texts: str) -> str:
    """What is said to the last of them."""
    said = ""
    for text in texts:
        async with aclosing(kit.replier.words(dialogue, text)) as parts:
            said = "".join([part async for part in parts if isinstance(part, str)]).strip()
    return said


def ran(journal: Journal) -> list[tuple[str, str]]:
    found = journal.of(events.ToolRan)
    return [(event.name, str(next(iter(event.arguments.values())))) for event in found]


async def test_two_things_asked_at_once_are_answered_in_order(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    said = await talk(kit, dialogue, "Do you have headphones, and do you have earbuds?")
    assert said.index("Headphones") < said.index("Earbuds")
    assert [name for name, _ in ran(journal)] == ["search_products"] * 2


async def test_what_has_to_wait_is_taken_up_when_our_question_is_answered(
    kit: Kit, dialogue: Dialogue
) -> None:
    asked = "Where is my order and do you have headphones?"
    assert await talk(kit, dialogue, asked) == phrases.ASK_ORDER
    assert [*dialogue.state.waiting] == ["do you have headphones?"]
    assert "last name" in await talk(kit, dialogue, "ORD123.")
    said = await talk(kit, dialogue, "Doe.")
    assert said.index("shipped") < said.index(phrases.NEXT) < said.index("Yes, the Wireless")
    assert "tracking number?" not in said
    assert not dialogue.state.waiting
    assert dialogue.state.said == said.replace(f"{phrases.NEXT} ", "")


async def test_what_waits_is_taken_up_when_the_first_is_dropped(
    kit: Kit, dialogue: Dialogue
) -> None:
    said = await talk(kit, dialogue, "Where is my order and do you have headphones?", "Never mind.")
    assert said.startswith(f"{phrases.LEFT} {phrases.NEXT}")
    assert "Wireless Headphones" in said


async def test_a_yes_makes_one_return_however_many_were_asked_for(
    kit: Kit, dialogue: Dialogue, shop: Store
) -> None:
    said = await talk(
        kit,
        dialogue,
        "I want to return order ORD124 and order ORD123.",
        "Smith.",
        "Too loud.",
        "Yes.",
    )
    assert [made.order_id for made in shop.returns()] == ["ORD124"]
    assert "ORD123" in said
    assert dialogue.state.asked == "proof"
    await talk(kit, dialogue, "Yes.", "Yes.")
    assert len(shop.returns()) == 1


async def test_a_yes_with_more_in_it_is_none(kit: Kit, dialogue: Dialogue, shop: Store) -> None:
    await talk(kit, dialogue, "I want to return order ORD124, name is Smith.", "Too loud.")
    assert dialogue.state.asked == "confirm"
    await talk(kit, dialogue, "Yes, and do you have headphones?")
    assert shop.returns() == ()


async def test_asking_for_it_once_more_is_no_yes(kit: Kit, dialogue: Dialogue, shop: Store) -> None:
    said = await talk(kit, dialogue, "I want to return ORD124, name is Smith.", "Too loud.")
    again = await talk(kit, dialogue, "I'd like to return it.")
    assert shop.returns() == ()
    assert again in (said, phrases.YES_OR_NO)
    await talk(kit, dialogue, "Yes, I'd like to return it.")
    assert [made.reason for made in shop.returns()] == ["Too loud."]


async def test_the_same_is_not_looked_up_twice_in_a_turn(
    kit: Kit, dialogue: Dialogue, journal: Journal
) -> None:
    said = await talk(kit, dialogue, "Where is my order, and when will it arrive?", "ORD123, Doe.")
    assert ran(journal) == [("check_order_status", "ORD123")]
    assert said.count("shipped") == 1


async def test_a_name_given_with_the_number_is_taken(kit: Kit, dialogue: Dialogue) -> None:
    assert "shipped" in await talk(kit, dialogue, "Where is ORD123? The name is Doe.")


async def test_a_name_given_before_the_number_is_kept(kit: Kit, dialogue: Dialogue) -> None:
    first = "Hello, this is John Doe, my order hasn't arrived."
    assert "shipped" in await talk(kit, dialogue, first, "ORD123.")


@pytest.mark.parametrize(
    "aside",
    ["Do you have headphones?", "How long is the warranty?", "Let me look.", "Hold on a moment."],
)
async def test_talk_while_the_name_is_asked_is_no_attempt(
    kit: Kit, dialogue: Dialogue, shop: Store, aside: str
) -> None:
    await talk(kit, dialogue, "Where is order ORD123?", aside, aside)
    assert [entry for entry in shop.audit() if entry.kind == "verify"] == []
    assert "shipped" in await talk(kit, dialogue, "Doe.")


async def test_a_proved_order_is_returned_without_its_number(
    kit: Kit, dialogue: Dialogue, shop: Store
) -> None:
    await talk(kit, dialogue, "Where is order ORD124, name is Smith?")
    assert await talk(kit, dialogue, "I'd like to return it.") == phrases.ASK_REASON
    await talk(kit, dialogue, "Too loud.", "Yes.")
    assert [made.order_id for made in shop.returns()] == ["ORD124"]


async def test_an_order_that_was_only_named_still_has_to_be_proved(
    kit: Kit, dialogue: Dialogue, shop: Store
) -> None:
    said = await talk(kit, dialogue, "Where is order ORD124?", "No wait, I want to return it.")
    assert said == phrases.ask_proof("ORD124", "last_name")
    assert "match" in await talk(kit, dialogue, "Miller.")
    assert shop.returns() == ()


async def test_a_change_of_mind_goes_back_to_the_other_order(kit: Kit, dialogue: Dialogue) -> None:
    await talk(kit, dialogue, "Where is order ORD123?", "Doe.", "And order ORD124?")
    assert "ORD123" in await talk(kit, dialogue, "Actually the other order.")
    assert [one.order_id for one in of(dialogue.state.subjects, OrderNamed)] == [
        "ORD123",
        "ORD124",
    ]


async def test_the_reason_may_be_changed_before_the_yes(
    kit: Kit, dialogue: Dialogue, shop: Store
) -> None:
    said = await talk(
        kit, dialogue, "I want to return ORD124, name is Smith.", "Too loud.", "Actually it broke."
    )
    assert "Reason: it broke. Shall I" in said
    assert shop.returns() == ()
    await talk(kit, dialogue, "Yes.")
    assert [made.reason for made in shop.returns()] == ["it broke."]


async def test_an_order_is_returned_as_a_whole(kit: Kit, dialogue: Dialogue, shop: Store) -> None:
    said = await talk(
        kit, dialogue, "I want to return ORD124, name is Smith.", "Too loud.", "Only one of them."
    )
    assert said == phrases.whole_order("ORD124")
    await talk(kit, dialogue, "No.")
    assert shop.returns() == ()


async def test_it_is_what_was_searched_for(kit: Kit, dialogue: Dialogue, journal: Journal) -> None:
    await talk(kit, dialogue, "Do you have headphones?", "Is it in stock?")
    assert ran(journal)[-1] == ("search_products", "Wireless Headphones")
    assert len(of(dialogue.state.subjects, Goods)) == 2


async def test_a_question_about_it_is_asked_with_its_name(kit: Kit, dialogue: Dialogue) -> None:
    kit.knowledge.found["How long is the warranty on the Wireless Headphones?"] = [WARRANTY]
    await talk(kit, dialogue, "Do you have headphones?")
    assert await talk(kit, dialogue, "How long is the warranty on it?") == WARRANTY.sentence
    assert "in stock" in await talk(kit, dialogue, "And is it in stock?")


async def test_goods_that_nobody_has_are_said_to_be_missing(kit: Kit, dialogue: Dialogue) -> None:
    assert "couldn't find" in await talk(kit, dialogue, "Do you have umbrellas?")


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("Thanks. And ORD124?", "check_order_status"),
        ("My order ORD124 came today and I want to send it back.", "create_return"),
    ],
)
async def test_an_orders_number_alone_asks_where_it_is(
    kit: Kit, dialogue: Dialogue, text: str, tool: str
) -> None:
    await talk(kit, dialogue, text)
    assert dialogue.state.task is not None
    assert (dialogue.state.task.tool, dialogue.state.task.order_id) == (tool, "ORD124")


async def test_a_goodbye_with_more_in_it(kit: Kit, dialogue: Dialogue) -> None:
    assert await talk(kit, dialogue, "That's everything, goodbye.") == phrases.GOODBYE
