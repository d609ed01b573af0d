"""Fit the embedder's second output: a question near the sentence that answers it.

    pip install -r benchmarks/fitting/requirements.txt
    python -m benchmarks.fit_answers

All-purpose embeddings put together what speaks of the same; customers and documents speak of the
same thing in other words. benchmarks/counters has what people ask at 60 invented counters, in their
own words, and which sentences of the counter's documents answer it, or that none does. For each
counter at once, the softmax over its sentences and over "none of them" is to choose those
(InfoNCE with all other sentences of the same documents as negatives); only corrections of rank 12
to the last three layers are fitted. Takes 16 minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from benchmarks.fitting.bert import Bert, States, frozen
from voicebot.knowledge.quotes import in_context
from voicebot.models.low_rank import write_corrections
from voicebot.models.places import models_dir

HERE = Path(__file__).resolve().parent
MODEL = "all-MiniLM-L6-v2"
FIRST_LAYER, RANK = 3, 12
EPOCHS, RATE = 5, 1e-3
SHARPNESS = 20.0  # by which similarities are multiplied, as in the model's own training
NO_ANSWER = 0.45  # similarity that "none of them" begins with
SENTENCE_TOKENS, QUESTION_TOKENS = 40, 24


@dataclass(frozen=True)
class Counter:
    """answers: for each question, 1 at each sentence that answers it, or in the last column where
    none does."""

    name: str
    sentences: States
    questions: States
    answers: NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--without", nargs="*", default=[], help="counters that are left out")
    parser.add_argument("--into", type=Path, default=HERE.parent / f"models/{MODEL}.answering.npz")
    options = parser.parse_args()
    bert = Bert(models_dir() / MODEL, FIRST_LAYER)
    files = sorted((HERE / "counters").glob("*.json"))
    counters = [_read(file, bert) for file in files if file.stem not in options.without]
    write_corrections(options.into, frozen(_fitted(bert, counters)))


def _read(file: Path, bert: Bert) -> Counter:
    data = json.loads(file.read_text("utf-8"))
    rows = {name: row for row, (name, *_) in enumerate(data["sentences"])}
    texts = [in_context(*parts) for _, *parts in data["sentences"]]
    answers = np.zeros((len(data["questions"]), len(rows) + 1), np.float32)
    for row, (_, found) in enumerate(data["questions"]):
        answers[row, [rows[name] for name in found] or [len(rows)]] = 1
    questions = [question for question, _ in data["questions"]]
    sentences = bert.states(texts, SENTENCE_TOKENS)
    return Counter(file.stem, sentences, bert.states(questions, QUESTION_TOKENS), answers)


def _fitted(bert: Bert, counters: list[Counter]) -> Any:
    """The corrections."""
    most = max(len(one.sentences.hidden) for one in counters)
    asked = max(len(one.questions.hidden) for one in counters)
    fitted = (bert.corrections(RANK, seed=0), np.float32(NO_ANSWER * SHARPNESS))
    steps = EPOCHS * len(counters)
    rate = optax.warmup_cosine_decay_schedule(0.0, RATE, steps // 10, steps, RATE / 20)
    descent = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(rate, weight_decay=0.01))
    state = descent.init(fitted)

    def loss(fitted: Any, weights: Any, sentences: Any, questions: Any, answers: Any) -> Any:
        corrections, none = fitted
        likes = bert.vectors(weights, corrections, *questions)
        likes = SHARPNESS * likes @ bert.vectors(weights, corrections, *sentences).T
        rows = jnp.full((len(likes), 1), none)
        likely = jax.nn.log_softmax(jnp.concatenate([likes, rows], 1) + answers[1])
        right = jax.nn.logsumexp(jnp.where(answers[0] > 0, likely, -1e9), axis=1)
        return -(right * answers[2]).sum() / answers[2].sum()

    slope = jax.jit(jax.value_and_grad(loss))
    shuffled = random.Random(0)
    for epoch in range(EPOCHS):
        began, total = time.monotonic(), 0.0
        for one in shuffled.sample(counters, len(counters)):
            sentences, questions = one.sentences.padded(most), one.questions.padded(asked)
            found, change = slope(
                fitted,
                bert.weights,
                (sentences.hidden, sentences.mask),
                (questions.hidden, questions.mask),
                _padded(one.answers, asked, most),
            )
            updates, state = descent.update(change, state, fitted)
            fitted, total = optax.apply_updates(fitted, updates), total + float(found)
        print(f"epoch {epoch}: loss {total / len(counters):.3f}, {time.monotonic() - began:.0f} s")
    return fitted[0]


def _padded(answers: NDArray[np.float32], asked: int, most: int) -> tuple[NDArray[np.float32], ...]:
    """The answers with "none" in the last column; what forbids the sentences that are there only
    for the shape; and which questions count."""
    questions, sentences = answers.shape[0], answers.shape[1] - 1
    padded = np.zeros((asked, most + 1), np.float32)
    padded[:questions, :sentences], padded[:questions, -1] = answers[:, :-1], answers[:, -1]
    forbids = np.zeros(most + 1, np.float32)
    forbids[sentences:-1] = -1e9
    return padded, forbids, (np.arange(asked) < questions).astype(np.float32)


if __name__ == "__main__":
    main()
