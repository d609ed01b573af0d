"""Fit the embedder's second output: a question near the sentence that answers it.

    pip install -r benchmarks/fitting/requirements.txt
    python -m benchmarks.fit_answers

All-purpose embeddings put together what speaks of the same; customers and documents speak of the
same thing in other words. benchmarks/counters has what people ask at invented counters, in their
own words, and which sentences of the counter's documents answer it, or that none does. For each
counter at once, the softmax over its sentences and over "none of them" is to choose those
(InfoNCE with all other sentences of the same documents as negatives); only corrections of rank 12
to the last three layers are fitted. Nine minutes on two cores with AMX.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.fitting.counters import Counter, read_counters
from benchmarks.fitting.minilm import NAME, Descent, MiniLM
from voicebot.models.low_rank import write_corrections

HERE = Path(__file__).resolve().parent
FIRST_LAYER, RANK = 3, 12
EPOCHS, RATE = 5, 1e-3
SHARPNESS = 20.0  # by which similarities are multiplied, as in the model's own training
NO_ANSWER = 0.45  # similarity that "none of them" begins with


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--into", type=Path, default=HERE.parent / f"models/{NAME}.answering.npz")
    options = parser.parse_args()
    torch.manual_seed(0)
    model = MiniLM(FIRST_LAYER, RANK)
    _fit(model, read_counters())
    write_corrections(options.into, model.corrections())


def _fit(model: MiniLM, counters: list[Counter]) -> None:
    none = nn.Parameter(torch.tensor(NO_ANSWER * SHARPNESS))
    descent = Descent(model, [none], RATE, EPOCHS * len(counters))
    shuffled = random.Random(0)
    for epoch in range(EPOCHS):
        order = shuffled.sample(counters, len(counters))
        total = sum(descent.step(_loss(model, none, one, shuffled)) for one in order)
        print(f"epoch {epoch}: loss {total / len(counters):.3f}", flush=True)


def _loss(model: MiniLM, none: Tensor, counter: Counter, chosen: random.Random) -> Tensor:
    questions = model([question.said(chosen) for question in counter.questions])
    likes = SHARPNESS * questions @ model(counter.sentences).T
    likes = torch.cat([likes, none.expand(len(likes), 1)], 1)
    right = torch.zeros_like(likes, dtype=torch.bool)
    for row, question in enumerate(counter.questions):
        right[row, list(question.found) or [len(counter.sentences)]] = True
    among_right = functional.log_softmax(likes, 1).masked_fill(~right, -torch.inf)
    return -among_right.logsumexp(1).mean()


if __name__ == "__main__":
    main()
