"""Which tokens are made anew, and which are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from voicebot import aligner
from voicebot.aligner import Aligner
from voicebot.stages import Tokens

WORDS = ("parcel", "late", "refund", "lamp")


class TokenEmbedder:
    """Every word is a direction of its own. read: the texts that it was asked for."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        self.read += texts
        axes = np.eye(len(WORDS), dtype=np.float32)
        split = [text.split() for text in texts]
        return [
            Tokens(tuple(words), np.stack([axes[WORDS.index(word)] for word in words]))
            for words in split
        ]


async def test_each_text_has_its_own_alignment_in_the_order_given() -> None:
    found = await Aligner(TokenEmbedder()).align("late parcel", ["lamp", "parcel late", "parcel"])
    assert [one.asked for one in found] == [0.0, 1.0, 0.5]


async def test_sentences_are_read_once() -> None:
    embedder = TokenEmbedder()
    held = Aligner(embedder)
    first = await held.align("late parcel", ["parcel", "lamp", "parcel"])
    again = await held.align("late parcel", ["lamp", "refund", "parcel"])
    assert embedder.read == ["late parcel", "parcel", "lamp", "late parcel", "refund"]
    assert again[2] == first[0] == first[2]


async def test_the_sentence_used_longest_ago_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aligner, "MOST", 2)
    embedder = TokenEmbedder()
    held = Aligner(embedder)
    for text in ("parcel", "lamp", "parcel", "refund", "parcel", "lamp"):
        await held.align("late", [text])
    assert [text for text in embedder.read if text != "late"] == [
        "parcel",
        "lamp",
        "refund",
        "lamp",
    ]
