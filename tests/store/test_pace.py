from __future__ import annotations

import pytest

from voicebot.store import pace
from voicebot.store.pace import REST_S, WORK_S, leisurely


class Clock:
    """Time passes as the work says. rests: when there was one, and for how long."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rests: list[tuple[float, float]] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.rests.append((self.now, seconds))
        self.now += seconds


def test_long_work_rests_as_long_as_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    taken = []
    for item in leisurely(range(8)):
        taken.append(item)
        clock.now += WORK_S / 2
    assert taken == list(range(8))
    assert [at for at, _ in clock.rests] == pytest.approx(
        [WORK_S * n + REST_S * (n - 1) for n in range(1, 5)]
    )
    assert {seconds for _, seconds in clock.rests} == {REST_S}


def test_short_work_needs_no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    assert list(leisurely("abc")) == ["a", "b", "c"]
    assert clock.rests == []
