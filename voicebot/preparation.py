"""Answers made before they are played, and before it is known that they will be.

A customer's silence is time to answer in, though the customer may yet go on. So the words heard so
far are answered to a `Draft` of the dialogue, up to the first clause of sound. Agreeing words in
the end take the draft, and it becomes the dialogue; others drop it, and nothing has happened:
what it would have told is kept back until then, and it waits for that moment before anything that
changes or counts (`Dialogue.binding`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from voicebot.audio import Speech
from voicebot.dialogue.steps import State
from voicebot.errors import StageError
from voicebot.events import Event
from voicebot.reply import Replier
from voicebot.session import Dialogue
from voicebot.stages import Card, Transcript

PIECES_AHEAD = 4  # made before they are played; full: the making of more waits
Part: TypeAlias = Speech | Card
Spawn: TypeAlias = Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]


class Answer:
    """The sound of one answer, made at most PIECES_AHEAD of who takes its parts."""

    def __init__(self, dialogue: Dialogue, sound: AsyncGenerator[Part, None], spawn: Spawn) -> None:
        self._dialogue, self._sound = dialogue, sound
        self._ready: asyncio.Queue[Part | StageError | None] = asyncio.Queue(PIECES_AHEAD)
        self._making = spawn(self._make())

    async def parts(self) -> AsyncGenerator[Part, None]:
        """Once. Raises StageError where it cannot be spoken."""
        while (part := await self._ready.get()) is not None:
            if isinstance(part, StageError):
                raise part
            yield part

    def drop(self) -> None:
        self._making.cancel()

    async def close(self) -> None:
        """Stops it, and waits however often this is cancelled: a change that has begun to the
        shop's data is finished first."""
        self.drop()
        cancelled: asyncio.CancelledError | None = None
        while not self._making.done():
            try:
                await asyncio.wait([self._making])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    async def _make(self) -> None:
        try:
            async with aclosing(self._sound):
                async for part in self._sound:
                    await self._ready.put(part)
                    if isinstance(part, Speech):
                        await self._dialogue.binding()
        except StageError as error:
            await self._ready.put(error)
        else:
            await self._ready.put(None)


@dataclass
class Draft(Dialogue):
    """A dialogue as it would go on."""

    _kept_back: list[Event] = field(default_factory=list)
    _taken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: Event, turn: int | None = None) -> None:
        if self._taken.is_set():
            super().tell(event, turn)
        else:
            self._kept_back.append(event)

    async def binding(self) -> None:
        await self._taken.wait()
        await super().binding()

    def take(self, turn: int) -> None:
        """It is what happened, in that turn."""
        self.turn = turn
        self._taken.set()
        for event in self._kept_back:
            self.tell(event)
        self._kept_back.clear()


class Preparation:
    """The answer to words that may not be all. state: what they would answer to."""

    def __init__(
        self,
        replier: Replier,
        dialogue: Dialogue,
        heard: Transcript,
        *,
        state: State,
        spawn: Spawn,
    ) -> None:
        known = {f.name: getattr(dialogue, f.name) for f in fields(Dialogue)}
        own = {"state": state, "turn": dialogue.turn + 1, "acoustics": heard.acoustics}
        self._draft = Draft(**known | own | {"ran": set()})
        self._words, self._basis = words(heard.text), _basis(self._draft)
        self._answer = Answer(self._draft, replier.sound(self._draft, heard.text), spawn)

    def holds(self, text: str, dialogue: Dialogue) -> bool:
        """Whether these are the words, and the dialogue has not moved meanwhile."""
        return self._words == words(text) and self._basis == _basis(dialogue)

    def take(self, turn: int) -> tuple[Dialogue, Answer]:
        """What the dialogue is from now on, and its answer, which goes on being made."""
        self._draft.take(turn)
        return self._draft, self._answer

    def drop(self) -> None:
        self._answer.drop()


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _basis(dialogue: Dialogue) -> tuple[object, ...]:
    """All that an answer rests on."""
    return (dialogue.state, dialogue.changes, dialogue.history.exchanges)
