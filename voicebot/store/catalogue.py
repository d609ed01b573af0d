"""Finding products by what a customer says, misheard or misspelled."""

from __future__ import annotations

import itertools
import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from voicebot.dialogue.spoken import similar
from voicebot.dialogue.spoken.numbers import bag
from voicebot.store.pace import Pace
from voicebot.store.records import Product

Numbers: TypeAlias = NDArray[np.int64]  # places of products

# Groups of words that customers use for one another.
SYNONYMS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "headphone earphone headset",
        "earbud earphone bud earpiece",
        "phone smartphone cellphone mobile handset",
        "laptop notebook",
        "tv television telly",
        "charger adapter adaptor",
        "cable cord lead wire",
        "speaker loudspeaker boombox",
        "bag backpack rucksack",
        "cup mug",
        "sofa couch",
        "jumper sweater pullover",
        "trouser pant",
        "trainer sneaker shoe",
        "torch flashlight",
        "fridge refrigerator",
        "hoover vacuum",
        "watch smartwatch",
        "bike bicycle",
        "case cover",
        "kid child children son daughter",
        "camera webcam",
    )
)
STOPWORDS = bag(
    "a an the any some do does you your have has got there is are was it its what which who how"
    " much many i i'm im we me my mine us look looking search searching find show see tell about"
    " need want would like could can please sell selling carry stock for with from in to of on at"
    " and or by that this these those one ones something anything everything thing item product"
    " price priced cost costs costing cheap cheaper cheapest good best nice new buy buying get"
    " available availability uh um er hmm hi hello hey so well okay ok if be not no yes under"
    " below over above than less more between around store shop here also them they still just"
    " let kind sort type pair pairs left most recommend option options all list catalogue catalog"
)
_AGED = re.compile(r"\b\w+[- ]years?[- ]old\b")
_BREAK = re.compile(r"\b(?:for|with|from|in|to|that|which|under|below|between|around)\b")
_IRREGULAR = {"mice": "mouse", "children": "child", "knives": "knife", "shelves": "shelf"}
MOST = 20  # products given
KINDS = 20  # of goods, that a customer is most likely to ask for
LIKELY = 6  # names that sound like what was heard
# How much a word says, by where it stands; a name's last word says what the thing is.
_NAME, _HEAD, _CATEGORY, _DESCRIPTION = 0.8, 1.0, 0.8, 0.5
_ALSO = 0.1  # more, for a word that stands in the category as well
_NAMES_ONE = 1  # products; a word of so few is a name rather than a kind
_FUZZY_FROM = 4  # letters; shorter words are too easily taken for others
_SOUNDS_FROM = 6  # from here on one sound may be another
_ALIKE = 0.7  # likeness from which a word was meant to be one of the product's
_COVERED = 0.5  # share of the question's weight that a product must meet
_NEAR_BEST = 0.75  # products this much worse than the best are not what was meant


@dataclass(frozen=True)
class Found:
    """products: the best first, at most MOST. total: how many there are. cheapest: where nothing is
    left, but would be without the price limit: the cheapest of those."""

    products: tuple[Product, ...] = ()
    total: int = 0
    cheapest: Product | None = None


def words(text: str) -> list[str]:
    """Words in lower case and in the singular."""
    return [singular(word) for word in re.findall(r"[^\W_]+(?:'[a-z]+)?", text.lower())]


def _weights(product: Product) -> dict[str, float]:
    """What each word says of a product."""
    found = dict.fromkeys(words(product.description), _DESCRIPTION)
    category = words(product.category)
    found |= dict.fromkeys(category, _CATEGORY)
    name = words(product.name)
    sku = words(product.sku)
    found |= dict.fromkeys([*sku, "".join(sku), *name], _NAME)
    if name:
        found[name[-1]] = _HEAD
    for word in set(category) & set(name):
        found[word] += _ALSO
    return found


@lru_cache(maxsize=65_536)
def singular(word: str) -> str:
    word = word.removesuffix("'s")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


