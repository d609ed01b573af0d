"""Which sentences are known to be whole."""

import pytest

from voicebot.dialogue.whole import SENTENCES, bare, is_known
from voicebot.dialogue.wording import hangs


@pytest.mark.parametrize(
    "text",
    [
        "Where's my order?",
        "Hi there, where is my package, please?",
        "Um, I'd like to return something.",
        "Could I talk to somebody now?",
        "My parcel hasn't arrived.",
        "Hello there. How are you?",
        "Could you look up the number for me, please?",
    ],
)
def test_the_same_in_other_words(text: str) -> None:
    assert is_known(text)


@pytest.mark.parametrize(
    "text",
    ["", "Hello.", "Please", "Where is my", "I want to return", "I want to return my",
     "Could you please", "Where is my order from last week?",
     "I want to return something that I bought"],
)  # fmt: skip
def test_beginnings_and_longer_ones_are_not_known(text: str) -> None:
    assert not is_known(text)


@pytest.mark.parametrize("text", SENTENCES)
def test_what_is_known_does_not_hang(text: str) -> None:
    assert not hangs(text)
    assert bare(bare(text)) == bare(text)
