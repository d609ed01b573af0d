"""Fit the embedder's third output and `voicebot.endings`: whether a customer's words are all.

    pip install -r benchmarks/fitting/requirements.txt
    python -m benchmarks.fit_endings

What customers say in the scenarios, the shops' questions, the intents' examples and at the counters
is taken for all that they wanted to say; whatever such a sentence begins with, and is none itself,
for a part. Some of those parts could stand alone: the model finds them in the middle, which is
where they belong. Fitted together are corrections of rank 8 to the last three layers and one linear
layer on what they give. Takes 18 minutes on two cores beside other work. What it is worth,
`voicebot bench pauses` tells.
"""

from __future__ import annotations

import json
import random
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from benchmarks.fitting.bert import Bert, States, frozen
from voicebot.dialogue import intents
from voicebot.endings import FILE, plain
from voicebot.models.low_rank import write_corrections
from voicebot.models.places import models_dir
from voicebot.tools.registry import load_tools

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent / "models"
MODEL = "all-MiniLM-L6-v2"
FIRST_LAYER, RANK = 3, 8
EPOCHS, RATE, BATCH = 2, 1e-3, 256
PARTS = 3  # of each sentence, others in each epoch; a sentence counts as much as they do together
SHARPNESS = 20.0  # by which the vectors, of length 1, are multiplied
TOKENS = 24
Batch = tuple[States, NDArray[np.float32]]


def sentences() -> list[str]:
    """What customers say, without doubles."""
    said = [sentence for known in intents.EXAMPLES.values() for sentence in known]
    said += [sentence for tool in load_tools() for sentence in tool.examples]
    for file in sorted(HERE.glob("shops/*/questions.json")):
        said += [question["ask"] for question in json.loads(file.read_text())["questions"]]
    for file in sorted((HERE.parent / "tests/scenarios").glob("*.toml")):
        for scenario in tomllib.loads(file.read_text())["scenario"]:
            said += [turn["customer"] for turn in scenario["turns"] if turn.get("customer")]
    for file in sorted(HERE.glob("counters/*.json")):
        said += [question for question, _ in json.loads(file.read_text("utf-8"))["questions"]]
    return sorted({plain(sentence) for sentence in said} - {""})


def batches(bert: Bert, whole: list[str], chosen: random.Random) -> Iterator[Batch]:
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
        yield bert.states(some_texts, TOKENS), np.array(labels, np.float32)


def fitted(bert: Bert, whole: list[str]) -> tuple[Any, NDArray[np.float32]]:
    """The corrections, and the linear layer on the vectors: weights and constant."""
    layer = (np.zeros(bert.dimension, np.float32), np.float32(0))
    found = (bert.corrections(RANK, seed=1), layer)
    steps = EPOCHS * len(whole) * (1 + PARTS) // BATCH
    rate = optax.warmup_cosine_decay_schedule(0.0, RATE, steps // 20, steps, RATE / 20)
    descent = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(rate, weight_decay=0.01))
    state = descent.init(found)

    def loss(found: Any, weights: Any, hidden: Any, mask: Any, whole: Any) -> Any:
        corrections, (direction, constant) = found
        vectors = bert.vectors(weights, corrections, hidden, mask)
        odds = SHARPNESS * vectors @ direction + constant
        counts = jnp.where(whole > 0, PARTS, 1.0)
        return (counts * (jnp.logaddexp(0, odds) - whole * odds)).sum() / counts.sum()

    slope, chosen = jax.jit(jax.value_and_grad(loss)), random.Random(0)
    for epoch in range(EPOCHS):
        began, losses = time.monotonic(), []
        for texts, labels in batches(bert, whole, chosen):
            now, change = slope(found, bert.weights, texts.hidden, texts.mask, labels)
            updates, state = descent.update(change, state, found)
            found = optax.apply_updates(found, updates)
            losses.append(float(now))
        seconds = time.monotonic() - began
        print(f"epoch {epoch}: loss {np.mean(losses[-50:]):.3f}, {seconds:.0f} s", flush=True)
    corrections, (direction, constant) = found
    return corrections, np.append(SHARPNESS * np.asarray(direction), constant).astype(np.float32)


def main() -> None:
    bert = Bert(models_dir() / MODEL, FIRST_LAYER)
    corrections, weights = fitted(bert, sentences())
    write_corrections(MODELS / f"{MODEL}.ending.npz", frozen(corrections))
    np.savez(MODELS / FILE.format(MODEL), weights=weights)


if __name__ == "__main__":
    main()
