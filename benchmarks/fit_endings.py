"""Fit `voicebot.endings`: whether a customer's words are all, from their embedding.

    python -m benchmarks.fit_endings

What customers say in the scenarios, the shops' questions and the intents' examples is taken for
all that they wanted to say; whatever such a sentence begins with, and is none itself, for a part.
Some of those parts could stand alone: the model finds them in the middle, which is where they
belong. The table is from ten-fold cross-validation over sentences.
"""

from __future__ import annotations

import asyncio
import json
import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.logistic import Numbers, fitted
from voicebot.backends.sentence_transformers import OnnxEmbedder
from voicebot.dialogue import intents
from voicebot.endings import FILE, plain
from voicebot.evaluation.statistics import area_under_curve
from voicebot.models.places import models_dir
from voicebot.stages import Embedder
from voicebot.tools.registry import load_tools

HERE = Path(__file__).resolve().parent
MODEL = "all-MiniLM-L6-v2"
RIDGE = 1.0  # from 0.3 to 3 the area stays the same; beyond, it falls
FOLDS = 10


def sentences() -> list[str]:
    """What customers say, without doubles."""
    said = [sentence for known in intents.EXAMPLES.values() for sentence in known]
    said += [sentence for tool in load_tools() for sentence in tool.examples]
    for file in sorted(HERE.glob("shops/*/questions.json")):
        said += [question["ask"] for question in json.loads(file.read_text())["questions"]]
    for file in sorted((HERE.parent / "tests/scenarios").glob("*.toml")):
        for scenario in tomllib.loads(file.read_text())["scenario"]:
            said += [turn["customer"] for turn in scenario["turns"] if turn.get("customer")]
    return sorted({plain(sentence) for sentence in said} - {""})


def beginnings(whole: list[str]) -> dict[str, int]:
    """Each proper beginning of a sentence, and the first sentence that it begins."""
    found: dict[str, int] = {}
    for place, sentence in enumerate(whole):
        words = sentence.split()
        for count in range(1, len(words)):
            found.setdefault(" ".join(words[:count]), place)
    for sentence in whole:
        found.pop(sentence, None)
    return found


async def vectors(embedder: Embedder, texts: list[str]) -> Numbers:
    parts = [await embedder.embed(texts[at : at + 64]) for at in range(0, len(texts), 64)]
    return np.column_stack([np.concatenate(parts), np.ones(len(texts))]).astype(np.float64)


def weighted(rows: Numbers, whole: NDArray[np.bool_]) -> Numbers:
    """Wholes and parts count the same together."""
    share = np.where(whole, 1 / whole.sum(), 1 / (~whole).sum()) * len(rows) / 2
    return fitted(rows, whole.astype(np.float64), ridge=RIDGE, constant=-1, share=share)


async def main() -> None:
    whole = sentences()
    parts = beginnings(whole)
    embedder = OnnxEmbedder(models_dir() / MODEL, threads=2)
    rows = await vectors(embedder, [*whole, *parts])
    labels = np.arange(len(rows)) < len(whole)
    fold = np.array([*range(len(whole)), *parts.values()]) % FOLDS
    rated = np.zeros(len(rows))
    for one in range(FOLDS):
        rated[fold == one] = rows[fold == one] @ weighted(rows[fold != one], labels[fold != one])
    ends, pauses = rated[labels], rated[~labels]
    area = area_under_curve(ends, pauses)
    print(f"{len(whole)} sentences, {len(parts)} beginnings; area {area:.3f}")
    for least in (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5):
        taken, mistaken = np.mean(ends >= least), np.mean(pauses >= least)
        print(f"odds of {least:4.1f}: {taken:.2f} of the sentences, {mistaken:.2f} of the others")
    weights = weighted(rows, labels).astype(np.float32)
    np.savez(HERE.parent / "models" / FILE.format(MODEL), weights=weights)


if __name__ == "__main__":
    asyncio.run(main())
