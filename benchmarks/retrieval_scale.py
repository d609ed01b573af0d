"""The index at scale: how long a search takes, what it misses of an exact one, what it costs.

    python -m benchmarks.retrieval_scale --passages 10000
    python -m benchmarks.retrieval_scale --passages 200000 --folder /big/disk --json

A made-up shop (`corpus`) is ingested with the embedding model in force and asked about. With
--folder the shop and its index are kept, and a second run only measures the searching.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import Asked, Manual, manuals, questions
from voicebot.backends.sentence_transformers import OnnxEmbedder
from voicebot.errors import IngestError
from voicebot.knowledge import vectors, versions
from voicebot.knowledge.build import ingest
from voicebot.knowledge.index import NEAR, Version
from voicebot.knowledge.vectors import Nearest
from voicebot.models.places import models_dir
from voicebot.stages import Hit

COUNT = 8  # the default of knowledge.passages
MODEL = "all-MiniLM-L6-v2"
_TIE = 1e-5  # of two similarities that Chroma and an exact product tell apart by rounding


@dataclass(frozen=True)
class Built:
    """seconds by stage; peak_mb: resident memory of the whole ingest, mapped files included."""

    seconds: dict[str, float]
    peak_mb: int
    disk_mb: dict[str, float]


@dataclass(frozen=True)
class Searched:
    """Milliseconds of a search without embedding the question, and with. recall: share of the
    exact search's best 8 vectors that Chroma finds. right: share of questions whose answer is among
    the first 8, by similarity alone and in all. anonymous_mb, mapped_mb: resident memory that the
    open index adds."""

    open_s: float
    p50_ms: float
    p95_ms: float
    whole_p50_ms: float
    whole_p95_ms: float
    exact_p50_ms: float
    recall: float
    right_by_similarity: float
    right: float
    anonymous_mb: int
    mapped_mb: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--folder", type=Path, help="kept; a temporary one otherwise")
    parser.add_argument("--json", action="store_true", help="one object on stdout")
    parser.add_argument("--ingest", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ingest:
        print(json.dumps(asyncio.run(_ingested(options.folder))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        shop = _written(folder, options.passages)
        built = _built(folder)
        searched = asyncio.run(_searched(folder, shop, options.questions))
    rows = {"passages": options.passages, "built": asdict(built), "searched": asdict(searched)}
    if options.json:
        print(json.dumps(rows))
    else:
        _show(rows)


def _show(rows: dict[str, object], before: str = "") -> None:
    for name, value in rows.items():
        if isinstance(value, dict):
            _show(value, f"{before}{name}.")
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else str(value)
            print(f"{before + name:32} {shown}")


# ------------------------------------------------------------------ building


def _written(folder: Path, passages: int) -> list[Manual]:
    shop = folder / "shop"
    shop.mkdir(parents=True, exist_ok=True)
    made = list(manuals(passages))
    for manual in made:
        path = shop / manual.source
        if not path.exists():
            path.write_text(manual.markdown, encoding="utf-8")
    return made


def _built(folder: Path) -> Built:
    """In a process of its own, whose peak of memory is then the ingest's."""
    command = [sys.executable, "-m", "benchmarks.retrieval_scale", "--ingest", "--folder"]
    done = subprocess.run([*command, str(folder)], check=True, stdout=subprocess.PIPE)
    said = json.loads(done.stdout)
    version = versions.current(folder / "index")
    if version is None:
        raise IngestError(f"no index was made in {folder / 'index'}")
    parts = {
        part.name: sum(f.stat().st_size for f in (part, *part.rglob("*")) if f.is_file()) / 1e6
        for part in version.iterdir()
    }
    return Built(said["seconds"], said["peak_mb"], parts)


async def _ingested(folder: Path) -> dict[str, object]:
    began: dict[str, float] = {}

    def progress(doing: str, done: int, total: int) -> None:
        began.setdefault(doing, time.monotonic())
        if sys.stderr.isatty():
            print(f"\r{doing} {done} of {total}    ", end="", file=sys.stderr)

    with closing(OnnxEmbedder(models_dir() / MODEL, threads=1)) as embedder:
        start = time.monotonic()
        await ingest([folder / "shop"], folder / "index", embedder, progress=progress)
        end = time.monotonic()
    marks = [*began.items(), ("", end)]
    seconds = {name: round(after - at, 1) for (name, at), (_, after) in pairwise(marks)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"seconds": {"all": round(end - start, 1), **seconds}, "peak_mb": peak}


# ------------------------------------------------------------------ searching


async def _searched(folder: Path, shop: list[Manual], count: int) -> Searched:
    version = versions.current(folder / "index")
    assert version is not None
    asked = questions(shop, count)
    with closing(OnnxEmbedder(models_dir() / MODEL, threads=1)) as embedder:
        near = await embedder.embed([each.text for each in asked])
        before, start = _resident(), time.perf_counter()
        opened = Version(version, embedder.name, embedder.dimension)
        open_s = time.perf_counter() - start
        with closing(opened):
            found, alone, whole = [], [], []
            for each, vector in zip(asked, near, strict=True):
                start = time.perf_counter()
                found.append(opened.search(each.text, vector, COUNT))
                alone.append(time.perf_counter() - start)
            after = _resident()
            for each in asked:
                start = time.perf_counter()
                opened.search(each.text, (await embedder.embed([each.text]))[0], COUNT)
                whole.append(time.perf_counter() - start)
            by_similarity = [opened.search("", vector, COUNT) for vector in near]
    recall, exact = _recall(version, near)
    return Searched(
        open_s,
        *_percentiles(alone),
        *_percentiles(whole),
        _percentiles(exact)[0],
        recall,
        _right(asked, by_similarity),
        _right(asked, found),
        after[0] - before[0],
        after[1] - before[1],
    )


def _recall(version: Path, near: NDArray[np.float32]) -> tuple[float, list[float]]:
    """Chroma against the product with all vectors, equally near ones counting as the same; and
    how long the product takes."""
    held = np.array(vectors.mapped(version))
    shares, took = [], []
    with closing(Nearest(version)) as nearest:
        for vector in near:
            start = time.perf_counter()
            scores = held @ vector
            least = float(np.partition(scores, -COUNT)[-COUNT])
            took.append(time.perf_counter() - start)
            rows = [row for row, _ in nearest.find(vector, NEAR)[:COUNT]]
            shares.append(float(np.mean(scores[rows] >= least - _TIE)))
    return float(np.mean(shares)), took


def _right(asked: Sequence[Asked], found: Sequence[list[Hit]]) -> float:
    return float(
        np.mean(
            [
                any((h.source, h.heading) == (each.source, each.heading) for h in hits)
                for each, hits in zip(asked, found, strict=True)
            ]
        )
    )


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    p50, p95 = np.percentile(np.array(seconds) * 1000, (50, 95))
    return float(p50), float(p95)


def _resident() -> tuple[int, int]:
    """MB of this process: anonymous, and of mapped files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith(" kB")}
    return sizes["RssAnon"] // 1024, sizes["RssFile"] // 1024


if __name__ == "__main__":
    main()
