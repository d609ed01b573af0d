from __future__ import annotations

import pytest

from voicebot.dialogue import intents, prompt
from voicebot.dialogue.history import History
from voicebot.stages import Message, Option

SHOP = "Corner Audio"


WANTED = {"return": "create_return"}


def test_a_request_begins_with_what_is_prefilled_and_ends_with_what_is_new() -> None:
    sort = prompt.sort("Where is it?", WANTED)
    assert sort.messages == (*prompt.to_sort(), Message("user", "Where is it?"))
    history = History(3)
    history.add("Hello", "Hi!")
    talk = prompt.talk(SHOP, history, "How are you?", 0.3)
    before = (Message("user", "Hello"), Message("assistant", "Hi!"))
    assert talk.messages == (*prompt.to_talk(SHOP), *before, Message("user", "How are you?"))
    assert SHOP in prompt.to_talk(SHOP)[0].content


def test_the_examples_of_sorting_are_answered_in_words_that_sort() -> None:
    answers = {m.content for m in prompt.to_sort() if m.role == "assistant"}
    assert answers <= set(prompt.WORDS.values())


def test_the_examples_of_talk_make_no_claims() -> None:
    answers = [m.content for m in prompt.to_talk(SHOP) if m.role == "assistant"]
    assert answers
    assert not [answer for answer in answers if prompt.claims_something(answer)]


def test_sorting_is_bound_to_the_grammar_and_short_and_talk_is_not() -> None:
    sort, talk = (
        prompt.sort("Where is it?", WANTED),
        prompt.talk(SHOP, History(3), "How are you?", 0.3),
    )
    assert (sort.grammar, sort.temperature) == ('root ::= "return"', 0.0)
    assert sort.options == (Option("return", "create_return", "send an order back"),)
    assert sort.max_tokens <= 8
    assert (talk.grammar, talk.temperature) == (None, 0.3)
    assert talk.max_tokens <= 64


def test_the_words_that_sort_are_told_apart_by_their_beginning() -> None:
    """The model's first token has to decide."""
    assert len({word[:2] for word in prompt.WORDS.values()}) == len(prompt.WORDS)
    assert {intents.DOCUMENTS, intents.SMALL_TALK, intents.STAFF} <= set(prompt.WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5.",
        "You have 30 days for that.",
        "Shipping is free today.",
        "We offer a discount.",
        "Your order is on its way.",
        "We sell headphones.",
        "It is in stock.",
        "We are open until eight hours later.",
        "There is a warranty on it.",
        "I will refund you.",
        "Ten percent off, 10%.",
        "The shop closes soon.",
    ],
)
def test_claims_about_the_shop_are_caught(text: str) -> None:
    assert prompt.claims_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm doing well, thank you!",
        "Nice to meet you.",
        "Why did the scarecrow win? He was outstanding in his field.",
        "I am the voice assistant here, how may I help?",
        prompt.SMALL_TALK_FALLBACK,
    ],
)
def test_small_talk_is_no_claim(text: str) -> None:
    assert not prompt.claims_something(text)
