"""The rooms being served and what goes on in each, from the stream of events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from voicebot import events as ev

ROOMS = 256  # remembered at a time; the oldest goes

RoomState: TypeAlias = Literal["waiting", "listening", "hearing", "thinking", "speaking"]


@dataclass(frozen=True)
class Room:
    """A room being served. since, changed: Unix time, seconds; changed: when its state did. state:
    "waiting" for a customer, "hearing" one who speaks."""

    room: str
    since: float
    changed: float
    state: RoomState = "waiting"
    customers: int = 0
    turn: int = 0  # the one that was last taken
    turns: int = 0  # that were answered
    last_delay_ms: float | None = None


class Presence:
    """Times are whatever the caller counts in."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def rooms(self) -> tuple[Room, ...]:
        return tuple(self._rooms.values())

    def take(self, event: ev.Event, at: float) -> None:
        if isinstance(event, ev.BotLeft):
            self._rooms.pop(event.room, None)
        elif isinstance(event, ev.BotJoined) and event.room not in self._rooms:
            if len(self._rooms) >= ROOMS:
                del self._rooms[next(iter(self._rooms))]
            self._rooms[event.room] = Room(event.room, since=at, changed=at)
        elif (room := self._rooms.get(event.room)) is not None:
            self._rooms[event.room] = _after(room, event, at)

    def answered(self, name: str, delay_ms: float | None) -> None:
        """A turn has ended."""
        if (room := self._rooms.get(name)) is not None:
            last = room.last_delay_ms if delay_ms is None else delay_ms
            self._rooms[name] = replace(room, turns=room.turns + 1, last_delay_ms=last)


def _after(room: Room, event: ev.Event, at: float) -> Room:
    match event:
        case ev.CustomerJoined():
            room = replace(room, customers=room.customers + 1)
        case ev.CustomerLeft():
            room = replace(room, customers=max(0, room.customers - 1))
        case ev.TurnTaken():
            room = replace(room, turn=event.turn)
    state = _state(room, event)
    return room if state == room.state else replace(room, state=state, changed=at)


def _state(room: Room, event: ev.Event) -> RoomState:
    match event:
        case ev.CustomerJoined() if room.state == "waiting":
            return "listening"
        case ev.CustomerLeft() if not room.customers:
            return "waiting"
        case ev.SpeechBegan() | ev.CutOff():
            return "hearing"
        case ev.TurnTaken():
            return "thinking"
        case ev.FirstSound() | ev.WentOn():
            return "speaking"
        case ev.Transcribed() if not event.text and room.state == "thinking":
            return "listening"  # a cough has no answer
        case ev.LastSound() if event.turn >= room.turn:
            return "listening"
        case ev.ReplyEnded() if event.turn >= room.turn and room.state != "hearing":
            return "listening"
    return room.state
