"""What customers answer when the bot asks back."""

from __future__ import annotations

import pytest

from voicebot.dialogue import phrases
from voicebot.evaluation.asked_back import objection, reply

PROOF = phrases.ask_proof("ORD123", "last_name")


@pytest.mark.parametrize(
    ("said", "say", "answer"),
    [
        ("Where is order ORD123?", phrases.ask_which(("ORD123",)), "Yes."),
        ("Where is order ORD123?", phrases.ask_which(("ORD133",)), "No, 1 2 3."),
        ("Where is order one two three?", phrases.ask_which(("ORD123", "ORD133")), "1 2 3."),
        ("Order one two three, no sorry, one two four.", phrases.ASK_ORDER_AGAIN, "1 2 4."),
        ("No, one two six, not one two seven.", phrases.ASK_ORDER, "1 2 6."),
        ("Where is order ORD133?", phrases.ask_order_heard("1133"), "1 3 3."),
        ("Where is order ORD133?", PROOF, "No, 1 3 3."),
        ("Doe.", phrases.ask_proof_again("ORD123", "last_name"), "My last name is Doe."),
        ("ORD123, my last name is Doe.", PROOF, "Doe."),
        ("Yes, please do that.", phrases.YES_OR_NO, "Yes."),
        ("No, stop.", phrases.YES_OR_NO, "No."),
        ("How much is the mouse?", phrases.NOT_HEARD, "How much is the mouse?"),
    ],
)
def test_who_is_asked_back_answers_truthfully(said: str, say: str, answer: str) -> None:
    assert (objection(said, say) or reply(said, say)) == answer


@pytest.mark.parametrize(
    ("said", "say"),
    [
        ("Where is order ORD123?", PROOF),
        ("I want to return something.", phrases.ASK_ORDER),
        ("Doe.", "Your order ORD123 is on its way."),
        ("How much is the mouse?", phrases.UNKNOWN),
        ("The strap broke.", phrases.ASK_REASON),
    ],
)
def test_what_is_no_question_back_is_left_to_the_next_sentence(said: str, say: str) -> None:
    assert reply(said, say) == ""


def test_a_name_that_does_not_match_twice_is_spelled() -> None:
    say = phrases.ask_proof_again("ORD123", "last_name")
    assert reply("Doe.", say, again=2) == "Doe, D O E."


def test_who_has_gone_on_to_something_else_gives_the_name_said_before() -> None:
    say = phrases.ask_proof_again("ORD902", "last_name")
    assert reply("It's too small for my hand.", say, ("Hill.",)) == "My last name is Hill."
