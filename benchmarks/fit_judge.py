"""Fit a language model to tell whether a sentence answers a question.

    pip install -r benchmarks/fitting/requirements.txt
    python -m benchmarks.fit_judge
    python -m benchmarks.fit_judge --model qwen2.5-coder-1.5b-instruct-q4_k_m

benchmarks/counters has what people ask at invented counters, and which sentences of the
counter's documents answer it, or that none does. Each question is put in front of three of them:
up to two that do, the others among the nearest by the embedder (fit_answers.py comes first). The
softmax over these and over "none of them", whose log-odds are 0, is to choose a right one, and each
pair's own log-odds are to be right by themselves. Corrections of rank 3 to the upper half of the
layers are fitted, in one epoch: the 0.5B to all questions, 65 minutes on two cores with AMX, the
1.5B to six tenths of them, in some 110.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks import fit_answers
from benchmarks.fitting import minilm
from benchmarks.fitting.counters import Counter, read_counters
from benchmarks.fitting.minilm import Descent, MiniLM
from benchmarks.fitting.qwen import Beginning, Qwen
from voicebot.dialogue import prompt
from voicebot.models.low_rank import read_corrections, write_corrections

MODELS = Path(__file__).resolve().parent.parent / "models"
RANK = 3
BESIDE, RIGHT = 3, 2  # sentences with each question; of these at most so many that answer
NEAREST, NEAR = 4, 14  # up to two of the nearest, another of those behind them
TOKENS = 3000  # of a step


@dataclass(frozen=True)
class Fit:
    """first: the first layer that is corrected. share: of the questions. steps: that a correction
    is rounded to, so that it is kept in less than a megabyte."""

    first: int
    rate: float
    share: float
    steps: int


FITS = {
    "qwen2.5-coder-0.5b-instruct-q4_k_m": Fit(first=11, rate=4e-4, share=1.0, steps=127),
    "qwen2.5-coder-1.5b-instruct-q4_k_m": Fit(first=14, rate=3e-4, share=0.6, steps=11),
}


@dataclass(frozen=True)
class Asked:
    """right: how many of the first texts answer."""

    prompts: Beginning
    right: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", choices=FITS, default=next(iter(FITS)))
    parser.add_argument("--into", type=Path, default=MODELS, help="folder")
    parser.add_argument("--counters", type=int, help="the first so many, to try it")
    options = parser.parse_args()
    torch.manual_seed(0)
    chosen = random.Random(0)
    how = FITS[options.model]
    model = Qwen(options.model, how.first, RANK)
    embedder = MiniLM(fit_answers.FIRST_LAYER, fit_answers.RANK)
    embedder.correct(read_corrections(MODELS / f"{minilm.NAME}.answering.npz"))
    counters = read_counters()[: options.counters]
    asked = [one for each in counters for one in _asked(each, model, embedder, chosen)]
    steps = _steps(asked, chosen)
    _fit(model, steps[: round(len(steps) * how.share)], how.rate)
    file = options.into / f"{options.model}.judging.npz"
    write_corrections(file, model.corrections(), steps=how.steps)


def _asked(
    counter: Counter, model: Qwen, embedder: MiniLM, chosen: random.Random
) -> Iterator[Asked]:
    with torch.no_grad():
        questions = embedder([question.written for question in counter.questions])
        order = (questions @ embedder(counter.sentences).T).argsort(1, descending=True).tolist()
    for question, nearest in zip(counter.questions, order, strict=True):
        wrong = [at for at in nearest if at not in question.found]
        right = chosen.sample(question.found, min(len(question.found), RIGHT))
        left = BESIDE - len(right)
        beside = chosen.sample(wrong[:NEAREST], min(left, 2))
        beside += chosen.sample(wrong[NEAREST:NEAR], left - len(beside))
        said = question.said(chosen)
        texts = [prompt.fitted(counter.sentences[at], said) for at in (*right, *beside)]
        rests = [model.tokens(own) for _, own in texts]
        yield Asked(Beginning(model.tokens(texts[0][0]), rests), len(right))


def _steps(asked: Sequence[Asked], chosen: random.Random) -> list[list[Asked]]:
    """Those of like length together, so that little is padded."""
    steps: list[list[Asked]] = [[]]
    for one in sorted(asked, key=lambda one: one.prompts.size + chosen.random() * 30):
        if one.prompts.size * (len(steps[-1]) + 1) > TOKENS:
            steps.append([])
        steps[-1].append(one)
    chosen.shuffle(steps)
    return steps


def _fit(model: Qwen, steps: Sequence[Sequence[Asked]], rate: float) -> None:
    descent = Descent(model, [], rate, len(steps))
    lately = 0.0
    for number, some in enumerate(steps, 1):
        loss = descent.step(_loss(model, some))
        lately += (loss - lately) / min(number, 30)
        if number % 20 == 0:
            print(f"{number} of {len(steps)}: loss {lately:.3f}", flush=True)


def _loss(model: Qwen, some: Sequence[Asked]) -> Tensor:
    odds = model([one.prompts for one in some]).view(len(some), BESIDE)
    right = torch.tensor([[at < one.right for at in range(BESIDE)] for one in some])
    among = torch.cat([odds, torch.zeros(len(some), 1)], 1).log_softmax(1)
    answers = torch.cat([right, ~right.any(1, keepdim=True)], 1)
    chosen = -among.masked_fill(~answers, -torch.inf).logsumexp(1).mean()
    return 0.5 * chosen + functional.binary_cross_entropy_with_logits(odds, right.float())


if __name__ == "__main__":
    main()
