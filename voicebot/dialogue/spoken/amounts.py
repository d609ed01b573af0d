"""Prices in a customer's words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicebot.dialogue.spoken import numbers

_MONEY = r"(?:dollars?|bucks?|euros?|pounds?|quid|usd|eur)"
_AMOUNT = re.compile(r"[$£€]?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?")
# Placed before the amount; "#" stands for an amount in the simplified text.
_ABOVE = re.compile(
    r"(?<!not )(?<!no )(?:over|above|more than|at least|from|starting (?:at|from)|minimum(?: of)?|"
    r"min|upwards? of|north of|greater than|costlier than|more expensive than) ?#"
    r"|(?:not|nothing|no) (?:under|below|less than|cheaper than) ?#"
)
_BELOW = re.compile(
    r"(?<!not )(?<!no )(?<!nothing )"
    r"(?:under|below|beneath|less than|lower than|cheaper than|up to|at most|max(?:imum)?(?: of)?|"
    r"(?:no|not) more than|(?:no|not|nothing) (?:over|above)|not exceed(?:ing)?|within|"
    r"i(?: only)? have(?: only)?|i've(?: only)? got(?: only)?|"
    r"budget(?: is| of| would be)?(?: around| about)?|spend(?:ing)?(?: up to| around| about)?|"
    r"no (?:higher|greater) than|don't cost more than|less expensive than|until|till) ?#"
    r"|# ?(?:max(?:imum)?|or (?:less|under|below|cheaper)|at (?:the )?most|tops|budget|and under)"
)
_AT_LEAST = re.compile(r"# ?(?:or more|and (?:up|above|over)|minimum|at least|upwards?)")
_BETWEEN = re.compile(r"(?:between|from) ?# ?(?:and|to|-|–) ?#|# ?(?:to|-|–) ?#")
_ABOUT = re.compile(
    r"(?:about|around|approximately|roughly|circa|near|close to|like|some|say) (?:for )?#"
    r"|# ?(?:or so|ish|give or take)"
)
ABOUT = 0.2  # how far from "about a hundred dollars" a price may be


@dataclass(frozen=True)
class PriceLimits:
    """In the shop's currency; None where the customer set no limit."""

    minimum: float | None = None
    maximum: float | None = None


def price_limits(text: str) -> PriceLimits:
    """The limits that the words set on a price. An amount without a word of comparison sets none,
    unless a currency is named with "for": "something for fifty dollars"."""
    shape, values = _simplified(text)
    if not values:
        return PriceLimits()
    if match := _BETWEEN.search(shape):
        first, second = (values[i] for i in _amounts_in(shape, match))
        return PriceLimits(min(first, second), max(first, second))
    minimum = maximum = None
    for pattern in (_BELOW, _AT_LEAST, _ABOVE):
        match = pattern.search(shape)
        if match is None:
            continue
        value = values[_amounts_in(shape, match)[0]]
        if pattern is _BELOW:
            maximum = value
        elif value != maximum:
            minimum = value
    if minimum is None and maximum is None:
        if match := _ABOUT.search(shape):
            value = values[_amounts_in(shape, match)[0]]
            return PriceLimits(round(value * (1 - ABOUT), 2), round(value * (1 + ABOUT), 2))
        match = re.search(r"\bfor #", shape)
        if match and _money(text):
            return PriceLimits(None, values[_amounts_in(shape, match)[0]])
    return PriceLimits(minimum, maximum)


def _money(text: str) -> bool:
    return bool(re.search(rf"[$£€]|\b{_MONEY}\b", text.lower()))


def _amounts_in(shape: str, match: re.Match[str]) -> list[int]:
    """Which of the amounts a match holds."""
    before = shape[: match.start()].count("#")
    return list(range(before, before + match[0].count("#")))


def _simplified(text: str) -> tuple[str, list[float]]:
    """The text in lower case with each amount as "#", currencies left out; and the amounts."""
    values: list[float] = []

    def keep(match: re.Match[str]) -> str:
        values.append(float(match[1].replace(",", "") + "." + (match[2] or "0")))
        return " # "

    shape = _AMOUNT.sub(keep, _digits(text.lower().replace("’", "'")))
    shape = re.sub(rf"\b{_MONEY}\b", " ", shape)
    shape = " ".join(re.sub(r"[^\w#'–-]", " ", shape).split())
    return re.sub(r"# (?:and )?# cents?\b", _Cents(values), shape), values


class _Cents:
    """Joins "19 dollars and 99 cents"; only where it is the first such pair of the text."""

    def __init__(self, values: list[float]) -> None:
        self._values = values

    def __call__(self, match: re.Match[str]) -> str:
        at = match.string[: match.start()].count("#")
        if self._values[at + 1] < 100:
            self._values[at : at + 2] = [self._values[at] + self._values[at + 1] / 100]
            return "#"
        return match[0]


def _digits(text: str) -> str:
    """Numbers in words as digits; "one" and "a" alone are left, they seldom are prices."""
    found = numbers.tokens(text)
    words = [token.text for token in found]
    parts, at, i = [], 0, 0
    while i < len(words):
        parsed = None if words[i].isdigit() else numbers.cardinal(words, i)
        if parsed is None or (words[i : parsed[1]] in (["one"], ["oh"])):
            i += 1
            continue
        value, end = parsed
        parts += [text[at : found[i].start], str(value)]
        at, i = found[end - 1].end, end
    return "".join(parts) + text[at:]


def without_prices(text: str) -> str:
    """The text without the words that set a limit on the price."""
    shape, values = _simplified(text)
    if not values or price_limits(text) == PriceLimits():
        return text
    for pattern in (_BETWEEN, _BELOW, _AT_LEAST, _ABOVE, _ABOUT, re.compile(r"\bfor #")):
        shape = pattern.sub(" ", shape)
    for value in values[: shape.count("#")]:
        shape = shape.replace("#", f"{value:g}", 1)
    return " ".join(shape.split())
