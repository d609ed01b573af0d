"""Goods found by what is meant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.nearest import LEAD, MOST, Nearest

GOODS = ("pedometer", "headphones", "cable")


class Embedder:
    """Unit vectors by hand. embedded: what it was asked for."""

    dimension, name = 3, "by hand"

    def __init__(self, asked: Sequence[float]) -> None:
        rest = np.sqrt(max(0.0, 1 - float(np.square(asked).sum())))
        self._asked = np.array([*asked, rest], np.float32)
        self.embedded: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += texts
        axes = np.eye(4, dtype=np.float32)
        return np.stack(
            [axes[GOODS.index(text)] if text in GOODS else self._asked for text in texts]
        )


async def test_the_product_that_is_most_like_the_words_is_meant() -> None:
    assert await Nearest(Embedder((0.1, 0.6, 0.2))).find("for a flight", GOODS) == 1


async def test_what_is_like_nothing_means_nothing() -> None:
    assert await Nearest(Embedder((0.1, 0.3, 0.1))).find("a washing machine", GOODS) is None


async def test_what_is_like_two_means_neither() -> None:
    assert await Nearest(Embedder((0.5, 0.5 + LEAD / 2, 0.0))).find("a thing", GOODS) is None


async def test_what_the_goods_are_is_learnt_once() -> None:
    embedder = Embedder((0.0, 0.6, 0.0))
    nearest = Nearest(embedder)
    for _ in range(2):
        await nearest.find("for a flight", GOODS)
    assert embedder.embedded == [*GOODS, "for a flight", "for a flight"]


async def test_a_large_catalogue_is_left_to_its_words() -> None:
    embedder = Embedder((0.0, 0.6, 0.0))
    assert await Nearest(embedder).find("for a flight", ["cable"] * (MOST + 1)) is None
    assert not embedder.embedded


async def test_an_empty_shop_has_nothing() -> None:
    assert await Nearest(Embedder((0.0, 0.6, 0.0))).find("for a flight", ()) is None
