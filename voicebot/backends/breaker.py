"""Whether the first choice of a stage is asked, as states without clock or task."""

from __future__ import annotations

from dataclasses import dataclass, replace

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
STEADY = 3  # answers in a row that make an earlier failure forgotten
MOST_LOSSES = 3  # races lost in a row that count as a failure


@dataclass(frozen=True)
class Breaker:
    """A circuit breaker after M. Nygard, "Release It!". One failure opens it, because the next
    customer would pay for it again; a probe that succeeds closes it. Each failure doubles the pause
    before the next probe until `STEADY` answers have come in a row.

    probe_at: when to probe next, in the caller's seconds; None while it is closed.
    """

    probe_at: float | None = None
    pause_s: float = 0.0
    answers: int = 0
    losses: int = 0

    @property
    def closed(self) -> bool:
        """Whether the first choice is asked."""
        return self.probe_at is None

    def answered(self) -> Breaker:
        answers = self.answers + 1
        pause_s = 0.0 if answers >= STEADY else self.pause_s
        return replace(self, pause_s=pause_s, answers=answers, losses=0)

    def failed(self, now: float, retry_after_s: float = 0.0) -> Breaker:
        """It was asked, by a customer or a probe, and failed."""
        pause_s = min(LONGEST_PAUSE_S, 2 * self.pause_s) or FIRST_PAUSE_S
        return Breaker(now + max(pause_s, retry_after_s), pause_s)

    def lost(self, now: float) -> Breaker:
        """The fallback was quicker."""
        if self.losses + 1 >= MOST_LOSSES:
            return self.failed(now)
        return replace(self, answers=0, losses=self.losses + 1)

    def back(self) -> Breaker:
        """A probe was answered."""
        return Breaker(pause_s=self.pause_s)
