"""What an agent worker answers to its LiveKit server: decisions, without socket or clock.

A job is the server's wish that an agent go into a room, because a customer came there. One server
asks one worker at a time, by load; what the asked one refuses, it offers to the next.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["joined", "already", "full"]
JobState: TypeAlias = Literal["running", "success", "failed"]

# livekit-server gives no job to a node whose workers all report its `agents.target_load` or more
# (0.7), so that a worker with one free place left would never get a call for it.
TARGET_LOAD = 0.7
GOAL_S = 1.0  # voice to voice; slower than that, others are asked first
LAST_TURNS = 8  # that the delay is taken from
RECENT_S = 60.0  # turns longer ago tell nothing of now


@dataclass(frozen=True)
class Answer:
    """To an offered job. done: there is nothing to do, a bot of ours is in that room."""

    job: str
    available: bool
    done: bool = False


@dataclass(frozen=True)
class Standing:
    """What the server hears of us. load: 0 to below TARGET_LOAD while there is place."""

    available: bool
    load: float
    jobs: int
    draining: bool = False


def standing(rooms: int, most: int, *, draining: bool = False, delay_s: float = 0.0) -> Standing:
    """rooms: served, of at most `most`. delay_s: that customers wait now for their answers."""
    place = not draining and rooms < most
    slow = min(max(delay_s / GOAL_S - 1.0, 0.0), 0.99)
    load = TARGET_LOAD * max(rooms / most, slow) if place else 1.0
    return Standing(place, load, rooms, draining)


class Delay:
    """How long customers wait at present: the middle one of the last turns."""

    def __init__(self) -> None:
        self._turns: deque[tuple[float, float]] = deque(maxlen=LAST_TURNS)  # the oldest goes

    def note(self, seconds: float, at: float) -> None:
        self._turns.append((at, seconds))

    def now(self, at: float) -> float:
        """0 where nobody was answered of late."""
        recent = sorted(seconds for then, seconds in self._turns if at - then <= RECENT_S)
        return recent[len(recent) // 2] if recent else 0.0


class Jobs:
    """The jobs that we said yes to and that go on, by room: one bot does all of a room's."""

    def __init__(self) -> None:
        self._rooms: dict[str, str] = {}  # by job

    def offered(self, job: str, room: str, outcome: Outcome) -> Answer:
        """outcome: of bringing a bot there."""
        if outcome == "joined":
            self._rooms[job] = room
        return Answer(job, outcome != "full", done=outcome == "already")

    def ended(self, room: str, cause: str) -> dict[str, JobState]:
        """What is to be told when a bot has left, by job. cause: as in the event BotLeft."""
        state: JobState = "failed" if cause in ("failed", "lost") else "success"
        over = [job for job, where in self._rooms.items() if where == room]
        for job in over:
            del self._rooms[job]
        return dict.fromkeys(over, state)

    def running(self, room: str) -> dict[str, JobState]:
        """The same when a bot has joined."""
        return {job: "running" for job, where in self._rooms.items() if where == room}

    def room_of(self, job: str) -> str | None:
        """Of a job that the server ends; None where it is none of ours."""
        return self._rooms.get(job)

    def disowned(self) -> None:
        """The connection is gone, and with it all that the server knew: the next one begins
        without jobs. Calls go on."""
        self._rooms.clear()
