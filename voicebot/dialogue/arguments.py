"""A tool's arguments out of the words that asked for it."""

from __future__ import annotations

import re
from typing import Any

from voicebot.dialogue.spoken import amounts

_ASIDE = re.compile(
    r"\b(?:hi|hello|hey|please|thanks|thank you|well|um+|uh+|so|okay|ok|today|"
    r"do you (?:have|sell|carry|stock|got)|have you got|have you any|got any|are there|is there|"
    r"i am|i'm|i was|i|we are|we|looking for|look for|searching for|interested in|need|"
    r"want|would like|to buy|buy|to see|show me|find me|find|tell me about|search for|search|"
    r"wondering if|what|which|kind of|sort of|can you|could you|recommend|you have|"
    r"how much (?:is|are|does|do)|what does|cost|price of|the price|in stock|available|"
    r"any|some|a|an|the|your|my|me|of|for sale)\b",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"\b(?:for )?(?:under|below|less than|cheaper than|up to|at most|max(?:imum)?|no more than|"
    r"within|around|about|between|over|above|more than)\b.*$",
    re.IGNORECASE,
)
_GOODS = re.compile(
    r"\b(?:do you (?:have|sell|carry|stock|offer)|have you (?:got|any)|got any|are there any|"
    r"looking for|interested in|i (?:need|want|would like) (?:a|an|some|to buy)|show me|cheapest|"
    r"how much (?:is|are)|how much (?:does|do) .+ cost|what does .+ cost|(?:price|cost) of|"
    r"in stock|can i (?:buy|get))\b",
    re.IGNORECASE,
)


def asks_for_goods(text: str) -> bool:
    """Whether the words ask for something to buy, if there is such a thing."""
    return _GOODS.search(text) is not None


def product_search(text: str) -> dict[str, Any]:
    """What `search_products` is asked: the things named, and the most they may cost."""
    limit = amounts.price_limits(text).maximum
    named = _PRICE.sub("", text) if limit is not None else text
    query = " ".join(re.sub(r"[^\w\s'-]", " ", _ASIDE.sub(" ", named)).split())
    found: dict[str, Any] = {"query": query or " ".join(text.split())}
    return found if limit is None else {**found, "max_price": limit}
