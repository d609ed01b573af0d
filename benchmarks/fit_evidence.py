"""Fit the weights of `voicebot.knowledge.evidence` to shops' questions, and say what they do.

    python -m benchmarks.fit_evidence
    python -m benchmarks.fit_evidence --shop northgate --opinions northgate.json --count 200

Without --opinions only the weights that need no language model are fitted. With it the model in
force is asked about the first sentences of --count questions, seconds each, and its log-odds are
kept in that file: a run that was stopped goes on from there. The tables are from ten-fold
cross-validation over questions, so that no question is judged by weights that have seen it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.logistic import Numbers, chance, fitted, preferring
from voicebot import assemble
from voicebot.aligner import Aligner
from voicebot.assemble import Files
from voicebot.backends.sentence_transformers import OnnxEmbedder
from voicebot.dialogue import prompt
from voicebot.evaluation.scenario import Case, Scenario, ShopFiles, Turn, load
from voicebot.evaluation.words import holds
from voicebot.grounding import MOST_JUDGED
from voicebot.knowledge import versions
from voicebot.knowledge.build import ingest
from voicebot.knowledge.index import Version
from voicebot.knowledge.quotes import Candidate, candidates, preferred, quote
from voicebot.models.places import models_dir
from voicebot.settings import load as load_settings

ROOT = Path(__file__).resolve().parents[1]
SHOPS = ROOT / "benchmarks" / "shops"
SAMPLE = "sample"  # the shop in data/, with the questions of the tests that are not held out
CALIBRATION = ("northgate", "parade/one", "parade/two", "parade/three", "parade/four", SAMPLE)
MODEL = "all-MiniLM-L6-v2"
FOUND = 8  # the default of knowledge.passages
# Against similarity, where tokens are aligned. Set by hand: these questions name no part numbers,
# which keywords find in every way that they are said, so a fit gives them nothing.
KEYWORDS = 0.2
RIDGE = 1.0
FOLDS = 10
THRESHOLDS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)


@dataclass(frozen=True)
class Tried:
    """One sentence for one question. first: whether it is among those that a model would be asked
    about. right: what is quoted for it is the answer."""

    question: int
    candidate: Candidate
    first: bool
    right: bool

    def found(self) -> list[float]:
        return [1.0, *self.candidate.evidence.signals[:-3]]

    def aligned(self) -> list[float]:
        similarity, keywords, *rest = self.candidate.evidence.signals
        return [1.0, similarity + KEYWORDS * keywords, *rest]

    def judged(self) -> list[float]:
        return [*self.found(), self.candidate.evidence.log_odds or 0.0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shop", action="append", help=f"any number; else {CALIBRATION}")
    parser.add_argument("--opinions", type=Path, help="made and kept; needs a model that judges")
    parser.add_argument("--count", type=int, default=200, help="questions that the model judges")
    options = parser.parse_args()
    cases: list[Case] = []
    tried: list[Tried] = []
    for shop in options.shop or CALIBRATION:
        documents, of = _shop(shop)
        random.Random(0).shuffle(of)
        tried += asyncio.run(_tried(documents, of, len(cases)))
        cases += of
    first = [one for one in tried if one.first]
    _tell("alone", first, cases, Tried.found)
    _tell("aligned", tried, cases, Tried.aligned, prefer=True)
    if options.opinions is not None:
        some = [one for one in first if one.question < options.count]
        judged = asyncio.run(_judged(some, cases, options.opinions))
        _tell("judged", judged, cases, Tried.judged)


def _shop(name: str) -> tuple[Path, list[Case]]:
    """Its documents and what is asked."""
    if name != SAMPLE:
        return SHOPS / name / "documents", load([SHOPS / name / "questions.json"])
    rows = json.loads((ROOT / "tests/knowledge/questions.json").read_text("utf-8"))
    cases = []
    for number, row in enumerate(row for row in rows if row["split"] != "test"):
        answers = tuple(row["answers"])
        turn = Turn(
            customer=row["question"],
            says=(answers,) if answers else (),
            means=() if answers else ("unknown",),
        )
        scenario = Scenario(id=f"s{number}", kind=SAMPLE, turns=(turn,))
        cases.append(Case(scenario, ShopFiles(), bool(answers)))
    return ROOT / "data/pdfs", cases


async def _tried(documents: Path, cases: Sequence[Case], start: int) -> list[Tried]:
    """start: the number of the first case."""
    found: list[Tried] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(OnnxEmbedder(models_dir() / MODEL, threads=1)) as embedder,
    ):
        await ingest([documents], Path(folder), embedder)
        aligner = Aligner(embedder)
        version = versions.current(Path(folder))
        assert version is not None
        with closing(Version(version, embedder.name, embedder.dimension)) as index:
            for number, case in enumerate(cases, start):
                asked = case.scenario.turns[0].customer
                vector = (await embedder.embed([asked]))[0]
                ranked = candidates(asked, index.search(asked, vector, FOUND))
                aligned = await aligner.align(asked, [one.text for one in ranked])
                found += [
                    Tried(number, one, place < MOST_JUDGED, _right(case, asked, one, ranked))
                    for place, one in enumerate(preferred(ranked, aligned))
                ]
    return found


def _right(case: Case, asked: str, one: Candidate, ranked: Sequence[Candidate]) -> bool:
    said, turn = quote(asked, one, ranked).text, case.scenario.turns[0]
    wanted = all(any(holds(said, phrase) for phrase in either) for either in turn.says)
    return bool(turn.says) and wanted and not any(holds(said, phrase) for phrase in turn.never)


async def _judged(tried: Sequence[Tried], cases: Sequence[Case], kept: Path) -> list[Tried]:
    known = _read(kept)
    settings = load_settings(None, {}).settings
    files = Files.of(settings)
    files.require(("llm",))
    model = assemble.open_model(settings, files)
    await model.warm(prompt.to_judge())
    for number in sorted({one.question for one in tried}):
        asked = cases[number].scenario.turns[0].customer
        texts = [one.candidate.text for one in tried if one.question == number]
        if all(f"{asked}\n{text}" in known for text in texts):
            continue
        prompts = [prompt.judge(text, asked) for text in texts]
        async with aclosing(model.weigh(prompts, (prompt.YES, prompt.NO))) as weighed:
            odds = [yes - no async for yes, no in weighed]
        known |= {f"{asked}\n{text}": float(o) for text, o in zip(texts, odds, strict=True)}
        _write(kept, known)
    return [
        replace(one, candidate=_weighed(one.candidate, known[f"{asked}\n{one.candidate.text}"]))
        for one in tried
        for asked in [cases[one.question].scenario.turns[0].customer]
    ]


def _read(file: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def _write(file: Path, known: dict[str, float]) -> None:
    file.write_text(json.dumps(known), encoding="utf-8")


def _weighed(candidate: Candidate, log_odds: float) -> Candidate:
    return replace(candidate, evidence=replace(candidate.evidence, log_odds=log_odds))


# ------------------------------------------------------------------ fitting


def _tell(
    name: str,
    tried: Sequence[Tried],
    cases: Sequence[Case],
    row: Callable[[Tried], list[float]],
    *,
    prefer: bool = False,
) -> None:
    """prefer: weights of their own say which sentence of a question it is, and only these are
    judged."""
    rows = np.array([row(one) for one in tried])
    right = np.array([float(one.right) for one in tried])
    of = np.array([one.question for one in tried])
    every = np.ones(len(tried), bool)
    wanted, weights = _weights(rows, right, of, every, prefer=prefer)
    print(f"{name}: {len(set(of))} questions, weights {weights.round(2).tolist()}")
    if prefer:
        print(f"preferred by {wanted.round(2).tolist()}")
    chances = np.zeros(len(tried))
    for fold in range(FOLDS):
        out = of % FOLDS == fold
        wanted, weights = _weights(rows, right, of, ~out, prefer=prefer)
        best = _best(rows @ wanted, of, out) if prefer else out
        chances[best] = chance(rows[best] @ weights)
    print("threshold  right  wrong  wrongly refused  unanswerable refused")
    for threshold in THRESHOLDS:
        print(f"{threshold:9.2f}", *_shares(chances, right, of, cases, threshold))


def _weights(
    rows: Numbers, right: Numbers, of: Numbers, among: Numbers, *, prefer: bool
) -> tuple[Numbers, Numbers]:
    """What prefers one sentence of a question, and what tells the chance of it."""
    if not prefer:
        return np.zeros(rows.shape[1]), fitted(rows[among], right[among], ridge=RIDGE, constant=0)
    wanted = preferring(rows[among], right[among], of[among], ridge=RIDGE)
    best = _best(rows @ wanted, of, among)
    return wanted, fitted(rows[best], right[best], ridge=RIDGE, constant=0)


def _best(rated: Numbers, of: Numbers, among: Numbers) -> Numbers:
    """The number of the best row of each question."""
    numbers = np.flatnonzero(among)
    order = numbers[np.lexsort((-rated[numbers], of[numbers]))]
    found: Numbers = order[np.unique(of[order], return_index=True)[1]]
    return found


def _shares(
    chances: Numbers, right: Numbers, of: Numbers, cases: Sequence[Case], threshold: float
) -> list[str]:
    best = {number: max(np.flatnonzero(of == number), key=chances.item) for number in set(of)}

    def share(answerable: bool, such: Callable[[int], bool]) -> str:
        rows = [row for number, row in best.items() if cases[int(number)].answerable is answerable]
        return f"{np.mean([such(int(row)) for row in rows]):6.1%}"

    return [
        share(True, lambda row: chances[row] >= threshold and right[row] == 1),
        share(True, lambda row: chances[row] >= threshold and right[row] == 0),
        share(True, lambda row: chances[row] < threshold),
        share(False, lambda row: chances[row] < threshold),
    ]


if __name__ == "__main__":
    main()
