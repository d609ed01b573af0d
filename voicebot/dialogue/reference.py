"""Words that point back: "the second one", "is it in stock", "and in red?", "the other order".
Pure: from the words and what the last turns were about to what is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from voicebot.dialogue import subjects
from voicebot.dialogue.followup import own_words
from voicebot.dialogue.spoken import amounts, answers
from voicebot.dialogue.spoken.numbers import bag
from voicebot.dialogue.subjects import Good, Goods, OrderNamed, Subject

SPOKEN = 3  # goods of a list that are told; the last one is the last of these
_MOST_WORDS = 12  # a longer request says what it is about
_CENT = 0.01


@dataclass(frozen=True)
class Picked:
    """One that was told of. asks: what else than price and stock is asked, on its own; "" where
    nothing is. described: the catalogue's description seems to answer that."""

    good: Good
    asks: str = ""
    described: bool = False


@dataclass(frozen=True)
class Search:
    """The last search, changed. certain: it can be nothing else; else `new` has to exist."""

    query: str
    max_price: float | None = None
    new: str = ""
    certain: bool = True


Meant: TypeAlias = Picked | Search

_PLACE = re.compile(
    r"\b(?:the |that |number |option )(?:first|second|third|fourth|fifth|last|one|two|three|four|"
    r"five|[1-5](?:st|nd|rd|th)?)\b"
    r"(?= (?:one|ones|of (?:them|those|these)|on the list)\b|[\s.?!]*$|,|(?: please)| is\b| in\b)",
    re.IGNORECASE,
)
_OF_THEM = r"(?= (?:ones?|of)\b|[\s.?!]*$|,)"  # nothing that makes it a thing of its own
_CHEAP = re.compile(
    rf"\b(?:the (?:cheaper|less expensive)|(?:the )?(?:cheapest|least expensive))\b{_OF_THEM}", re.I
)
_DEAR = re.compile(
    rf"\b(?:the )?(?:(?:more|most) expensive|dear(?:er|est)|pric(?:ier|iest))\b{_OF_THEM}", re.I
)
_CHEAPER = re.compile(
    r"\b(?:anything|something|any|one|ones|a|got|nothing|some)\b.*\b(?:cheaper|less expensive)\b"
    r"|^\W*(?:(?:and|any|no|or|hm+)\W+)*(?:cheaper|less expensive)\b",
    re.IGNORECASE,
)
_IT = re.compile(
    r"\b(?:it|that one|this one|that|this|its)\b(?! (?:order|parcel|package|price|much)\b)", re.I
)
_THEM = re.compile(r"\b(?:they|them|those|these|both)\b", re.IGNORECASE)
_ONE = re.compile(r"\b(?:the|that|a|an|any) (?P<like>[\w-]+(?: [\w-]+)?) ones?\b", re.IGNORECASE)
_LEAD = (
    r"^(?:(?:no|nope|and|or|but|so|oh|well|okay|ok|hm+|thanks|great|maybe|perhaps|then)[,.]?\s+)*?"
)
_IN = re.compile(
    rf"{_LEAD}(?:(?:what about|how about|do you "
    r"have (?:it|them|one|that|those|this)|is there one|have you got (?:it|them|one)|does it come|"
    r"do they come|(?:any|anything|something|one|it|them))\s+)*"
    r"in (?P<like>(?!stock|store|the )[a-z-]+)[\s.?!]*$",
    re.IGNORECASE,
)
_AND = re.compile(
    rf"{_LEAD}(?:and|or|what about|how about|and what about|and how about|or maybe|any|sorry|"
    r"actually|rather|i (?:mean|meant|said))[,.]?\s+"
    r"(?:any |some |the )?"
    r"(?P<rest>[\w'-]+(?: [\w'-]+){0,3})[\s.?!]*$",
    re.IGNORECASE,
)
_LIMIT_ALONE = re.compile(
    rf"{_LEAD}(?:(?:sorry|actually|wait|i mean|i meant|i said|make (?:it|that)|let's say|rather|"
    r"what about|how about|anything|something|no|and|or|then)[,.]?\s+)*$",
    re.IGNORECASE,
)
_GOODS = re.compile(
    r"\b(?:how much|price|cost|costs|in stock|available|do you have|have you got|still have|got it|"
    r"any left|sold out|take it|buy it)\b",
    re.IGNORECASE,
)
_BARE = bag(
    "the a and or what about how is it one ones that this so okay ok yes please i'll i'd like take"
    " want i mean meant no well then tell me more about show of them those these number you said"
    " on list um uh product thing which"
)
_NO = re.compile(r"^\W*(?:no|nope)\b[,.]?\s+", re.IGNORECASE)
_ELSEWHERE = re.compile(  # of orders, not of goods on the shelf
    r"\b(?:return|refund|order|parcel|package|delivery|send|bring|track\w*)\b", re.IGNORECASE
)
_ASIDE = re.compile(r"\bthat(?:'s| is) (?!the\b|in\b|available)|\bthat (?:noise|sound)", re.I)
_HEAD_ENDS = re.compile(r"\b(?:for|with|to|in|on|under|below|over|between|around)\b")
_PLACES = bag(
    "first second third fourth fifth last two three four five cheaper"
    " cheapest less least expensive most more"
)
_MORE = re.compile(r"\bmore about\b|\btell me about\b|\bdescribe\b|\bdetails\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:the|my|an?)? ?(?:other|another|different) (?:order|number|parcel|package)\b|"
    r"\b(?:the|my) other one\b",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"\b(?:the|my) (?:first|previous|former|earlier) (?:order|parcel|package|one)\b", re.I
)


