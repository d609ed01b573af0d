"""What a run's outcomes come to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from voicebot.evaluation.grade import Verdict, verdict
from voicebot.evaluation.outcome import Answer, Condition, Outcome

Z95 = 1.959964  # standard normal quantile of 0.975
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Share:
    """count of n. low, high: Wilson's score interval of the true share, 95%."""

    count: int
    n: int

    @property
    def rate(self) -> float:
        return self.count / self.n if self.n else 0.0

    @property
    def low(self) -> float:
        return max(0.0, self._centre() - self._half())

    @property
    def high(self) -> float:
        return min(1.0, self._centre() + self._half())

    def _centre(self) -> float:
        return (self.count + Z95**2 / 2) / (self.n + Z95**2)

    def _half(self) -> float:
        spread = self.count * (self.n - self.count) / self.n if self.n else 0.0
        return Z95 / (self.n + Z95**2) * sqrt(spread + Z95**2 / 4)

    def as_dict(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "n": self.n,
            "rate": round(self.rate, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
        }


@dataclass(frozen=True)
class Delays:
    """Milliseconds over n turns."""

    n: int
    p50: float
    p95: float


@dataclass(frozen=True)
class Summary:
    """kinds, conditions: shares of passed outcomes. verdicts: of questions, each of those that it
    can be said of; {} without questions. asked_model: turns in which the language model was asked.
    asked_back: turns in which the customer answered a question back.
    tokens: sums over those turns whose requests were counted, by "prompt", "reused", "sampled",
    and "turns". ms: by stage."""

    passed: Share
    kinds: dict[str, Share]
    conditions: dict[Condition, Share]
    verdicts: dict[Verdict, Share]
    asked_model: Share
    asked_back: Share
    tokens: dict[str, int]
    ms: dict[str, Delays]

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.passed.as_dict(),
            "kinds": {kind: share.as_dict() for kind, share in self.kinds.items()},
            "conditions": [
                {"voice": how.voice, "snr_db": how.snr_db, **share.as_dict()}
                for how, share in self.conditions.items()
            ],
            "questions": {name: share.as_dict() for name, share in self.verdicts.items()},
            "asked_model": self.asked_model.as_dict(),
            "asked_back": self.asked_back.as_dict(),
            "tokens": self.tokens,
            "ms": {stage: vars(delays) for stage, delays in self.ms.items()},
        }


def summary(outcomes: Sequence[Outcome]) -> Summary:
    answers = [answer for outcome in outcomes for answer in outcome.answers]
    return Summary(
        passed=_passed(outcomes),
        kinds=_by(outcomes, lambda outcome: outcome.case.scenario.kind),
        conditions=_by(outcomes, lambda outcome: outcome.condition),
        verdicts=_verdicts(outcomes),
        asked_model=Share(sum(answer.asked_model for answer in answers), len(answers)),
        asked_back=Share(sum(bool(answer.replies) for answer in answers), len(answers)),
        tokens=_tokens(answers),
        ms=_delays(answers),
    )


def _passed(outcomes: Iterable[Outcome]) -> Share:
    listed = [outcome.passed for outcome in outcomes]
    return Share(sum(listed), len(listed))


def _by(outcomes: Sequence[Outcome], key: Callable[[Outcome], K]) -> dict[K, Share]:
    groups: dict[K, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return {name: _passed(group) for name, group in groups.items()}


def _verdicts(outcomes: Sequence[Outcome]) -> dict[Verdict, Share]:
    """right, wrong and wrongly refused of the answerable, the others of the unanswerable."""
    found = Counter(found for outcome in outcomes if (found := verdict(outcome)) is not None)
    answerable: tuple[Verdict, ...] = ("right", "wrong", "wrongly refused")
    unanswerable: tuple[Verdict, ...] = ("refused unanswerable", "made up")
    return {
        name: Share(found[name], n)
        for names in (answerable, unanswerable)
        if (n := sum(found[name] for name in names))
        for name in names
    }


def _tokens(answers: Iterable[Answer]) -> dict[str, int]:
    counted = [answer.tokens for answer in answers if answer.tokens]
    if not counted:
        return {}
    names = ("prompt", "reused", "sampled")
    return {"turns": len(counted)} | {n: sum(one.get(n, 0) for one in counted) for n in names}


def _delays(answers: Iterable[Answer]) -> dict[str, Delays]:
    found: dict[str, list[float]] = {}
    for answer in answers:
        for stage, ms in answer.ms.items():
            found.setdefault(stage, []).append(ms)
    return {stage: _delay(ms) for stage, ms in found.items()}


def _delay(ms: Sequence[float]) -> Delays:
    p50, p95 = (round(float(np.percentile(ms, share)), 1) for share in (50, 95))
    return Delays(len(ms), p50, p95)


def area_under_curve(above: ArrayLike, below: ArrayLike) -> float:
    """The chance that one of `above` is rated above one of `below`, ties counting half."""
    rated = np.subtract.outer(above, below)
    return float(np.mean((rated > 0) + 0.5 * (rated == 0)))