class _Postings(Mapping[str, tuple[Numbers, NDArray[np.float64]]]):
    """By word: the products that it stands in, and what it says of each. In three arrays, since
    there are ten or twenty words to a product."""

    def __init__(self, weights: Iterable[dict[str, float]]) -> None:
        slots: dict[str, int] = {}
        slot, number, weight = array("q"), array("q"), array("d")
        for place, found in enumerate(weights):
            for word, says in found.items():
                slot.append(slots.setdefault(word, len(slots)))
                number.append(place)
                weight.append(says)
        by_word = np.argsort(np.array(slot, np.int64), kind="stable")
        self._slots = slots
        self._numbers = np.array(number, np.int64)[by_word]
        self._weights = np.array(weight, np.float64)[by_word]
        counts = np.bincount(np.array(slot, np.int64), minlength=len(slots))
        self._ends: list[int] = counts.cumsum().tolist()

    def __getitem__(self, word: str) -> tuple[Numbers, NDArray[np.float64]]:
        slot = self._slots[word]
        part = slice(self._ends[slot - 1] if slot else 0, self._ends[slot])
        return self._numbers[part], self._weights[part]

    def __contains__(self, word: object) -> bool:
        return word in self._slots

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)

    def held(self, word: str) -> int:
        """In how many products the word stands."""
        return len(self[word][0]) if word in self else 0


