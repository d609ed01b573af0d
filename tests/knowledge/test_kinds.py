from __future__ import annotations

import pytest

from voicebot.knowledge.kinds import fits, is_general


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("How much is express shipping?", "Express: 2 days, $12.99.", 1),
        ("How much is express shipping?", "Express parcels go by air.", -1),
        ("How much weight can it carry?", "It carries up to 20 kg.", 0),
        ("What time do you close on Sunday?", "Sunday: 10 am to 4 pm.", 1),
        ("What time do you close on Sunday?", "The bakery is by the door.", -1),
        ("What time do you close on Sunday?", "We are closed on Easter Sunday.", 0),
        ("Are you open at Easter?", "We are closed on Easter Sunday.", 1),
        ("How long do I have to bring it back?", "Within thirty days or one month.", 1),
        ("When do I get my refund?", "It arrives 5 to 7 business days after we have the item.", 1),
        ("How long do I have to bring it back?", "Bring the receipt.", -1),
        ("What's your address?", "We are at 14 Foundry Street.", 1),
        ("Who runs the workshop?", "The workshop is run by Priya Raman.", 1),
        ("Who runs the workshop?", "The workshop closes early.", -1),
        ("Can I bring my dog?", "Dogs are welcome.", 0),
        # A price and a time, of which the text has one.
        ("How much is it and how long does it take?", "It takes two days.", 0),
        ("what fee is there", "There is no restocking fee.", 1),
        ("how do I pair it with my phone", "Hold the button for some seconds.", 0),
        ("what's your phone number", "We open at nine.", -1),
    ],
)
def test_what_is_asked_for_and_what_is_there(question: str, text: str, expected: int) -> None:
    assert fits(question, text) == expected


@pytest.mark.parametrize(
    ("question", "general"),
    [
        ("What is your return policy?", True),
        ("Tell me about shipping.", True),
        ("What about the warranty?", True),
        ("How do returns work?", True),
        ("What's your price match policy?", True),
        ("What is your return policy for opened earbuds?", False),
        ("What about express shipping to Canada?", False),
        ("Can I return it?", False),
        ("How much is shipping?", False),
    ],
)
def test_a_matter_in_general_is_told_from_something_in_particular(
    question: str, general: bool
) -> None:
    assert is_general(question) is general
