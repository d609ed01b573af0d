"""What a worker answers, without socket or clock."""

from __future__ import annotations

import pytest

from voicebot.rooms.jobs import (
    GOAL_S,
    LAST_TURNS,
    RECENT_S,
    TARGET_LOAD,
    Answer,
    Delay,
    Jobs,
    Standing,
    standing,
)


def test_a_job_runs_from_the_offer_to_the_bots_leaving() -> None:
    jobs = Jobs()
    assert jobs.offered("j1", "a", "joined") == Answer("j1", available=True)
    assert jobs.running("a") == {"j1": "running"}
    assert jobs.room_of("j1") == "a"
    assert jobs.ended("b", "empty") == {}
    assert jobs.ended("a", "empty") == {"j1": "success"}
    assert jobs.ended("a", "empty") == {}
    assert jobs.room_of("j1") is None


def test_a_second_customer_of_a_room_needs_no_second_bot() -> None:
    jobs = Jobs()
    jobs.offered("j1", "a", "joined")
    assert jobs.offered("j2", "a", "already") == Answer("j2", available=True, done=True)
    assert jobs.ended("a", "empty") == {"j1": "success"}


def test_a_full_box_leaves_the_job_to_others() -> None:
    jobs = Jobs()
    assert jobs.offered("j1", "a", "full") == Answer("j1", available=False)
    assert jobs.running("a") == {}


@pytest.mark.parametrize("cause", ["failed", "lost"])
def test_a_bot_that_broke_down_has_failed(cause: str) -> None:
    jobs = Jobs()
    jobs.offered("j1", "a", "joined")
    assert jobs.ended("a", cause) == {"j1": "failed"}


def test_with_the_connection_go_its_jobs() -> None:
    jobs = Jobs()
    jobs.offered("j1", "a", "joined")
    jobs.disowned()
    assert jobs.ended("a", "empty") == {}


@pytest.mark.parametrize("most", [1, 2, 4, 100])
def test_a_box_with_one_free_place_is_still_asked(most: int) -> None:
    last = standing(most - 1, most, delay_s=100.0)
    assert last.available
    assert last.load < TARGET_LOAD
    assert standing(most, most) == Standing(False, 1.0, most)


def test_load_grows_with_rooms_and_with_delay_beyond_the_goal() -> None:
    loads = [standing(rooms, 4).load for rooms in range(5)]
    assert loads == sorted(set(loads))
    assert standing(1, 4, delay_s=GOAL_S).load == standing(1, 4).load
    assert standing(1, 4, delay_s=1.8 * GOAL_S).load > standing(2, 4).load


def test_who_drains_takes_nothing() -> None:
    assert standing(1, 4, draining=True) == Standing(False, 1.0, 1, draining=True)


def test_the_delay_is_the_middle_of_the_last_turns() -> None:
    delay = Delay()
    assert delay.now(0.0) == 0.0
    for at, seconds in enumerate([9.0, 0.5, 0.6, 0.7]):
        delay.note(seconds, float(at))
    assert delay.now(4.0) == 0.7
    for at in range(LAST_TURNS):
        delay.note(2.0, 10.0 + at)
    assert delay.now(20.0) == 2.0
    assert delay.now(20.0 + RECENT_S) == 0.0
