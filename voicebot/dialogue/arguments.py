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
    r"wondering if|i've got|i have|have you|got|'s|'ve|'m|is it|is|are there|are|anything|"
    r"does|something|thing|things|after|can i|could i|get|you got|offer|on sale|left|sold out|"
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
_CORRECTED = re.compile(r",?\s+(?:no|sorry|i mean|actually|rather|make that),?\s+", re.IGNORECASE)
_OF = re.compile(r"\b(?:with|that|which|for|from|under|between|over|in)\b", re.IGNORECASE)
_GOODS = re.compile(
    r"\b(?:do you (?:have|sell|carry|stock|offer)|have you (?:got|any)|got any|are there any|"
    r"(?:looking|searching) for|interested in|i'm after|"
    r"i(?:'ve got| have) (?:\w+ ){1,3}(?:dollars|bucks)|"
    r"i(?: only)? (?:need|want|would like) (?:a|an|some|something|to buy)|show me|cheapest|"
    r"how much (?:is|are)|how much (?:does|do) .+ cost|what does .+ cost|(?:price|cost) of|"
    r"in stock|can i (?:buy|get))\b",
    re.IGNORECASE,
)


def asks_for_goods(text: str) -> bool:
    """Whether the words ask for something to buy, if there is such a thing."""
    return _GOODS.search(text) is not None


def goods_asked(text: str) -> tuple[str, ...]:
    """The kinds of things, where two are asked for at once ("webcams and HDMI cables"), else ();
    whether there are such things is to be seen."""
    named = _GOODS.search(text)
    if named is None:
        return ()
    parts = re.split(
        r",?\s+and\s+(?:also\s+)?(?:any\s+|some\s+)?", text[named.end() :].strip(" .?!")
    )
    if len(parts) != 2 or any(len(part.split()) > 4 or _OF.search(part) for part in parts):
        return ()
    return tuple(product_search(part)["query"] for part in parts)


def product_search(text: str) -> dict[str, Any]:
    """What `search_products` is asked: the things named, and the most they may cost. A lower limit
    and the wish for the cheapest stay in the words, where the tool reads them."""
    said = _asking(text)
    limits = amounts.price_limits(_corrected(said))
    priced = limits != amounts.PriceLimits()
    named = _PRICE.sub("", said) if priced else said
    named = amounts.without_prices(named) if priced else named
    query = " ".join(re.sub(r"[^\w\s'-]", " ", _ASIDE.sub(" ", named)).split())
    if limits.minimum is not None:
        query = f"{query} over {limits.minimum:g}".strip()
    found: dict[str, Any] = {"query": query or " ".join(text.split())}
    return found if limits.maximum is None else {**found, "max_price": limits.maximum}


def _asking(text: str) -> str:
    """The sentence that asks for goods, where one does and others tell something else."""
    parts = re.split(r"(?<=[.?!;])\s+", text.strip())
    asking = [part for part in parts if asks_for_goods(part)]
    return asking[-1] if len(asking) == 1 else text


def _corrected(text: str) -> str:
    """What stands behind a correction, if that sets a limit: "under fifty, no, under sixty"."""
    later = _CORRECTED.split(text)[-1]
    return later if amounts.price_limits(later) != amounts.PriceLimits() else text
