"""What sounded over the bot's voice, from its words."""

from __future__ import annotations

import pytest

from voicebot.dialogue.interruption import Heard, judged

SAID = "Your order was shipped on Monday and will arrive on Friday."


def was(
    text: str, *, confidence: float = 0.0, asking: bool = False, over: bool = False, own: str = ""
) -> Heard:
    return judged(text, confidence=confidence, asking=asking, over=over, own=own)


@pytest.mark.parametrize("text", ["", "...", "Ha ha ha.", "(coughs)", "[laughter]", "Ahem."])
def test_coughs_and_laughter_are_nothing(text: str) -> None:
    assert was(text) is Heard.NOTHING
    assert was(text, asking=True) is Heard.NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "Uh-huh.", "Yeah.", "Okay.", "Mm-hmm.", "Mhm.", "Right.", "Yeah, okay.", "Oh, I see.",
        "Got it.", "All right.", "Yes, yes.", "Of course.", "Oh!",
    ],
)  # fmt: skip
def test_a_listener_who_agrees_does_not_want_the_floor(text: str) -> None:
    assert was(text) is Heard.BACKCHANNEL


@pytest.mark.parametrize("text", ["I'm a...", "and then H and then"])
def test_a_few_words_that_the_transcriber_is_unsure_of_are_none(text: str) -> None:
    assert was(text, confidence=-1.0) is Heard.NOTHING
    assert was(text, confidence=-0.4) is Heard.MEANT
    assert was(text, confidence=-1.0, asking=True) is Heard.MEANT
    assert was("I would like to know where it is", confidence=-1.0) is Heard.MEANT


@pytest.mark.parametrize("text", ["Um...", "Uh, well,", "So, um", "But"])
def test_an_um_announces_what_may_come(text: str) -> None:
    assert was(text) is Heard.HESITATION


@pytest.mark.parametrize(
    "text",
    [
        "No.", "Stop.", "Wait.", "Yeah, but where is it?", "Okay, and my other order?", "Hello?",
        "Uh-uh, no.", "I", "All.", "It.", "Thank you.", "Okay okay okay okay okay.", "Smith.",
        "One two three.",
    ],
)  # fmt: skip
def test_other_words_are_meant_for_us(text: str) -> None:
    assert was(text) is Heard.MEANT


@pytest.mark.parametrize("text", ["Yes.", "Yeah.", "Okay.", "Sure.", "Uh-huh.", "Uh-uh."])
def test_while_a_question_is_asked_a_yes_answers_it(text: str) -> None:
    assert was(text, asking=True) is Heard.MEANT


def test_when_nothing_is_left_to_be_said_even_an_okay_is_a_turn() -> None:
    assert was("Okay.", over=True) is Heard.MEANT
    assert was("", over=True) is Heard.NOTHING


@pytest.mark.parametrize("text", ["was shipped on Monday and will", "shipped on Sunday and will"])
def test_our_own_words_are_no_customers(text: str) -> None:
    assert was(text, own=SAID) is Heard.OWN
    assert was(text) is Heard.MEANT


@pytest.mark.parametrize("text", ["Friday?", "on Friday", "will it arrive before Friday or Monday"])
def test_a_few_words_of_ours_may_be_the_customers_too(text: str) -> None:
    assert was(text, own=SAID) is Heard.MEANT
