"""Whether a sentence answers: the linear layer, and what it makes of real pairs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest

from benchmarks.fitting.counters import read_counters
from tests.fakes import LengthEmbedder
from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.closing import close
from voicebot.config import Embedding, Sections
from voicebot.cross_encoder import CrossEncoder
from voicebot.stages import Embedder


async def test_the_odds_are_linear_in_the_embedding_of_the_pair() -> None:
    reads = CrossEncoder(LengthEmbedder(), np.array([0.5, 2.0, -4.0], np.float32))
    odds = await reads.log_odds("when?", ["at nine", "never"])
    assert odds == [0.5 * len(f"when? [SEP] {text}") + 2 - 4 for text in ("at nine", "never")]


async def test_what_cannot_be_read_has_no_odds() -> None:
    assert (
        await CrossEncoder(LengthEmbedder(), np.zeros(3, np.float32)).log_odds("fail", ["a"]) == []
    )


def test_nobody_has_fitted_it_to_other_embedders() -> None:
    other = Sections(embedding=Embedding(backend="openai"))
    assert assemble.open_cross_encoder(Files.of(other), LengthEmbedder()) is None


@pytest.fixture
async def reads() -> AsyncIterator[CrossEncoder]:
    files = Files.of(Sections())
    embedder: Embedder = assemble.open_embedder(Sections(), files)
    found = assemble.open_cross_encoder(files, embedder)
    assert found is not None
    yield found
    await close(embedder)


@pytest.mark.models
async def test_what_answers_is_told_from_what_stands_beside_it(reads: CrossEncoder) -> None:
    counter = next(one for one in read_counters() if one.name == "bikes")
    asked = [question for question in counter.questions if question.found][:40]
    told = 0
    for question in asked:
        answers = question.found[0]
        near = range(max(answers - 3, 0), min(answers + 4, len(counter.sentences)))
        beside = [row for row in near if row not in question.found]
        texts = [counter.sentences[row] for row in (answers, *beside)]
        right, *wrong = await reads.log_odds(question.written, texts)
        told += right > max(wrong)
    assert told >= 30  # of 40; 34 were, and by chance 6 would be


@pytest.mark.models
@pytest.mark.parametrize(
    ("question", "answers", "beside"),
    [
        (
            "Do I get my deposit back if I cancel?",
            "Bookings: A deposit is returned if we hear from you two days before.",
            "Bookings: The deposit is a fifth of the price.",
        ),
        (
            "How late can I come on a Sunday?",
            "Opening hours: On Sundays the last customer is let in at half past four.",
            "Opening hours: We are closed on Sundays in January.",
        ),
        (
            "Can somebody else pick it up for me?",
            "Collection: Your neighbour may collect with the number of the order.",
            "Collection: Orders are kept for ten days.",
        ),
    ],
)
async def test_what_answers_is_told_from_what_is_beside_it(
    reads: CrossEncoder, question: str, answers: str, beside: str
) -> None:
    right, wrong = await reads.log_odds(question, [answers, beside])
    assert right > wrong
