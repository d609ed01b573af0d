"""What one customer's conversation has come to, and the telling of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from voicebot import events
from voicebot.dialogue.history import History
from voicebot.dialogue.steps import State
from voicebot.events import Event
from voicebot.stages import Acoustics

Tell: TypeAlias = Callable[[Event], None]  # takes events of this turn


@dataclass
class Dialogue:
    """One customer's. session: whose attempts at a proof are counted
    together; emit: takes its events."""

    room: str
    session: str
    history: History
    emit: Tell
    state: State = field(default_factory=State)
    turn: int = 0
    acoustics: Acoustics | None = None  # of the customer's words; None: they were typed
    changes: int = 0  # to the shop's data, begun for this customer
    chats: bool = False  # the present answer is small talk
    unsure: bool = False  # the customer's words may have been misheard
    ran: set[str] = field(default_factory=set)  # calls of this turn, none of which is made twice
    cut: bool = False  # its answer is being cancelled, and another one goes on with it

    def tell(self, event: Event, turn: int | None = None) -> None:
        """turn: whose it is, if not the present one's."""
        self.emit(replace(event, room=self.room, turn=self.turn if turn is None else turn))

    def begin_turn(self, cause: str, *, silence_ms: int = 0, ended_at: float | None = None) -> None:
        """The bot's turn. ended_at: monotonic time of the end of the customer's voice."""
        self.turn += 1
        self.acoustics = None
        self.tell(events.SpeechEnded() if ended_at is None else events.SpeechEnded(at=ended_at))
        self.tell(events.TurnTaken(silence_ms=silence_ms, cause=cause))

    def end_turn(self, user: str, say: str, heard: str, turn: int | None = None) -> None:
        if heard:
            self.history.add(user, heard, chat=self.chats)
        self.tell(events.ReplyEnded(user=user, say=say, heard=heard), turn)

    async def binding(self) -> None:
        """Until what is done is sure to count: at once, but in a draft, and never where it was cut.
        Awaited before anything that changes the shop's data, or is counted against the customer."""
        if self.cut:
            await asyncio.Event().wait()  # it is being cancelled

    def go_on(self) -> Dialogue:
        """The same, for the next answer. The present one is cut: until its cancelling is over it
        may still move this dialogue's state, which nobody has heard of."""
        further = replace(self, ran=set())
        self.cut = True
        return further

    def forget(self) -> None:
        """Start again: nothing that was said or proved counts any more."""
        self.history.clear()
        self.state = State()
