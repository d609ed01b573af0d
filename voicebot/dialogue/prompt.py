"""What the language model is asked. The fixed part comes first and never changes, so that its
prefill is kept; what is new comes last."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voicebot.dialogue.intents import DOCUMENTS, SMALL_TALK, STAFF
from voicebot.stages import Generation, Message

# The words that the model answers with when it sorts: each begins with a token of its own.
WORDS = {
    "check_order_status": "status",
    "create_return": "return",
    "search_products": "product",
    DOCUMENTS: "question",
    SMALL_TALK: "chat",
    STAFF: "human",
}
_SHOTS = (
    ("Has my parcel left yet?", "status"),
    ("I'd like to send these shoes back.", "return"),
    ("Got any cheap speakers?", "product"),
    ("How many days do I have to send something back?", "question"),
    ("How are you?", "chat"),
)
CHAT_TOKENS = 48
SMALL_TALK_FALLBACK = (
    "I can help you with orders, products and returns. What would you like to know?"
)


def fixed(shop: str) -> tuple[Message, ...]:
    """The beginning of every request."""
    system = (
        f"You are the friendly voice assistant of {shop}. You have two jobs. "
        "SORT: say in one word what the customer wants: status (where an order is), return "
        "(send an order back), product (find something to buy), question (about rules, hours, "
        "shipping, warranty, manuals), human (speak to staff), chat (anything else). "
        "TALK: answer small talk in one short, warm sentence without any facts about the shop."
    )
    messages = [Message("system", system)]
    for said, word in _SHOTS:
        messages += [Message("user", f"SORT: {said}"), Message("assistant", word)]
    return tuple(messages)


def sort(shop: str, text: str, intents: Sequence[str], grammar: str) -> Generation:
    """Which of the intents is meant; the grammar admits only their words."""
    return Generation((*fixed(shop), Message("user", f"SORT: {text}")), grammar, max_tokens=4)


def talk(shop: str, history: Sequence[Message], text: str, temperature: float) -> Generation:
    said = Message("user", f"TALK: {text}")
    return Generation(
        (*fixed(shop), *history, said), max_tokens=CHAT_TOKENS, temperature=temperature
    )


_CLAIM = re.compile(
    r"\d|[$€£%]|\b(?:dollars?|euros?|free|discount|sale|refund\w*|warrant\w*|guarantee\w*|policy|"
    r"deliver\w*|ship\w*|in stock|price\w*|opens?|close[sd]?|hours?|days?|"
    r"order(?:ed)? (?:is|has|was)|we (?:have|sell|offer|carry|accept))\b",
    re.IGNORECASE,
)


def claims_something(text: str) -> bool:
    """Whether small talk says anything about the shop that nobody has checked."""
    return _CLAIM.search(text) is not None
