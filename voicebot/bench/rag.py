"""Answering from documents: our way, and the plain one, on the same questions and models.

Ours finds sentences by similarity and words, has the model judge them where the settings say so,
and quotes. The plain way hands the passages that are nearest by similarity alone to the model and
has it write.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples
from voicebot.config import Sections
from voicebot.dialogue import prompt
from voicebot.dialogue.followup import Resolved
from voicebot.evaluation.grade import turn_failures
from voicebot.evaluation.outcome import Answer
from voicebot.evaluation.scenario import Case
from voicebot.evaluation.shops import Shops
from voicebot.evaluation.statistics import Share
from voicebot.events import EventStream
from voicebot.service import Brain, open_brain

PASSAGES = 3  # that the plain way hands to the model


@dataclass(frozen=True)
class _Tried:
    """Milliseconds by step, and whether what was said is what was to be said."""

    ms: dict[str, float]
    right: bool


async def measure(settings: Sections, cases: Sequence[Case], plain: int) -> Report:
    """cases: of one folder of documents, or of the index in force. plain: how many of them the
    plain way is tried on too, which takes seconds each. Cancelling ends it. Raises ModelError,
    ConfigError, IngestError, StageError."""
    documents = cases[0].shop.documents
    with tempfile.TemporaryDirectory(prefix="voicebot-bench-") as folder:
        index = await Shops(settings, Path(folder)).index(documents)
        knowledge = settings.knowledge.model_copy(update={"index": index})
        here = machine()
        async with open_brain(
            settings.model_copy(update={"knowledge": knowledge}), EventStream()
        ) as brain:
            ours = [await _ours(brain, case) for case in cases]
            written = [await _plain(brain, case) for case in cases[:plain]]
    judged = "judged" if brain.judge else "not judged"
    return Report(
        "rag",
        f"{len(cases)} questions, {judged}; the plain way on {len(written)}",
        here,
        (*_samples("ours", ours), *_samples("plain", written)),
        {**_shares("ours", cases, ours), **_shares("plain", cases[:plain], written)},
    )


async def _ours(brain: Brain, case: Case) -> _Tried:
    asked = case.scenario.turns[0].customer
    began = time.perf_counter()
    hits = await brain.understander.search(asked)
    found_at = time.perf_counter()
    found = await brain.grounding().find(Resolved(asked), hits)
    end = time.perf_counter()
    ms = {"find": (found_at - began) * 1000, "decide": (end - found_at) * 1000}
    said = found.quote.text if found.quote else ""
    return _Tried(ms | {"answer": (end - began) * 1000}, _right(case, said))


async def _plain(brain: Brain, case: Case) -> _Tried:
    asked = case.scenario.turns[0].customer
    began = time.perf_counter()
    hits = sorted(await brain.understander.search(asked), key=lambda hit: -hit.score)
    passages = [*dict.fromkeys(hit.passage or hit.sentence for hit in hits)][:PASSAGES]
    ms: dict[str, float] = {}
    said = ""
    async with aclosing(brain.model.generate(prompt.write(passages, asked))) as deltas:
        async for delta in deltas:
            ms.setdefault("first word", (time.perf_counter() - began) * 1000)
            said += delta
    return _Tried(ms | {"answer": (time.perf_counter() - began) * 1000}, _right(case, said))


def _right(case: Case, said: str) -> bool:
    """As `voicebot eval` grades it; nothing said is "I don't know"."""
    answer = Answer(asked="", say=said, means=("quote" if said else "unknown",))
    return not turn_failures(case.scenario.turns[0], answer)


def _samples(way: str, tried: Sequence[_Tried]) -> list[Samples]:
    names = dict.fromkeys(name for one in tried for name in one.ms)
    return [
        Samples(f"{way}, {name}", tuple(one.ms[name] for one in tried if name in one.ms))
        for name in names
    ]


def _shares(way: str, cases: Sequence[Case], tried: Sequence[_Tried]) -> dict[str, Share]:
    shares: dict[str, Share] = {}
    for answerable, name in ((True, "right"), (False, "unanswerable refused")):
        of = [
            one.right
            for case, one in zip(cases, tried, strict=True)
            if case.answerable is answerable
        ]
        if of:
            shares[f"{way}, {name}"] = Share(sum(of), len(of))
    return shares
