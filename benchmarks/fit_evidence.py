"""Fit the weights of `voicebot.knowledge.evidence` to a shop's questions, and say what they do.

    python -m benchmarks.fit_evidence
    VOICEBOT_MODELS__PROFILE=medium python -m benchmarks.fit_evidence
    python -m benchmarks.fit_evidence --opinions northgate.json --count 200

The weights of how certain the likeliest is, and those of the verdicts of the model in force where
that was fitted to judge (`voicebot.judging`), are fitted to the chances by the weights in force.
With --opinions the model is also asked by a prompt, about the first sentences of --count questions,
seconds each, and its log-odds are kept in that file: a run that was stopped goes on from there. The
table is from ten-fold cross-validation over questions, so that no question is judged by weights
that have seen it.
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

from benchmarks.logistic import Numbers, chance, fitted
from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.closing import close
from voicebot.backends.sentence_transformers import OnnxEmbedder
from voicebot.dialogue import prompt
from voicebot.evaluation.scenario import Case, load
from voicebot.evaluation.words import holds
from voicebot.grounding import with_reading
from voicebot.judging import Fitted, Prompted
from voicebot.knowledge import versions
from voicebot.knowledge.build import ingest
from voicebot.knowledge.evidence import standing
from voicebot.knowledge.index import Version
from voicebot.knowledge.quotes import Candidate, candidates, choose, quote
from voicebot.models.places import models_dir
from voicebot.settings import load as load_settings

SHOPS = Path(__file__).parent / "shops"
MODEL = "all-MiniLM-L6-v2"
FOUND = 8  # the default of knowledge.passages
RIDGE = 1.0
FOLDS = 10
THRESHOLDS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)


@dataclass(frozen=True)
class Tried:
    """One sentence for one question. right: what is quoted for it is the answer."""

    question: int
    candidate: Candidate
    right: bool

    def row(self, *, read: bool = False, judged: bool = False) -> list[float]:
        it = self.candidate.evidence
        alone = [1.0, it.similarity, it.keywords, it.coverage, it.unknown, it.row, it.kind]
        beside = it.read or (0.0, 0.0)
        return [*alone, *(beside if read else ()), *([it.log_odds or 0.0] if judged else [])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shop", default="northgate")
    parser.add_argument("--opinions", type=Path, help="made and kept; needs a model that judges")
    parser.add_argument("--count", type=int, default=200, help="questions that the model judges")
    options = parser.parse_args()
    cases = load([SHOPS / options.shop / "questions.json"])
    random.Random(0).shuffle(cases)
    tried = asyncio.run(_tried(SHOPS / options.shop / "documents", cases))
    _tell("alone", tried, cases, [one.row() for one in tried])
    _tell("read", tried, cases, [one.row(read=True) for one in tried])
    _tell_certainty(tried, cases)
    _tell_verdicts(asyncio.run(_verdicts(tried, cases)))
    if options.opinions is not None:
        some = [one for one in tried if one.question < options.count]
        some = asyncio.run(_judged(some, cases, options.opinions))
        _tell("judged", some, cases, [one.row(judged=True) for one in some])


async def _tried(documents: Path, cases: Sequence[Case]) -> list[Tried]:
    found: list[Tried] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(OnnxEmbedder(models_dir() / MODEL, threads=1)) as opened,
    ):
        embedder = assemble.for_answers(opened)
        files = Files.of(load_settings(None, {}).settings)
        reads = assemble.open_cross_encoder(files, opened)
        await ingest([documents], Path(folder), embedder)
        version = versions.current(Path(folder))
        assert version is not None
        with closing(Version(version, embedder.name, embedder.dimension)) as index:
            for number, case in enumerate(cases):
                asked = _asked(case)
                vector = (await embedder.embed([asked]))[0]
                hits = index.search(asked, vector, FOUND)
                ranked = await with_reading(reads, asked, candidates(asked, hits))
                found += [
                    Tried(number, one, _right(case, quote(asked, one, ranked).text))
                    for one in ranked
                ]
    return found


def _right(case: Case, said: str) -> bool:
    turn = case.scenario.turns[0]
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
        asked = _asked(cases[number])
        some = [one.candidate for one in tried if one.question == number]
        some.sort(key=lambda one: -one.evidence.chance)
        texts = [one.text for one in some[: Prompted.most]]
        if all(f"{asked}\n{text}" in known for text in texts):
            continue
        prompts = [prompt.judge(text, asked) for text in texts]
        async with aclosing(model.weigh(prompts, (prompt.YES, prompt.NO))) as weighed:
            odds = [yes - no async for yes, no in weighed]
        known |= {f"{asked}\n{text}": float(o) for text, o in zip(texts, odds, strict=True)}
        _write(kept, known)
    return [
        replace(one, candidate=_weighed(one.candidate, known[key]))
        for one in tried
        for key in [f"{_asked(cases[one.question])}\n{one.candidate.text}"]
        if key in known
    ]


async def _verdicts(tried: Sequence[Tried], cases: Sequence[Case]) -> list[Tried]:
    """With the fitted model's, for the questions and sentences that it would be asked about."""
    settings = load_settings(None, {}).settings
    files = Files.of(settings)
    found: list[Tried] = []
    model = assemble.open_model(settings, files)
    judge = assemble.open_answer_judge(settings, files, model)
    try:
        assert isinstance(judge, Fitted)
        for number, likely in _by_question(tried).items():
            if not judge.doubt[0] < likely[0].candidate.evidence.chance < judge.doubt[1]:
                continue
            some = likely[: judge.most]
            asked = judge.opinions(_asked(cases[number]), [one.candidate for one in some])
            async with aclosing(asked) as opinions:
                judged = [one async for one in opinions]
            found += [replace(one, candidate=two) for one, two in zip(some, judged, strict=True)]
    finally:
        await close(judge)
        await close(model)
    return found