def meant(text: str, about: Sequence[Subject]) -> Meant | None:
    """What the words point to among the goods that were told of; None where they do not."""
    lists = subjects.of(tuple(about), Goods)
    if not lists or len(text.split()) > _MOST_WORDS or _ELSEWHERE.search(text):
        return None
    if _ASIDE.search(text):
        return None
    text = _joined(text, lists)
    return _by_place(text, lists) or _changed(text, lists[0]) or _by_name(text, about, lists)


def _joined(text: str, lists: Sequence[Goods]) -> str:
    """ "boom box" as "boombox" where that is a word of the goods."""
    known = set().union(*(_words(_all_of(good)) for found in lists for good in found.found))
    said = text.split()
    for at in range(len(said) - 2, -1, -1):
        both = said[at] + said[at + 1]
        if _words(both) <= known and len(_words(both)) == 1:
            said[at : at + 2] = [both]
    return " ".join(said)


def _by_place(text: str, lists: Sequence[Goods]) -> Meant | None:
    for found in lists:
        if (one := _placed(text, found)) is not None:
            return _picked(text, (one,), found)
    return None


def _changed(text: str, last: Goods) -> Search | None:
    """The last search with another limit, something cheaper, or in another colour."""
    if (limit := _limit(text)) is not None:
        return Search(last.query, limit)
    if _CHEAPER.search(text):
        least = min(good.price for good in last.found[:SPOKEN])
        return Search(_kind(last), round(least - _CENT, 2))
    if like := _IN.match(text):
        return Search(f"{like['like']} {_kind(last)}")
    return None


def _by_name(text: str, about: Sequence[Subject], lists: Sequence[Goods]) -> Meant | None:
    newest, one = about[0], _ONE.search(text)
    points = isinstance(newest, Goods) and bool(_IT.search(text) or _THEM.search(text))
    if points and not one and isinstance(newest, Goods) and len(newest.found) == 1:
        return _picked(text, newest.found, newest)
    for found in lists:
        alike = _alike(one["like"], found.found) if one else _named(text, found.found)
        if alike:
            return _picked(text, alike, found, one[0] if one else "")
    if one and (new := _plain(one["like"])):
        return Search(f"{new} {_kind(lists[0])}")
    if points or (_GOODS.search(text) and (_IT.search(text) or _THEM.search(text))):
        return _picked(text, lists[0].found, lists[0])
    follows = _AND.match(text) if isinstance(newest, Goods) else None
    return _and(follows["rest"], lists[0]) if follows else None


def _and(rest: str, last: Goods) -> Search | None:
    """ "And earbuds?": something else, with the same limit on the price unless there is another."""
    limit = amounts.price_limits(rest).maximum
    new = amounts.without_prices(rest)
    if not _words(new) - _BARE:
        return None
    return Search(new, last.max_price if limit is None else limit, new=new, certain=False)


