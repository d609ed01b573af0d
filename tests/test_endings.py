"""Whether words are all: the linear layer, and what it makes of real sentences."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import LengthEmbedder
from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.closing import close
from voicebot.config import Embedding, Sections
from voicebot.dialogue.turns import LIKELY, SURE
from voicebot.endings import KNOWN, Endings, plain
from voicebot.models.low_rank import read_head
from voicebot.stages import Embedder


async def test_the_odds_are_linear_in_the_embedding_of_the_bare_words() -> None:
    endings = Endings(LengthEmbedder(), np.array([0.5, 2.0, -4.0], np.float32))
    assert await endings.odds("Oh, it's 12?") == pytest.approx(0.5 * len("oh it's 12") + 2 - 4)


async def test_what_everybody_begins_with_is_whole() -> None:
    assert (
        await Endings(LengthEmbedder(), np.array([0, 0, -4.0])).odds("Where's my order?") == KNOWN
    )


@pytest.mark.parametrize("text", ["", "...", "fail"])
async def test_what_nobody_can_know_is_none(text: str) -> None:
    assert await Endings(LengthEmbedder(), np.zeros(3, np.float32)).odds(text) is None


def test_punctuation_says_nothing() -> None:
    assert plain(" Do you match?") == plain("do you match...") == "do you match"


def test_nobody_has_fitted_it_to_other_embedders(tmp_path: Path) -> None:
    assert read_head(tmp_path / "other.endings.npz") is None
    other = Sections(embedding=Embedding(backend="openai"))
    assert assemble.open_endings(Files.of(other), LengthEmbedder()) is None


@pytest.fixture
async def endings() -> AsyncIterator[Endings]:
    files = Files.of(Sections())
    embedder: Embedder = assemble.open_embedder(Sections(), files)
    found = assemble.open_endings(files, embedder)
    assert found is not None
    yield found
    await close(embedder)


@pytest.mark.models
@pytest.mark.parametrize(
    ("part", "rest"),
    [
        ("Do you match", "the prices of other stores?"),
        ("How long do I have", "to send something back?"),
        ("Can I return", "something that I have opened?"),
        ("What happens if", "the battery is dead after a year?"),
        ("The problem is", "that nobody has called me back."),
        ("I'd like to talk to someone", "who works here."),
    ],
)
async def test_half_a_sentence_wants_the_other(endings: Endings, part: str, rest: str) -> None:
    half, whole = await endings.odds(part + "?"), await endings.odds(f"{part} {rest}")
    assert half is not None
    assert whole is not None
    assert half < LIKELY < SURE
    assert whole > LIKELY