class Catalogue:
    """An index of words over the products, which come by name. Immutable, so threads may share it;
    making it takes some seconds for 50,000, at the pace given."""

    def __init__(self, products: Sequence[Product], pace: Pace = iter) -> None:
        self.products = tuple(products)
        self._where = _Postings(map(_weights, pace(self.products)))
        self._vocabulary = similar.Vocabulary(w for w in pace(self._where) if len(w) >= _FUZZY_FROM)
        self._sounds: dict[str, list[str]] = defaultdict(list)
        for word in pace(self._vocabulary):
            if word.isalpha():
                self._sounds[similar.sound(word)].append(word)
        self._prices = np.array([product.price for product in self.products])
        self._heard = similar.Vocabulary(self._sounds)
        heads = Counter(
            product.name.split()[-1].lower() for product in self.products if product.name
        )
        self._kinds = tuple(head for head, _ in heads.most_common(KINDS))
        # Who goes first among equals, and where no word tells what is wanted; then by name.
        gone = np.array([not product.stock for product in self.products], bool)
        lengths = np.array([len(product.name) for product in self.products], np.int64)
        self._place = np.lexsort((lengths, gone)).argsort()
        self._all = np.lexsort((self._prices, gone))

    def search(
        self,
        query: str,
        max_price: float | None = None,
        *,
        min_price: float | None = None,
        cheapest: bool = False,
    ) -> Found:
        """query: the customer's words, without the price. An empty one means all products.
        cheapest: those in stock by price, rather than by how well they fit."""
        ranked = self._ranked(query)
        prices = self._prices[ranked]
        fits = np.ones(len(ranked), bool)
        if max_price is not None:
            fits &= prices <= max_price
        if min_price is not None:
            fits &= prices >= min_price
        fitting = ranked[fits]
        if cheapest:
            gone = np.array([not self.products[n].stock for n in fitting.tolist()], bool)
            fitting = fitting[np.lexsort((self._prices[fitting], gone))]
        if fitting.size or not ranked.size:
            best = tuple(self.products[n] for n in fitting[:MOST].tolist())
            return Found(best, fitting.size)
        return Found(cheapest=self.products[ranked[prices.argmin()]])

    def likely_words(self, text: str) -> tuple[str, ...]:
        """What a customer may have said where the text makes no sense: the commonest kinds of
        goods, and names with words that sound like a part of it. Some 10 ms for 50,000 products."""
        found = [self.products[n].name for n in self._sounding_like(text)]
        return tuple(dict.fromkeys((*self._kinds, *reversed(found))))

    def _sounding_like(self, text: str) -> list[int]:
        said = similar.sound(re.sub(r"\W", "", text))
        near = self._heard.within(said, count=LIKELY)
        alike = [word for sound in near for word in self._sounds[sound]]
        return [number for word in alike for number in self._where[word][0][:1].tolist()][:LIKELY]

    def lacks(self, query: str, found: Product) -> tuple[str, ...]:
        """Words in front of what is asked for that say nothing of what was found: "red" of
        headphones that nobody calls red."""
        said = [w for w in words(_BREAK.split(query.lower())[0]) if w not in STOPWORDS]
        has = _weights(found).keys()
        joined = self._joined(said)
        name = words(found.name)
        alike = {w for w in joined if len(w) > _FUZZY_FROM and _likest(w, name) >= _ALIKE}
        for pair in itertools.pairwise(joined):  # "room full" of what is called RoomFill
            whole = _likest("".join(pair), name)
            if whole >= _ALIKE and whole > max(_likest(part, name) for part in pair):
                alike |= set(pair)
        kept = [w for w in joined[:-1] if w not in alike]
        return tuple(w for w in kept if not has & self._variants(w).keys())

    def _ranked(self, query: str) -> Numbers:
        """Places in `products`, the best first."""
        asked = self._asked(query)
        if not asked:
            return self._all
        whole = sum(weight for _, weight in asked)
        scores = np.zeros(len(self.products))
        for variants, weight in asked:
            best = np.zeros(len(self.products))
            for word, likeness in variants.items():
                numbers, weights = self._where[word]
                best[numbers] = np.maximum(best[numbers], likeness * weights)
            scores += best * weight / whole
        top = float(scores.max(initial=0.0))
        least = max(_COVERED * _DESCRIPTION * 1.2, top * _NEAR_BEST)
        chosen = np.flatnonzero(scores >= least)
        # There are few different scores, however many products.
        values, which = np.unique(scores[chosen], return_inverse=True)
        rounded = np.array([round(value, 2) for value in values.tolist()])[which]
        return chosen[np.lexsort((self._place[chosen], -rounded))]

    def _asked(self, query: str) -> list[tuple[dict[str, float], float]]:
        """The words of the question: what each may stand for, and how much it says. Without a
        word that says anything: empty."""
        plain = _AGED.sub("child", query.lower()).strip(" ?!.")
        head, *rest = _BREAK.split(plain)
        first = [w for w in words(head) if w not in STOPWORDS]
        if not first:  # "I'm looking for headphones": the thing stands behind the first break
            first, rest = [w for w in words(" ".join(rest)) if w not in STOPWORDS], []
        later = [w for w in words(" ".join(rest)) if w not in STOPWORDS]
        first, later = self._joined(first), self._joined(later)
        asked = []
        for position, word in enumerate((*first, *later)):
            # English names the thing last: in "red umbrella" the umbrella is what must be found.
            weight = 2.0 if position == len(first) - 1 else 1.0 if position < len(first) else 0.4
            asked.append((self._variants(word), weight * self._rarity(word)))
        return asked

    def _joined(self, said: list[str]) -> list[str]:
        """ "head phones" as "headphone" where only that is a word of the catalogue."""
        joined: list[str] = []
        for word in said:
            both = joined[-1] + word if joined else ""
            apart = joined and joined[-1] in self._where and word in self._where
            if both and not apart and (both in self._where or similar.sound(both) in self._sounds):
                joined[-1] = both
            else:
                joined.append(word)
        return joined

    def _rarity(self, word: str) -> float:
        held = self._where.held(word)
        return 1.0 if not held else 0.5 + 0.5 * math.log1p(len(self.products) / held) / 12

    def _variants(self, word: str) -> dict[str, float]:
        """Words of the catalogue that may be meant, with their likeness up to 1."""
        found: dict[str, float] = {}
        if word in self._where:
            found[word] = 1.0
        # Who says a word that goods have here means these before others of the kind.
        alike = 0.85 if word not in self._where or self._where.held(word) > _NAMES_ONE else 0.5
        for group in SYNONYMS:
            if word in group:
                _keep(found, (w for w in group if w in self._where), alike)
        if found or len(word) < _FUZZY_FROM:
            return found
        if word.isalpha():
            _keep(found, self._sounds.get(similar.sound(word), ()), 0.9)
        for near, likeness in self._vocabulary.nearest(word):
            _keep(found, (near,), 0.9 * likeness)
        if not found and len(word) >= _SOUNDS_FROM and word.isalpha():
            for near, likeness in self._heard.nearest(similar.sound(word)):
                _keep(found, self._sounds[near], 0.9 * likeness)
        for near in list(found):
            for group in SYNONYMS:
                if near in group:
                    _keep(found, (w for w in group if w in self._where), found[near] * 0.85)
        return found


def _keep(found: dict[str, float], words: Iterable[str], likeness: float) -> None:
    for word in words:
        found[word] = max(found.get(word, 0.0), likeness)


def _likest(word: str, words: Iterable[str]) -> float:
    return max((similar.likeness(word, one) for one in words), default=0.0)
