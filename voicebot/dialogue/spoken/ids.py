"""The identifiers that exist, made findable by what was heard."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MOST = 8  # matches given
EXACT = 1.0
DIGITS_ALONE = 0.97  # the letters were not said, or "order" for them
LETTERS_ALIKE = 0.93  # "ORT" for "ORD"
ZEROS_LEFT_OUT = 0.9
LETTERS_DIFFER = 0.72
SOUNDS_ALIKE = 0.75  # fifteen and fifty, five and nine
DIGIT_OFF = 0.5  # one more, one less, two swapped, another one
OTHER_READING = 0.06  # taken off for each reading less likely than the first, up to three
_NEAR_FROM = 3  # digits; shorter numbers are all near one another

# Letters whose names sound alike, and digits that are taken for one another on a bad line.
_ALIKE_LETTERS = ("BDPTEGCVZ", "MN", "AHJK8", "FSX", "IY5", "OUQ0", "LO", "RI", "AR")
_ALIKE_DIGITS = {"5": "9", "9": "5"}
_TEENS = re.compile(r"1([3-9])|([3-9])0")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NORMAL = re.compile(r"[A-Z0-9]*").fullmatch
_OTHERS = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True)
class Match:
    """An identifier that exists. score: 0 to 1; see `identifiers.match`."""

    order_id: str
    score: float


def normal(identifier: str) -> str:
    """Letters and digits in upper case."""
    return identifier if _NORMAL(identifier) else _OTHERS.sub("", identifier.upper())


class _Table:
    """Identifiers by a key. Few share one, and a list for each would be most of the memory."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._more: dict[str, list[str]] = {}

    def add(self, key: str, order_id: str) -> None:
        if self._first.setdefault(key, order_id) is not order_id:
            self._more.setdefault(key, []).append(order_id)

    def get(self, key: str) -> Sequence[str]:
        first = self._first.get(key)
        return () if first is None else (first, *self._more.get(key, ()))

    def __contains__(self, key: str) -> bool:
        return key in self._first

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        """Identifiers, not keys."""
        return len(self._first) + sum(map(len, self._more.values()))


class IdIndex:
    """Build it once: some 0.3 s and 30 MB for 100,000 identifiers. Immutable, so threads may share
    it."""

    def __init__(self, known: Iterable[str]) -> None:
        self._exact, self._digits, self._stripped = _Table(), _Table(), _Table()
        prefixes: Counter[str] = Counter()
        for order_id in known:
            form = normal(order_id)
            digits = _digits(form)
            self._exact.add(form, order_id)
            self._digits.add(digits, order_id)
            if digits.startswith("0"):
                self._stripped.add(digits.lstrip("0"), order_id)
            if prefix := form[: len(form) - len(form.lstrip(_LETTERS))]:
                prefixes[prefix] += 1
        self.prefixes: tuple[str, ...] = tuple(p for p, _ in prefixes.most_common(32))
        # Identifiers come sorted, mostly: kept in that order, they are sorted again in no time.
        self._forms = sorted(dict.fromkeys((*self._exact, *self._digits)))
        self._counts = frozenset({len(d) for d in self._digits} | {len(d) for d in self._stripped})

    def __len__(self) -> int:
        return len(self._exact)

    def holds(self, reading: str) -> bool:
        """Whether the reading is one in full, or the digits of one."""
        return reading in self._exact or reading in self._digits

    def fits(self, reading: str) -> bool:
        """Whether one that exists has as many digits."""
        return not self._counts or len(_digits(reading)) in self._counts

    def lettered(self, reading: str) -> bool:
        """Whether it has no letters but those that identifiers begin with."""
        return set(_letters(reading)) <= set("".join(self.prefixes))

    def with_digits(self, digits: str) -> Sequence[str]:
        """Those whose digits these are."""
        return self._digits.get(digits)

    def begins(self, reading: str) -> bool:
        """Whether one that exists begins so."""
        at = bisect_left(self._forms, reading)
        return at < len(self._forms) and self._forms[at].startswith(reading)

    def rank(self, readings: Sequence[str]) -> dict[str, float]:
        """Those that exist and may be meant, with their scores."""
        best: dict[str, float] = {}

        def keep(order_ids: Sequence[str], score: float) -> None:
            for order_id in order_ids[: MOST * 4]:
                best[order_id] = max(best.get(order_id, 0.0), score)

        for place, reading in enumerate(readings):
            less = OTHER_READING * min(place, 3) + (0.05 if place else 0.0)
            digits, letters = _digits(reading), _letters(reading)
            keep(self._exact.get(reading), EXACT - less)
            for order_id in self._digits.get(digits)[: MOST * 4]:
                keep((order_id,), _by_letters(letters, _letters(normal(order_id))) - less)
            bare = digits.lstrip("0")
            if bare:
                keep(self._stripped.get(bare), ZEROS_LEFT_OUT - less)
        if readings and max(best.values(), default=0.0) < DIGITS_ALONE:
            self._near(readings[0], best)
        return best

    def _near(self, reading: str, best: dict[str, float]) -> None:
        digits = _digits(reading)
        if len(digits) >= _NEAR_FROM - 1:
            for variant in _sounding(digits):
                for order_id in self._digits.get(variant)[:MOST]:
                    best[order_id] = max(best.get(order_id, 0.0), SOUNDS_ALIKE)
        if len(digits) >= _NEAR_FROM:
            for variant in _edited(digits):
                for order_id in self._digits.get(variant)[:MOST]:
                    best[order_id] = max(best.get(order_id, 0.0), DIGIT_OFF)


