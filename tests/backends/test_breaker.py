from __future__ import annotations

from voicebot.backends.breaker import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    MOST_LOSSES,
    STEADY,
    Breaker,
)


def test_one_failure_opens_it_and_a_probe_closes_it() -> None:
    breaker = Breaker()
    assert breaker.closed
    breaker = breaker.failed(100.0)
    assert not breaker.closed
    assert breaker.probe_at == 100.0 + FIRST_PAUSE_S
    assert breaker.back().closed


def test_pauses_double_up_to_the_longest() -> None:
    breaker, pauses = Breaker(), []
    for _ in range(9):
        breaker = breaker.failed(0.0)
        pauses.append(breaker.probe_at)
    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_who_comes_back_and_fails_again_is_left_alone_for_longer() -> None:
    breaker = Breaker().failed(0.0).back().answered().failed(10.0)
    assert breaker.probe_at == 10.0 + 2 * FIRST_PAUSE_S


def test_steady_answers_make_up_for_it() -> None:
    breaker = Breaker().failed(0.0).back()
    for _ in range(STEADY):
        breaker = breaker.answered()
    assert breaker.failed(10.0).probe_at == 10.0 + FIRST_PAUSE_S


def test_who_asks_to_be_left_alone_is() -> None:
    assert Breaker().failed(5.0, retry_after_s=30.0).probe_at == 35.0
    assert Breaker().failed(5.0, retry_after_s=0.1).probe_at == 5.0 + FIRST_PAUSE_S


def test_races_lost_in_a_row_are_a_failure() -> None:
    breaker = Breaker()
    for _ in range(MOST_LOSSES - 1):
        breaker = breaker.lost(0.0)
        assert breaker.closed
    assert breaker.answered().lost(0.0).closed
    assert not breaker.lost(0.0).closed