def order(text: str, about: Sequence[Subject]) -> str:
    """The order that is meant by words that name none: the last one talked of, or the one before
    it. "" where there is none."""
    known = [one.order_id for one in subjects.of(tuple(about), OrderNamed)]
    if asks_for_another(text):
        return known[1] if len(known) > 1 else ""
    return known[0] if known else ""


def asks_for_another(text: str) -> bool:
    """ "The other order", "the first order"."""
    return _OTHER.search(text) is not None or _FORMER.search(text) is not None


# ------------------------------------------------------------------ which of the goods


def _placed(text: str, found: Goods) -> Good | None:
    goods = found.found
    if len(goods) < 2:
        return None
    told = goods[:SPOKEN]
    if _CHEAP.search(text):
        return min(told, key=lambda good: good.price)
    if _DEAR.search(text):
        return max(told, key=lambda good: good.price)
    if not _PLACE.search(text):
        return None
    place = answers.ordinal(text)
    if place == -1:
        return told[-1]
    return goods[place - 1] if place and place <= len(goods) else None


def _alike(like: str, goods: Sequence[Good]) -> tuple[Good, ...]:
    """Those that have all of the words, in their names or else in what is said of them."""
    asked = _words(like) - _BARE
    if not asked:
        return ()
    by_name = tuple(good for good in goods if asked <= _words(good.name))
    return by_name or tuple(good for good in goods if asked <= _words(_all_of(good)))


def _named(text: str, goods: Sequence[Good]) -> tuple[Good, ...]:
    """The one of them whose name has a word of the text that no other name of them has."""
    said = _words(text)
    own = [
        good
        for good in goods
        if said & (_words(good.name) - set().union(*(_words(o.name) for o in goods if o != good)))
        and not (_words(good.category) & said and len(goods) == 1)
    ]
    return tuple(own) if len(own) == 1 and len(goods) > 1 else ()


def _picked(
    text: str, picked: tuple[Good, ...], found: Goods, pointing: str = ""
) -> Picked | Search | None:
    if len(picked) > 1:
        return Search(found.query, found.max_price) if _GOODS.search(text) else None
    good = picked[0]
    if not _asks_more(text, good):
        return Picked(good)
    asked = {word.removesuffix("s") for word in own_words(text)} - _words(good.name)
    described = bool(_MORE.search(text)) or bool(asked & _words(good.description))
    return Picked(good, _on_its_own(text, good, pointing), described and bool(good.description))


def _asks_more(text: str, good: Good) -> bool:
    """Whether more is asked than price and stock."""
    if _GOODS.search(text):
        return False
    asked = _words(text) - _BARE - _PLACES
    return bool(asked - _words(f"{good.name} {good.category}")) or bool(_MORE.search(text))


def _on_its_own(text: str, good: Good, pointing: str) -> str:
    """The question with the name in the place of what points to it."""
    patterns = [_PLACE.pattern, _CHEAP.pattern, _DEAR.pattern, _IT.pattern]
    for pattern in [re.escape(pointing), *patterns] if pointing else patterns:
        whole = rf"(?:{pattern})(?: ones?\b)?"
        put, count = re.subn(whole, f"the {good.name}", text, count=1, flags=re.IGNORECASE)
        if count:
            return put
    return text


# ------------------------------------------------------------------ searches changed


def _limit(text: str) -> float | None:
    """The limit on the price, where the words are nothing but one."""
    said = _NO.sub("", text)  # "no, under sixty" is no minimum
    limit = amounts.price_limits(said).maximum
    if limit is None:
        return None
    rest = amounts.without_prices(said).strip(" .!?")
    return limit if _LIMIT_ALONE.match(f"{rest} " if rest else "") else None


def _kind(found: Goods) -> str:
    """What sort of thing was searched for: English names it last."""
    asked = re.findall(r"[\w'-]+", _HEAD_ENDS.split(amounts.without_prices(found.query))[0])
    return asked[-1] if asked else found.found[0].name.split()[-1]


def _plain(like: str) -> str:
    return " ".join(word for word in like.lower().split() if word not in _BARE)


def _all_of(good: Good) -> str:
    return f"{good.name} {good.category} {good.description}"


def _words(text: str) -> set[str]:
    return {
        word.removesuffix("s") if len(word) > 3 else word
        for word in re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower())
    }