def _digits(form: str) -> str:
    return "".join(filter(str.isdigit, form))


def _letters(form: str) -> str:
    return "".join(char for char in form if not char.isdigit())


def _by_letters(said: str, known: str) -> float:
    if said == known:
        return EXACT - 0.01  # the same letters in another place
    if not said:
        return DIGITS_ALONE
    if len(said) == len(known) and all(map(_alike, said, known)):
        return LETTERS_ALIKE
    # Part of the prefix was lost ("RD 123"), or a word before it was taken for a letter.
    if said in known or (known and known in said):
        return LETTERS_ALIKE
    return LETTERS_DIFFER


def _alike(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in _ALIKE_LETTERS)


def like_prefix(said: str, prefix: str) -> bool:
    """Whether letters were meant for that prefix: they hold it, or two of its letters in order, one
    of them heard as one that sounds alike ("LRD", "RT", "SORD" for "ORD")."""
    best: dict[tuple[int, int], tuple[int, int]] = {}  # letters in common, and the same ones
    for i, one in enumerate(said):
        for j, other in enumerate(prefix):
            found = max(best.get((i - 1, j), (0, 0)), best.get((i, j - 1), (0, 0)))
            if _alike(one, other):
                common, same = best.get((i - 1, j - 1), (0, 0))
                found = max(found, (common + 1, same + (one == other)))
            best[i, j] = found
    common, same = best[len(said) - 1, len(prefix) - 1]
    return common >= max(2, len(prefix) - 1) and same > 0 and len(said) <= len(prefix) + 2


def _sounding(digits: str) -> Iterator[str]:
    """With one thing heard that sounds like it."""
    for i, digit in enumerate(digits):
        if digit in _ALIKE_DIGITS:
            yield digits[:i] + _ALIKE_DIGITS[digit] + digits[i + 1 :]
        pair = _TEENS.fullmatch(digits[i : i + 2])
        if pair:
            other = f"{pair[1]}0" if pair[1] else f"1{pair[2]}"
            yield digits[:i] + other + digits[i + 2 :]


def _edited(digits: str) -> Iterator[str]:
    """With one digit replaced, left out or put in, or two neighbours swapped."""
    for i in range(len(digits) + 1):
        head, tail = digits[:i], digits[i:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for digit in "0123456789":
            yield head + digit + tail
            if tail:
                yield head + digit + tail[1:]
