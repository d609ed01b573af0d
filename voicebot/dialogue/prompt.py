"""What the language model is asked: to sort, to judge, to write, or to talk. Each has a fixed part
that comes first and never changes, so that its prefill is kept; what is new comes last. A small
model mixes up two jobs in one prompt, so each has its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from voicebot.dialogue import grammar
from voicebot.dialogue.history import History
from voicebot.dialogue.intents import DOCUMENTS, SMALL_TALK, STAFF
from voicebot.stages import Generation, Message, Option

# The words that the model answers with when it sorts: each begins with a token of its own.
WORDS = {
    "check_order_status": "status",
    "create_return": "return",
    "search_products": "product",
    DOCUMENTS: "question",
    SMALL_TALK: "chat",
    STAFF: "human",
}
_MEANINGS = {
    "status": "where an order is",
    "return": "send an order back",
    "product": "find something to buy",
    "question": "rules, hours, shipping, warranty, manuals",
    "human": "speak to staff",
    "chat": "small talk",
}
_SORTED = (
    ("Has my parcel left yet?", "status"),
    ("I'd like to send these shoes back.", "return"),
    ("Got any cheap speakers?", "product"),
    ("How many days do I have to send something back?", "question"),
    ("How are you?", "chat"),
    ("How long is the guarantee?", "question"),
    ("Could you look up order four five six?", "status"),
    ("Let me speak to someone.", "human"),
)
_JUDGED = (
    (
        "Store: Parking: Parking is free for two hours in the garage behind the store.",
        "Where can I park my car?",
        "yes",
    ),
    (
        "Services: Gift wrapping: We wrap presents for $3.50 each at the service desk.",
        "Do you wrap wine bottles for free on birthdays?",
        "no",
    ),
    (
        "Coffee grinder manual: Cleaning: Empty the bean container and brush the burrs once a "
        "month.",
        "How do I clean the thing?",
        "yes",
    ),
    (
        "Membership: Members collect one point for every dollar they spend.",
        "How do I cancel my membership?",
        "no",
    ),
    (
        "Delivery: We deliver within the city on weekdays between 9 and 5.",
        "Do you bring it on Saturdays?",
        "yes",
    ),
    (
        "Laundry service: Shirts are ready after two days.",
        "How much is it to have a shirt cleaned?",
        "no",
    ),
)
YES, NO = "yes", "no"
_TALKED = (
    ("Good morning!", "Good morning! What can I do for you?"),
    ("Are you a robot?", "I am the voice assistant here, and I am happy to help you."),
    ("What is your name?", "I have no name, I am simply the shop's assistant."),
    ("You are nice.", "Thank you, that is very kind of you!"),
)
CHAT_TOKENS = 40
# Of what was said before: enough for other small talk, while a quote or an order's status, which
# it does not go on from, would be seconds of prefill (some 80 tokens a second of a core).
CHAT_HISTORY = 24  # words
WRITE_TOKENS = 80
SMALL_TALK_FALLBACK = (
    "I can help you with orders, products and returns. What would you like to know?"
)


def to_sort() -> tuple[Message, ...]:
    """The beginning of every request to sort."""
    listed = ", ".join(f"{word} ({meaning})" for word, meaning in _MEANINGS.items())
    system = f"Say in one word what a shop's customer wants: {listed}."
    messages = [Message("system", system)]
    for said, word in _SORTED:
        messages += [Message("user", said), Message("assistant", word)]
    return tuple(messages)


def to_judge() -> tuple[Message, ...]:
    """The beginning of every request to judge."""
    system = "You check whether a text from a shop answers a customer's question. Say yes or no."
    messages = [Message("system", system)]
    for text, question, verdict in _JUDGED:
        messages += [_judged(text, question), Message("assistant", verdict)]
    return tuple(messages)


def _judged(text: str, question: str) -> Message:
    # The text comes first: what is known before the question can be evaluated before it.
    return Message(
        "user", f"Text: {text}\nQuestion: {question}\nDoes the text answer the question?"
    )


def judge(text: str, question: str) -> tuple[Message, ...]:
    """Whether the text answers the question: YES or NO, to be weighed and not sampled."""
    return (*to_judge(), _judged(text, question))


def fitted(text: str, question: str) -> tuple[str, str]:
    """The same for a model that was fitted to judge, which needs no instructions, and goes on with
    FITTED_YES or FITTED_NO: what all texts for one question begin with, and what is each one's own.
    The question comes first: the text is read with it in mind."""
    return f"Question: {question}\nText:", f" {text}\nAnswer:"


FITTED_YES, FITTED_NO = " yes", " no"


def write(texts: Sequence[str], question: str) -> Generation:
    """One sentence or two from the shop's texts. What is written is to be checked."""
    system = (
        "You answer a shop's customer aloud in one short sentence, from these texts of the shop "
        "alone and in their words and figures. Do not begin with yes or no."
    )
    said = "\n".join(texts) + f"\nQuestion: {question}"
    return Generation((Message("system", system), Message("user", said)), max_tokens=WRITE_TOKENS)


def to_talk(shop: str) -> tuple[Message, ...]:
    """The beginning of every request to talk."""
    system = (
        f"You are the friendly voice assistant of {shop}. You answer small talk in one short, warm "
        "sentence. You say nothing about prices, rules, orders or products."
    )
    messages = [Message("system", system)]
    for said, answer in _TALKED:
        messages += [Message("user", said), Message("assistant", answer)]
    return tuple(messages)


def sort(text: str, words: Mapping[str, str]) -> Generation:
    """Which of the intents is meant. words: the only answers, and the intent of each."""
    options = tuple(Option(word, name, _MEANINGS.get(word, word)) for word, name in words.items())
    messages = (*to_sort(), Message("user", text))
    return Generation(messages, grammar.one_of(words), options, max_tokens=4)


def talk(shop: str, history: History, text: str, temperature: float) -> Generation:
    said = Message("user", text)
    return Generation(
        (*to_talk(shop), *history.messages(CHAT_HISTORY), said),
        max_tokens=CHAT_TOKENS,
        temperature=temperature,
        stop=("\n",),
    )


_CLAIM = re.compile(
    r"\d|[$€£%]|\b(?:as an ai|language model|chatgpt|openai|qwen|alibaba)\b|"
    r"\b(?:dollars?|euros?|free|discount|sale|refund\w*|warrant\w*|guarantee\w*|policy|"
    r"deliver\w*|ship\w*|in stock|price\w*|opens?|close[sd]?|hours?|days?|"
    r"order(?:ed)? (?:is|has|was)|we (?:have|sell|offer|carry|accept))\b",
    re.IGNORECASE,
)


def claims_something(text: str) -> bool:
    """Whether small talk says anything about the shop that nobody has checked."""
    return _CLAIM.search(text) is not None
