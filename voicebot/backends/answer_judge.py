"""A language model that was fitted to judge, as `models.judge_onnx` has built it: whether texts
answer a question, all of them in one run, at ten times the speed of evaluating a prompt for each.

The question is evaluated once. Behind it stand the texts, side by side; each sees the question and
itself alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.backends.llama_cpp import without_control
from voicebot.backends.onnx_session import open_session, run_unless
from voicebot.dialogue import prompt
from voicebot.errors import LlmError
from voicebot.scheduler import THINKING_NICENESS, Cancelled, Priority, Worker

LONGEST = 160  # tokens of the question, and of each text; what is longer lacks its middle
_ENDING = 4  # tokens that lead to the answer, behind the customer's or the shop's words
_UNSEEN = np.float32(-1e9)


class OnnxJudge:
    """file: the graph, its weights beside it. tokens: a text as the model's tokens, on any thread.
    One run at a time, on its own threads."""

    def __init__(self, file: Path, tokens: Callable[[str], list[int]], *, threads: int = 2) -> None:
        """Raises ModelError."""
        self._session = open_session(file, threads=threads)
        self._tokens = tokens
        self._worker = Worker("answer judge", error=LlmError, niceness=THINKING_NICENESS)

    async def log_odds(self, question: str, texts: Sequence[str]) -> list[float]:
        """That each text answers the question, of " yes" against " no". Cancelling stops it within
        50 ms. Raises LlmError."""
        listed = list(texts)
        if not listed:
            return []
        return await self._worker.run(
            lambda cancelled: self._log_odds(question, listed, cancelled),
            priority=Priority.THINKING,
        )

    def close(self) -> None:
        """Stop what runs."""
        self._worker.close()

    def _log_odds(self, question: str, texts: list[str], cancelled: Cancelled) -> list[float]:
        asked = without_control(question)
        parts = [prompt.fitted(without_control(text), asked) for text in texts]
        beginning = _shortened(self._tokens(parts[0][0]))
        inputs = packed(beginning, [_shortened(self._tokens(own)) for _, own in parts])
        try:
            odds = run_unless(cancelled, self._session, "odds", inputs)
        except Exception as exc:  # onnxruntime's errors share no base below Exception
            raise LlmError(f"the model could not judge {len(texts)} texts: {exc}") from exc
        return [] if odds is None else [float(one) for one in odds]


def _shortened(tokens: list[int]) -> list[int]:
    if len(tokens) <= LONGEST:
        return tokens
    return [*tokens[: LONGEST - _ENDING], *tokens[-_ENDING:]]


def packed(beginning: Sequence[int], rests: Sequence[Sequence[int]]) -> dict[str, NDArray[Any]]:
    """The graph's inputs (see `models.judge_onnx`) for what all begin with, and each goes on
    with. There is no padding but in the attention."""
    segments = [beginning, *rests]
    count, longest, shared = len(segments), max(map(len, segments)), len(beginning)
    slots = np.zeros((count, longest), np.int64)
    keys = np.zeros((count, shared + longest), np.int64)
    keys[:, :shared] = np.arange(shared)
    mask = np.full((count, 1, longest, shared + longest), _UNSEEN)
    positions, back, ends = [], [], []
    total = 0
    for row, segment in enumerate(segments):
        size = len(segment)
        places = np.arange(size)
        slots[row, :size] = keys[row, shared : shared + size] = total + places
        seen = np.where(places[:, None] >= places, np.float32(0), _UNSEEN)
        mask[row, 0, :size, shared : shared + size] = seen
        if row:
            mask[row, 0, :size, :shared] = 0
        positions.append(places + (shared if row else 0))
        back.append(places + row * longest)
        total += size
        ends.append(total - 1)
    return {
        "ids": np.concatenate([np.asarray(one, np.int64) for one in segments])[None],
        "pos": np.concatenate(positions)[None],
        "mask": mask,
        "slots": slots,
        "keys": keys,
        "back": np.concatenate(back),
        "ends": np.array(ends[1:], np.int64),
    }
