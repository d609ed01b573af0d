"""A tool's arguments out of the words that asked for it."""

from __future__ import annotations

import re
from typing import Any

from voicebot.dialogue.spoken import amounts

_ASIDE = re.compile(
    r"\b(?:hi|hello|hey|please|thanks|thank you|well|um+|uh+|so|okay|ok|today|"
    r"do you (?:have|sell|carry|stock|got)|do yourself|have you got|have you any|"
    r"got any|are there|is there|"
    r"still|i am|i'm|i was|i|we are|we|looking for|look for|searching for|interested in|need|"
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
_TAKEN_BACK = re.compile(
    r"^(?P<asked>.{8,}?)(?:[?.!,;-]|\s)+(?:(?:oh|uh|um|or)[,.]?\s+)*"
    r"(?:no|nope|sorry|wait|i mean|i meant|actually|rather|make that|scratch that)\b"
    r"(?:[,.!]?\s+(?:no|not|sorry|wait|i'm sorry|i mean|i meant|actually|rather|make that|it's|"
    r"that's|how about|what about))*"
    r"[,.!]?\s+(?P<instead>(?:[\w'-]+ ?){1,5})[?.!]*$",
    re.IGNORECASE,
)
_CORRECTED = re.compile(r",?\s+(?:no|sorry|i mean|actually|rather|make that),?\s+", re.IGNORECASE)
_OF = re.compile(r"\b(?:with|that|which|for|from|under|between|over|in)\b", re.IGNORECASE)
_BEGINS = r"(?:and |so )?(?:how much|do you|have you|got any|i(?:'m| am) looking|show me)\b"
_POINTING = re.compile(r"\b(?:it|one|them|they|that|those|these|this|on|in|there|here)\b", re.I)
_GOODS = re.compile(
    r"\b(?:do you (?:have|sell|carry|stock|offer)|have you (?:got|any)|got any|are there any|"
    r"do yourself|"  # as whisper writes "do you sell"
    r"is there (?:any|some)thing|(?:looking|searching) for|interested in|i(?:'m| am) after|"
    r"i(?:'ve got| have| got) (?:(?:\w+ ){1,3}(?:dollars|bucks)|[$€£]\d+)|"
    r"i(?: only)? (?:need|want|would like) (?:a|an|some|something|to buy)|show me|cheapest|"
    r"how much (?:is|are)|how much (?:does|do) .+ cost|what does .+ cost|(?:price|cost) of|"
    r"in stock|(?:can|could) i (?:buy|get)|(?:any|some)thing (?:\w+ )?(?:that|to|for|which))\b",
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


def taken_back(text: str) -> tuple[str, str] | None:
    """ "How much is the keyboard? No, sorry, the mouse." as a request for what was meant, and that;
    None where the words ask for no goods or take nothing back."""
    found = _TAKEN_BACK.match(text.strip())
    if found is None or not asks_for_goods(found["asked"]):
        return None
    instead = found["instead"].strip()
    if amounts.price_limits(instead) != amounts.PriceLimits():
        return None
    most = amounts.price_limits(found["asked"]).maximum
    limit = "" if most is None else f" under {most:g} dollars"
    return f"Do you have {instead}{limit}?", instead


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
    parts = re.split(rf"(?<=[.?!;])\s+|,\s+(?={_BEGINS})", text.strip(), flags=re.IGNORECASE)
    asking = [part for part in parts if asks_for_goods(part)]
    if len(asking) != 1:
        return text
    later = re.search(rf"\s(?={_BEGINS})", asking[0], re.IGNORECASE)
    rest = asking[0][later.end() :] if later else ""
    return rest if re.search(r"\w", _POINTING.sub(" ", _ASIDE.sub(" ", rest))) else asking[0]


def _corrected(text: str) -> str:
    """What stands behind a correction, if that sets a limit: "under fifty, no, under sixty"."""
    later = _CORRECTED.split(text)[-1]
    return later if amounts.price_limits(later) != amounts.PriceLimits() else text
