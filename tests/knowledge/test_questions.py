"""The sample shop's documents asked in customers' words; `python -m tests.knowledge.test_questions`
prints what becomes of each question."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from voicebot.assemble import for_answers
from voicebot.backends.sentence_transformers import OnnxEmbedder
from voicebot.knowledge.build import ingest
from voicebot.knowledge.index import ChromaKnowledge
from voicebot.knowledge.quotes import Quote, candidates, choose
from voicebot.models.places import models_dir

HERE = Path(__file__).parent
PDFS = HERE.parents[1] / "data" / "pdfs"
THRESHOLD = 0.3  # nobody judges here: similarity alone is held to less
COUNT = 8  # and of knowledge.passages


@dataclass(frozen=True)
class Question:
    """answers: the quote is right if it holds one of them; none: the documents don't say. split:
    "calibration" or "test", halves of the narrow questions, or "broad"."""

    question: str
    answers: tuple[str, ...]
    split: str

    def verdict(self, quote: Quote | None) -> str:
        if quote is None:
            return "refused"
        right = any(answer.lower() in quote.text.lower() for answer in self.answers)
        return "right" if right else "wrong"


def questions() -> list[Question]:
    rows = json.loads((HERE / "questions.json").read_text(encoding="utf-8"))
    return [Question(row["question"], tuple(row["answers"]), row["split"]) for row in rows]


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[ChromaKnowledge]:
    opened = OnnxEmbedder(models_dir() / "all-MiniLM-L6-v2")
    embedder = for_answers(opened)
    try:
        await ingest([PDFS], folder, embedder)
        knowledge = ChromaKnowledge(folder, embedder)
        try:
            yield knowledge
        finally:
            knowledge.close()
    finally:
        opened.close()


async def asked(folder: Path) -> list[tuple[Question, Quote | None]]:
    async with shop(folder) as knowledge:
        found = [await knowledge.search(each.question, COUNT) for each in questions()]
        return [
            (each, choose(each.question, candidates(each.question, hits), THRESHOLD))
            for each, hits in zip(questions(), found, strict=True)
        ]


def tally(rows: Sequence[tuple[Question, Quote | None]], split: str) -> Counter[str]:
    """Of one half: "answerable right", "unanswerable refused" and so on."""
    return Counter(
        f"{'answerable' if each.answers else 'unanswerable'} {each.verdict(quote)}"
        for each, quote in rows
        if each.split == split
    )


@pytest.mark.models
async def test_customers_questions(tmp_path: Path) -> None:
    rows = await asked(tmp_path)
    calibration, test = tally(rows, "calibration"), tally(rows, "test")
    # What is reached without a judge, less two questions of either kind.
    assert calibration["answerable right"] >= 23
    assert test["answerable right"] >= 25
    assert calibration["unanswerable refused"] >= 13
    assert test["unanswerable refused"] >= 12
    assert tally(rows, "broad")["answerable right"] >= 22


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(asked(Path(folder)))
    for each, quote in rows:
        kind = "answerable" if each.answers else "unanswerable"
        said = f"{quote.score:.2f} {quote.text}" if quote else "-"
        sys.stdout.write(f"{each.split}\t{kind}\t{each.verdict(quote)}\t{each.question}\t{said}\n")
    for split in ("calibration", "test", "broad"):
        sys.stdout.write(f"{split}: {dict(sorted(tally(rows, split).items()))}\n")


if __name__ == "__main__":
    main()
