"""Ingests that are killed at random moments: the index in force must answer all the while, and one
run that is left alone must come to what an undisturbed one makes.

    python -m benchmarks.kill_ingest --kills 50

Every run takes up other files than the last, so that there is always work to be interrupted. The
whole process group gets SIGKILL, the children that read files with it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.corpus import manuals, questions
from tests.knowledge.contents import Contents, contents
from voicebot.backends.sentence_transformers import OnnxEmbedder
from voicebot.knowledge import versions
from voicebot.knowledge.build import ingest
from voicebot.knowledge.index import ChromaKnowledge
from voicebot.models.places import models_dir

MODEL = "all-MiniLM-L6-v2"
MANUALS = 6
CHANGED = 2  # of them in every round
# Vectors made in batches of other texts differ in their last bits.
CLOSE = 1e-5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one object on stdout")
    parser.add_argument("--ingest", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ingest:
        asyncio.run(_ingest(*options.ingest))
        return
    with tempfile.TemporaryDirectory() as folder:
        said = asyncio.run(_tried(Path(folder), options.kills, random.Random(options.seed)))
    print(json.dumps(said) if options.json else "\n".join(f"{k:12} {v}" for k, v in said.items()))
    sys.exit(0 if said["same"] and not said["unanswered"] else 1)


async def _ingest(shop: Path, index: Path) -> None:
    with closing(OnnxEmbedder(models_dir() / MODEL, threads=1)) as embedder:
        print("looking", flush=True)
        await ingest([shop], index, embedder, progress=lambda doing, *_: print(doing, flush=True))


async def _tried(folder: Path, kills: int, rng: random.Random) -> dict[str, object]:
    shop, index = folder / "shop", folder / "index"
    shop.mkdir()
    _change(shop, 0)
    _run(shop, index)
    _change(shop, 1)
    lasts = _run(shop, index)
    moments: Counter[str] = Counter()
    unanswered = 0
    with closing(OnnxEmbedder(models_dir() / MODEL, threads=1)) as embedder:
        for number in range(2, kills + 2):
            _change(shop, number)
            stage = rng.choice(list(lasts))
            killed = _run(shop, index, stage, rng.uniform(0, lasts[stage]))
            moments[list(killed)[-1]] += 1
            unanswered += not await _answers(index, embedder)
    _run(shop, index)
    _run(shop, folder / "undisturbed")
    same = _same(contents(index), contents(folder / "undisturbed"))
    left = len(list((index / "versions").iterdir()))
    return {
        "kills": kills,
        "moments": dict(moments),
        "unanswered": unanswered,
        "same": same,
        "versions": left,
    }


def _change(shop: Path, number: int) -> None:
    """Other manuals for some; one is gone."""
    made = list(manuals(MANUALS * 40, seed=1))
    for place, manual in enumerate(made):
        path = shop / f"{place}.md"
        if place == number % MANUALS and number:
            path.unlink(missing_ok=True)
        elif not path.exists() or (place + number) % (MANUALS // CHANGED) == 0:
            path.write_text(manual.markdown.replace(" is ", f" is, as of day {number}, "))


def _run(shop: Path, index: Path, stage: str | None = None, after: float = 0.0) -> dict[str, float]:
    """One ingest: the stages that it came to and how long each took, in seconds. With a stage it
    is killed so long after that stage began."""
    command = [sys.executable, "-m", "benchmarks.kill_ingest", "--ingest", str(shop), str(index)]
    began: dict[str, float] = {}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            began.setdefault(line.strip(), time.monotonic())
            if line.strip() == stage:
                time.sleep(after)
                os.killpg(run.pid, signal.SIGKILL)
                break
        began |= {line.strip(): 0.0 for line in run.stdout if line.strip() not in began}
        if run.wait() not in (0, -signal.SIGKILL):
            raise SystemExit(f"an ingest ended with {run.returncode}")
    ends = [*list(began.values())[1:], time.monotonic()]
    return {name: end - at for (name, at), end in zip(began.items(), ends, strict=True)}


async def _answers(index: Path, embedder: OnnxEmbedder) -> bool:
    """Whether every question finds something, and all parts of the index agree."""
    asked = questions(list(manuals(MANUALS * 40, seed=1)), 3)
    with closing(ChromaKnowledge(index, embedder)) as knowledge:
        found = [await knowledge.search(each.text) for each in asked]
    held, about = contents(index), versions.describe(index)
    return all(found) and about is not None and len(held.sentences) == about.sentences


def _same(one: Contents, other: Contents) -> bool:
    vectors = [np.frombuffer(each.vectors, np.float32) for each in (one, other)]
    plain = (one.sources, one.passages, one.sentences, one.views, one.words)
    return plain == (
        other.sources,
        other.passages,
        other.sentences,
        other.views,
        other.words,
    ) and np.allclose(vectors[0], vectors[1], atol=CLOSE)


if __name__ == "__main__":
    main()
