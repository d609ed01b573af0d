"""Tokens of a question held against those of a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from voicebot.knowledge.alignment import Alignment, align
from voicebot.stages import Tokens

# Each word is a direction of its own, and "shut" is rather like "close".
AXES = np.eye(8, dtype=np.float32)
WORDS = dict(zip(("close", "on", "sunday", "we", "at"), AXES[:5], strict=True))
WORDS["shut"] = np.array([0.8, 0, 0, 0, 0, 0.6, 0, 0], np.float32)
WORDS["when"] = WORDS["do"] = WORDS["?"] = AXES[6]


def tokens(text: str) -> Tokens:
    found = text.split()
    vectors = np.stack([WORDS[word] for word in found]) if found else np.zeros((0, 8), np.float32)
    return Tokens(tuple(found), vectors)


def test_each_word_of_meaning_counts_by_what_is_most_like_it() -> None:
    found = align(tokens("when do we shut on sunday ?"), tokens("we close on sunday"))
    assert found.asked == pytest.approx((0.8 + 1.0) / 2)  # "shut" and "sunday"
    assert found.least == pytest.approx(0.8)
    assert found.told == pytest.approx((1.0 + 0.8 + 1.0 + 1.0) / 4)


def test_what_the_sentence_does_not_speak_of_is_the_least() -> None:
    assert align(tokens("close on sunday"), tokens("we close")).least == pytest.approx(0.0)


def test_a_question_of_common_words_counts_whole() -> None:
    assert align(tokens("when do we"), tokens("we")).asked == pytest.approx(1 / 3)


@pytest.mark.parametrize(("question", "text"), [("", "we close"), ("shut", ""), ("", "")])
def test_nothing_is_like_nothing(question: str, text: str) -> None:
    assert align(tokens(question), tokens(text)) == Alignment(0.0, 0.0, 0.0)
