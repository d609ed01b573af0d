"""From measured times to threads and models: what this box can do within the goal. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Stage = Literal["stt", "llm", "tts"]

# From the end of a customer's words to the first sound, median: one customer, and several at once.
GOAL_MS, BUSY_GOAL_MS = 500.0, 800.0
# Of a turn, besides what is measured here (docs/performance.md): transcription begins after so much
# silence, the turn is taken no earlier than so, then understanding, and the network both ways.
LISTEN_MS, TAKEN_MS, UNDERSTOOD_MS, NETWORK_MS = 64.0, 256.0, 15.0, 100.0
JUDGED_TIMES = 2.0  # a doubtful question that is judged first may take so many times the goal
LIKE = 1.05  # times this near are alike; then fewer threads win, since waiting threads spin


@dataclass(frozen=True)
class Reading:
    """A stage's piece of work by a model with so many threads. stt: a short question; tts: the
    first sound of a clause; llm: its opinions for one question. together_ms: beside the others."""

    stage: Stage
    model: str
    threads: int
    alone_ms: float
    together_ms: float


@dataclass(frozen=True)
class Proposal:
    """alone_ms: of an answer without the language model, on an idle box; busy_ms: with everything
    else at work; judged_ms: so, and the language model is asked."""

    stt: Reading
    llm: Reading
    tts: Reading
    alone_ms: float
    busy_ms: float
    judged_ms: float

    @property
    def keeps(self) -> bool:
        """Both goals."""
        return self.alone_ms <= GOAL_MS and self.busy_ms <= BUSY_GOAL_MS


def propose(readings: Sequence[Reading], sizes: Sequence[str]) -> Proposal:
    """sizes: the language models' names, the best last. The best one is taken with which a doubtful
    answer is within JUDGED_TIMES the goal; where none is, the smallest. Raises ValueError where a
    stage was not measured."""
    stt = _best(_of(readings, "stt"))
    tts = _best(_of(readings, "tts"))
    busy = _turn_ms(stt.together_ms, tts.together_ms)
    opinions = _of(readings, "llm")
    each = [_best([r for r in opinions if r.model == name]) for name in sizes]
    good = [r for r in each if busy + r.together_ms <= JUDGED_TIMES * GOAL_MS]
    llm = good[-1] if good else each[0]
    alone = _turn_ms(stt.alone_ms, tts.alone_ms)
    return Proposal(stt, llm, tts, alone, busy, busy + llm.together_ms)


def _turn_ms(stt_ms: float, tts_ms: float) -> float:
    return max(TAKEN_MS, LISTEN_MS + stt_ms) + UNDERSTOOD_MS + tts_ms + NETWORK_MS


def settings_of(proposal: Proposal, model: str) -> dict[str, int | str]:
    """The proposal as settings, by key. model: the language model in force, which need not be
    named: it may be the profile's, and is to change with it."""
    other = {} if proposal.llm.model == model else {"llm.llama_cpp.model": proposal.llm.model}
    return {
        "stt.faster_whisper.threads": proposal.stt.threads,
        **other,
        "llm.llama_cpp.threads": proposal.llm.threads,
        "tts.piper.threads": proposal.tts.threads,
    }


def thread_counts(cores: int) -> list[int]:
    """Worth trying: 1, 2, 4 and so on, and all cores."""
    powers = [2**n for n in range(cores.bit_length()) if 2**n < cores]
    return [*powers, cores]


def _of(readings: Iterable[Reading], stage: Stage) -> list[Reading]:
    found = [reading for reading in readings if reading.stage == stage]
    if not found:
        raise ValueError(f"{stage} was not measured")
    return found


def _best(readings: Sequence[Reading]) -> Reading:
    """The quickest beside others; of those alike the one with the fewest threads."""
    if not readings:
        raise ValueError("a model was not measured")
    limit = LIKE * min(reading.together_ms for reading in readings)
    return min((r for r in readings if r.together_ms <= limit), key=lambda r: r.threads)
