from __future__ import annotations

import pytest

from voicebot.dialogue.spoken import answers

YES = """yes|Yes.|yeah sure|go ahead|that's right|Yes, please.|sure, why not|No problem.|uh-huh|okay
|please do|yep that's correct|I said yes|It's fine.|Of course!|right|absolutely|sounds good|mm-hmm
|Yes, return it.|yes I'd like to return my order|do it|perfect"""
NO = """no|nope|No, thanks.|not really|I'd rather not|no that's okay|No, I'm good.|that's not right
|of course not|please don't|don't do that|uh-uh|I don't think so|absolutely not|No, cancel.
|never mind|that's wrong|no it's fine|I changed my mind"""
NEITHER = """maybe|yes but only one|yes no|Yes. No, wait.|what do you mean|is it good
|do you have headphones|where is my order|can I get a good one please|that's a good question
|yes, do not do it||one two three|I need a good pair of headphones please|yes if it is free"""


@pytest.mark.parametrize("text", [line.strip() for line in YES.split("|")])
def test_yes(text: str) -> None:
    assert answers.yes_no(text) is True


@pytest.mark.parametrize("text", [line.strip() for line in NO.split("|")])
def test_no(text: str) -> None:
    assert answers.yes_no(text) is False


@pytest.mark.parametrize("text", [line.strip() for line in NEITHER.split("|")])
def test_neither_yes_nor_no(text: str) -> None:
    assert answers.yes_no(text) is None


@pytest.mark.parametrize("text", ["never mind", "Cancel that.", "forget it", "stop", "start over"])
def test_wants_to_stop(text: str) -> None:
    assert answers.wants_to_stop(text)


@pytest.mark.parametrize("text", ["Wait, stop, please.", "Stop.", "Hold on", "OK, that's enough"])
def test_wants_quiet(text: str) -> None:
    assert answers.wants_quiet(text)


@pytest.mark.parametrize("text", ["Wait for my order", "please", "Doe", "stop the return", ""])
def test_does_not_want_quiet(text: str) -> None:
    assert not answers.wants_quiet(text)


@pytest.mark.parametrize(
    "text",
    ["I want to stop by", "Where is the bus stop?", "can I cancel my order", "it's broken", ""],
)
def test_does_not_want_to_stop(text: str) -> None:
    assert not answers.wants_to_stop(text)


@pytest.mark.parametrize(
    "text",
    ["say that again", "Pardon?", "Sorry?", "What?", "can you repeat that please", "come again"],
)
def test_wants_repeat(text: str) -> None:
    assert answers.wants_repeat(text)


@pytest.mark.parametrize(
    "text", ["what is your return policy", "sorry, one two four", "tell me that price", ""]
)
def test_does_not_want_repeat(text: str) -> None:
    assert not answers.wants_repeat(text)


@pytest.mark.parametrize(
    "text",
    ["can I speak to a human", "Get me a manager!", "a real person please", "I need someone"],
)
def test_wants_staff(text: str) -> None:
    assert answers.wants_staff(text)


@pytest.mark.parametrize("text", ["do you have human hair wigs", "my friend is a manager", "hello"])
def test_does_not_want_staff(text: str) -> None:
    assert not answers.wants_staff(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("bye", "goodbye"),
        ("Thanks, bye!", "goodbye"),
        ("that's all, thank you", "goodbye"),
        ("Have a nice day!", "goodbye"),
        ("Thank you very much.", "thanks"),
        ("thanks for your help", "thanks"),
        ("Hello!", "greeting"),
        ("good morning", "greeting"),
        ("Hi, how's it going today?", "greeting"),
        ("Hello, how much is it?", ""),
        ("thanks, do you have cables", ""),
        ("hello, where is my order", ""),
        ("that's it, one two three", ""),
        ("", ""),
    ],
)
def test_courtesy_is_one_kind_and_nothing_else(text: str, kind: str) -> None:
    found = {
        "goodbye": answers.is_goodbye(text),
        "thanks": answers.is_thanks(text),
        "greeting": answers.is_greeting(text),
    }
    assert [name for name, is_it in found.items() if is_it] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("the second one", 2),
        ("number two", 2),
        ("the last one", -1),
        ("2nd", 2),
        ("option 3", 3),
        ("my last name is Doe", None),
        ("order number 123", None),
        ("hello", None),
    ],
)
def test_ordinal(text: str, place: int | None) -> None:
    assert answers.ordinal(text) == place


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Yes.",
            "Yeah.",
            "Yep, do it.",
            "That's correct.",
            "Sure, go ahead.",
            "You can go ahead.",
        ),
        *("Go right ahead.", "Okay, then yes, open the return.", "Please do.", "Open it, please."),
    ],
)
def test_what_agrees_to_a_change(text: str) -> None:
    assert answers.agrees(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Great.", "Great it can be.", "Fine.", "Good.", "Perfect.", "Wait.", "May I go ahead?"),
        *("Should I go ahead?", "Don't open it.", "No, don't open the return.", "Why go ahead?"),
    ],
)
def test_what_changes_nothing(text: str) -> None:
    assert not answers.agrees(text)