def _asked(case: Case) -> str:
    return case.scenario.turns[0].customer


def _read(file: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def _write(file: Path, known: dict[str, float]) -> None:
    file.write_text(json.dumps(known), encoding="utf-8")


def _weighed(candidate: Candidate, log_odds: float) -> Candidate:
    return replace(candidate, evidence=replace(candidate.evidence, log_odds=log_odds))


# ------------------------------------------------------------------ fitting


def _tell(
    name: str, tried: Sequence[Tried], cases: Sequence[Case], signals: Sequence[Sequence[float]]
) -> None:
    rows = np.array(signals)
    right = np.array([float(one.right) for one in tried])
    of = np.array([one.question for one in tried])
    print(f"{name}: {len(set(of))} questions, weights {_weights(rows, right).round(2).tolist()}")
    chances = np.zeros(len(tried))
    for fold in range(FOLDS):
        out = of % FOLDS == fold
        chances[out] = chance(rows[out] @ _weights(rows[~out], right[~out]))
    print("threshold  right  wrong  wrongly refused  unanswerable refused")
    for threshold in THRESHOLDS:
        print(f"{threshold:9.2f}", *_shares(chances, right, of, cases, threshold))


def _tell_certainty(tried: Sequence[Tried], cases: Sequence[Case]) -> None:
    rows: list[tuple[float, ...]] = []
    right: list[float] = []
    for number, likely in _by_question(tried).items():
        found = [one.candidate for one in likely]
        rival = found[1].evidence.chance if len(found) > 1 else 0.0
        said = choose(_asked(cases[number]), found, 0.0)
        assert said is not None
        rows.append(standing(found[0].evidence.chance, rival))
        right.append(float(_right(cases[number], said.text)))
    weights = _weights(np.array(rows), np.array(right))
    print(f"certainty: {len(rows)} questions, weights {weights.round(2).tolist()}")


def _tell_verdicts(judged: Sequence[Tried]) -> None:
    rows: list[tuple[float, ...]] = []
    for one in judged:
        verdict = one.candidate.evidence.verdict
        assert verdict is not None
        rows.append(verdict.signals(one.candidate.evidence.unjudged))
    weights = _weights(np.array(rows), np.array([float(one.right) for one in judged]))
    asked = len({one.question for one in judged})
    print(f"in doubt: {asked} questions, weights {weights.round(2).tolist()}")


def _by_question(tried: Sequence[Tried]) -> dict[int, list[Tried]]:
    """What was found for each, the likeliest first."""
    found: dict[int, list[Tried]] = {}
    for one in sorted(tried, key=lambda one: -one.candidate.evidence.chance):
        found.setdefault(one.question, []).append(one)
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


def _weights(rows: Numbers, right: Numbers) -> Numbers:
    return fitted(rows, right, ridge=RIDGE, constant=0)


if __name__ == "__main__":
    main()
