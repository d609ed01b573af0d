"""Fit the embedder's third output: whether a sentence answers a question, both read together.

    pip install -r benchmarks/fitting/requirements.txt
    python -m benchmarks.fit_verdicts

benchmarks/counters has what people ask at invented counters, and which sentences of the
counter's documents answer it, or that none does. Each question is put beside one that does and
five that do not, four of them among the seven nearest by the second output (fit_answers.py comes
first). The softmax over these and over "none of them", whose log-odds are 0, is to choose the right
one, and each pair's own log-odds are to be right by themselves. Corrections of rank 12 to all
layers but the first are fitted, and one linear layer on the mean. 40 minutes on two cores with AMX.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from benchmarks import fit_answers
from benchmarks.fitting.counters import Counter, Question, read_counters
from benchmarks.fitting.minilm import NAME, Descent, Head, MiniLM
from voicebot.cross_encoder import FILE
from voicebot.models.low_rank import read_corrections, write_corrections

MODELS = Path(__file__).resolve().parent.parent / "models"
FIRST_LAYER, RANK = 1, 12
EPOCHS, RATE = 3, 1e-3
QUESTIONS, BESIDE = 16, 6  # in a step; sentences read with each
NEAREST, OF_NEAREST, NEAR = 4, 7, 20  # wrong ones: so many of the nearest, the rest of the near


@dataclass(frozen=True)
class Asked:
    """wrong: sentences that do not answer, the nearest first."""

    question: Question
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--into", type=Path, default=MODELS, help="folder")
    options = parser.parse_args()
    torch.manual_seed(0)
    model = MiniLM(FIRST_LAYER, RANK)
    head = Head(model.dimension)
    embedder = MiniLM(fit_answers.FIRST_LAYER, fit_answers.RANK)
    embedder.correct(read_corrections(MODELS / f"{NAME}.answering.npz"))
    asked = [one for counter in read_counters() for one in _with_lures(counter, embedder)]
    _fit(model, head, asked)
    write_corrections(options.into / f"{NAME}.verdict.npz", model.corrections())
    np.savez(options.into / FILE.format(NAME), weights=head.kept())


def _with_lures(counter: Counter, embedder: MiniLM) -> Iterator[Asked]:
    with torch.no_grad():
        questions = embedder([question.written for question in counter.questions])
        likes = questions @ embedder(counter.sentences).T
    order = likes.argsort(1, descending=True).tolist()
    for question, nearest in zip(counter.questions, order, strict=True):
        wrong = [counter.sentences[at] for at in nearest if at not in question.found]
        right = tuple(counter.sentences[at] for at in question.found)
        yield Asked(question, right, tuple(wrong[:NEAR]))


def _fit(model: MiniLM, head: Head, asked: list[Asked]) -> None:
    steps = EPOCHS * (len(asked) // QUESTIONS)
    descent = Descent(model, [*head.parameters()], RATE, steps)
    shuffled = random.Random(0)
    for epoch in range(EPOCHS):
        some = _steps(asked, shuffled)
        total = sum(descent.step(_loss(model, head, one, shuffled)) for one in some)
        print(f"epoch {epoch}: loss {total / len(some):.3f}", flush=True)


def _steps(asked: Sequence[Asked], shuffled: random.Random) -> list[list[Asked]]:
    """All questions in a new order, those of like length together, so that little is padded."""
    order = sorted(asked, key=lambda one: len(one.question.written) + shuffled.random() * 15)
    steps = [order[at : at + QUESTIONS] for at in range(0, len(order) - QUESTIONS + 1, QUESTIONS)]
    shuffled.shuffle(steps)
    return steps


def _loss(model: MiniLM, head: Head, some: Sequence[Asked], shuffled: random.Random) -> Tensor:
    pairs: list[tuple[str, str]] = []
    for one in some:
        wrong = shuffled.sample(one.wrong[:OF_NEAREST], NEAREST)
        rest = [text for text in one.wrong if text not in wrong]
        wrong += shuffled.sample(rest, BESIDE - NEAREST)
        right = [shuffled.choice(one.right)] if one.right else []
        asked = one.question.said(shuffled)
        pairs += [(asked, text) for text in [*right, *wrong][:BESIDE]]
    odds = head(model(pairs)).view(len(some), BESIDE)
    chosen = torch.tensor([0 if one.right else BESIDE for one in some])
    none = torch.zeros(len(some), 1)
    answers = functional.one_hot(chosen, BESIDE + 1)[:, :BESIDE].float()
    among = functional.cross_entropy(torch.cat([odds, none], 1), chosen)
    return among + functional.binary_cross_entropy_with_logits(odds, answers)


if __name__ == "__main__":
    main()
