"""Fit the embedder's third output and `voicebot.endings`: whether a customer's words are all.

    pip install -r benchmarks/fitting/requirements.txt
    python -m benchmarks.fit_endings

What customers say in the scenarios, the shops' questions, the intents' examples and at the counters
is taken for all that they wanted to say; whatever such a sentence begins with, and is none itself,
for a part. Some of those parts could stand alone: the model finds them in the middle, which is
where they belong. Fitted together are corrections of rank 8 to the last three layers and one linear
layer on what they give. What it is worth, `voicebot bench pauses` tells.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.fitting.counters import read_counters
from benchmarks.fitting.minilm import NAME, Descent, Head, MiniLM
from voicebot.dialogue import intents
from voicebot.endings import FILE, plain
from voicebot.models.low_rank import write_corrections
from voicebot.tools.registry import load_tools

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent / "models"
FIRST_LAYER, RANK = 3, 8
EPOCHS, RATE, BATCH = 2, 1e-3, 256
PARTS = 3  # of each sentence, others in each epoch; a sentence counts as much as they do together
Batch = tuple[list[str], Tensor]


def sentences() -> list[str]:
    """What customers say, without doubles."""
    said = [sentence for known in intents.EXAMPLES.values() for sentence in known]
    said += [sentence for tool in load_tools() for sentence in tool.examples]
    for file in sorted(HERE.glob("shops/*/questions.json")):
        said += [question["ask"] for question in json.loads(file.read_text())["questions"]]
    for file in sorted((HERE.parent / "tests/scenarios").glob("*.toml")):
        for scenario in tomllib.loads(file.read_text())["scenario"]:
            said += [turn["customer"] for turn in scenario["turns"] if turn.get("customer")]
    said += [one.written for counter in read_counters() for one in counter.questions]
    return sorted({plain(sentence) for sentence in said} - {""})


def batches(whole: list[str], chosen: random.Random) -> Iterator[Batch]:
    """One epoch's texts, each with 1 where it is all and 0 where it is a part."""
    known, texts = frozenset(whole), list[tuple[str, float]]()
    for sentence in whole:
        words = sentence.split()
        parts = {" ".join(words[:count]) for count in range(1, len(words))} - known
        some = chosen.sample(sorted(parts), min(PARTS, len(parts)))
        texts += [(sentence, 1.0), *((part, 0.0) for part in some)]
    chosen.shuffle(texts)
    for start in range(0, len(texts) - BATCH + 1, BATCH):
        some_texts, labels = zip(*texts[start : start + BATCH], strict=True)
        yield [*some_texts], torch.tensor(labels)


def fit(model: MiniLM, head: Head, whole: list[str]) -> None:
    steps = EPOCHS * len(whole) * (1 + PARTS) // BATCH
    descent, chosen = Descent(model, [*head.parameters()], RATE, steps), random.Random(0)
    for epoch in range(EPOCHS):
        losses = [
            descent.step(
                functional.binary_cross_entropy_with_logits(
                    head(model(texts)), labels, torch.where(labels > 0, PARTS, 1.0)
                )
            )
            for texts, labels in batches(whole, chosen)
        ]
        print(f"epoch {epoch}: loss {np.mean(losses[-50:]):.3f}", flush=True)


def main() -> None:
    torch.manual_seed(0)
    model = MiniLM(FIRST_LAYER, RANK)
    head = Head(model.dimension)
    fit(model, head, sentences())
    write_corrections(MODELS / f"{NAME}.ending.npz", model.corrections())
    np.savez(MODELS / FILE.format(NAME), weights=head.kept())


if __name__ == "__main__":
    main()
