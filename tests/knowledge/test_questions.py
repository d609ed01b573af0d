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

from voicebot.assemble import Files, for_answers, open_cross_encoder, open_embedder
from voicebot.backends.closing import close
from voicebot.config import Sections
from voicebot.cross_encoder import CrossEncoder
from voicebot.grounding import with_reading
from voicebot.knowledge.build import ingest
from voicebot.knowledge.index import ChromaKnowledge
from voicebot.knowledge.quotes import Quote, candidates, choose

HERE = Path(__file__).parent
PDFS = HERE.parents[1] / "data" / "pdfs"
THRESHOLD = Sections().knowledge.threshold
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
async def shop(folder: Path) -> AsyncIterator[tuple[ChromaKnowledge, CrossEncoder | None]]:
    files = Files.of(Sections())
    opened = open_embedder(Sections(), files)
    embedder = for_answers(opened)
    try:
        await ingest([PDFS], folder, embedder)
        knowledge = ChromaKnowledge(folder, embedder)
        try:
            yield knowledge, open_cross_encoder(files, opened)
        finally:
            knowledge.close()
    finally:
        await close(opened)


async def asked(folder: Path) -> list[tuple[Question, Quote | None]]:
    rows: list[tuple[Question, Quote | None]] = []
    async with shop(folder) as (knowledge, reads):
        for each in questions():
            ranked = candidates(each.question, await knowledge.search(each.question, COUNT))
            ranked = await with_reading(reads, each.question, ranked)
            rows.append((each, choose(each.question, ranked, THRESHOLD)))
    return rows


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
    assert calibration["answerable right"] >= 25
    assert test["answerable right"] >= 28
    assert calibration["unanswerable refused"] >= 13
    assert test["unanswerable refused"] >= 13
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
