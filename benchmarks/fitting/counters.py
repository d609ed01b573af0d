"""benchmarks/counters as the fits read them."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from voicebot.knowledge.quotes import in_context

FOLDER = Path(__file__).resolve().parent.parent / "counters"
HEARD = FOLDER / "heard.json"  # made by benchmarks/hear_counters.py; no counter itself


@dataclass(frozen=True)
class Question:
    """found: rows of the sentences that answer it; none where none does. heard: what whisper took
    it for when it was spoken; None where it was not, or was heard in these words."""

    written: str
    found: tuple[int, ...]
    heard: str | None = None

    def said(self, chosen: random.Random) -> str:
        """Written or heard, one as often as the other."""
        return chosen.choice((self.written, self.heard)) if self.heard else self.written


@dataclass(frozen=True)
class Counter:
    """sentences: in their context."""

    name: str
    sentences: list[str]
    questions: list[Question]


def read_counters() -> list[Counter]:
    heard = json.loads(HEARD.read_text("utf-8"))
    files = sorted(file for file in FOLDER.glob("*.json") if file != HEARD)
    return [_read(file, heard.get(file.stem, {})) for file in files]


def _read(file: Path, heard: dict[str, str]) -> Counter:
    data = json.loads(file.read_text("utf-8"))
    rows = {name: row for row, (name, *_) in enumerate(data["sentences"])}
    sentences = [in_context(*parts) for _, *parts in data["sentences"]]
    questions = [
        Question(asked, tuple(rows[name] for name in found), heard.get(asked))
        for asked, found in data["questions"]
    ]
    return Counter(file.stem, sentences, questions)
