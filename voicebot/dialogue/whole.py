"""What is known to be all that a customer wants to say. Pure.

Short sentences look like the beginnings of longer ones, so who judges by words alone waits after
"Where is my order?"; but whoever says that wants to be asked for the number. And hardly anybody
goes on after a "please" at the end.
"""

from __future__ import annotations

import re

SENTENCES = (
    "Where is my order?",
    "Where is my stuff?",
    "When will my order arrive?",
    "When is my order coming?",
    "When does my order get here?",
    "Has my order shipped?",
    "My order has not arrived.",
    "My order has not come.",
    "My order is late.",
    "I want to know where my order is.",
    "I would like to know where my order is.",
    "Can you tell me where my order is?",
    "Can you check my order?",
    "I want to track my order.",
    "I want to check on my order.",
    "What is the status of my order?",
    "I want to return something.",
    "I would like to return something.",
    "I need to return something.",
    "I want to return this.",
    "I would like to return this.",
    "I want to return my order.",
    "I would like to return an order.",
    "I want to make a return.",
    "I have a return.",
    "Can I return this?",
    "Can I return something?",
    "Can I get a refund?",
    "I want a refund.",
    "I would like a refund.",
    "I want my money back.",
    "I need help with my order.",
    "I have a problem with my order.",
    "I want to exchange this.",
    "It is broken.",
    "What do you sell?",
    "Who are you?",
    "What is your name?",
    "How are you?",
    "How are you doing?",
    "Are you there?",
    "Can you hear me?",
    "Can I speak to someone?",
    "Can I talk to somebody?",
)
_PLEASE = re.compile(r"(?:[\w']+\W+){4,}please\W*$", re.IGNORECASE)
_AROUND = (
    r"(?:um+|uh+|er+|so|well|okay|ok|yes|yeah|hi|hello|hey|there|good|morning|afternoon|evening|"
    r"please|sorry|excuse me|now|today|thanks|thank you)"
)
_POLITE = re.compile(rf"^(?:{_AROUND} )+(?=\w)|(?: {_AROUND})+$")
_SHORT = {
    "i'd": "i would", "i'm": "i am", "it's": "it is", "what's": "what is", "where's": "where is",
    "who's": "who is", "when's": "when is", "hasn't": "has not", "haven't": "have not",
    "doesn't": "does not", "didn't": "did not", "order's": "order is", "don't": "do not",
    "parcel": "order", "package": "order", "delivery": "order", "parcel's": "order is",
    "package's": "order is", "could": "can", "anyone": "someone", "anybody": "someone",
    "somebody": "someone",
}  # fmt: skip


def words(text: str) -> list[str]:
    """The words alone: whoever transcribes ends nearly everything with a stop or a question mark,
    finished or not."""
    return re.findall(r"[a-z0-9']+", text.lower())


def bare(text: str) -> str:
    """The words without courtesies, in one way of saying them."""
    return _POLITE.sub("", " ".join(_SHORT.get(word, word) for word in words(text)))


def is_known(text: str) -> bool:
    return bare(text) in _KNOWN or _PLEASE.match(text.strip()) is not None


_KNOWN = frozenset(map(bare, SENTENCES))
