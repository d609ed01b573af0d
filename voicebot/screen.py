"""What the customer's page is told: in order, and without the sound ever waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from voicebot.stages import AgentState, Asked, Card, Line

_Sending: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
WAITING = 64  # messages; a page that takes none is behind by minutes, and then the newest are lost


class Screen:
    """The text side of one line. `run` sends, for as long as the conversation lasts."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._queue: asyncio.Queue[_Sending] = asyncio.Queue(WAITING)

    async def run(self) -> None:
        """Until cancelled; what is then waiting is not sent."""
        while True:
            send = await self._queue.get()
            await send()

    def state(self, state: AgentState) -> None:
        self._put(lambda: self._line.show_state(state))

    def customer(self, segment: str, text: str, *, final: bool) -> None:
        self._put(lambda: self._line.show_customer(segment, text, final=final))

    def bot(self, segment: str, delta: str, *, final: bool) -> None:
        self._put(lambda: self._line.show_bot(segment, delta, final=final))

    def bot_cut(self, segment: str, heard: str) -> None:
        self._put(lambda: self._line.show_bot_cut(segment, heard))

    def card(self, card: Card) -> None:
        self._put(lambda: self._line.show_card(card))

    def asked(self, asked: Asked) -> None:
        self._put(lambda: self._line.show_asked(asked))

    def _put(self, send: _Sending) -> None:
        if not self._queue.full():
            self._queue.put_nowait(send)
