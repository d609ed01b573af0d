"""Copies of the KV cache of texts that are asked about again and again. Bookkeeping alone."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.backends.llama_context import Saved, shared

# Bytes of all copies; with more, the one that was used longest ago goes. A sentence takes about
# 1 MB with a 1.5B model, 0.4 MB with a 0.5B.
ROOM = 192_000_000
_JOINED = 2  # tokens at a text's end that what follows may change


class Texts:
    """Texts that stand behind one beginning."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._held: dict[tuple[int, ...], Saved] = {}  # the one used longest ago first
        self._bytes = 0
        self.beginning: list[int] = []

    def behind(self, beginning: Sequence[int]) -> None:
        """Where the texts stand from now on; another beginning ends all copies."""
        if self.beginning != list(beginning):
            self.beginning = list(beginning)
            self._held.clear()
            self._bytes = 0

    def find(self, tokens: Sequence[int]) -> tuple[Saved, int] | None:
        """The copy of the text that the tokens begin with, and how many of its tokens count. Never
        all of `tokens`: the last one's evaluation makes the logits."""
        for held, saved in self._held.items():
            same = shared(held, tokens)
            if len(held) - _JOINED <= same < len(tokens) and same:
                del self._held[held]
                self._held[held] = saved
                return saved, same
        return None

    def add(self, text: Saved) -> None:
        self._bytes += len(text.data)
        self._held[text.tokens] = text
        while self._bytes > self._room:
            oldest = next(iter(self._held))
            self._bytes -= len(self._held.pop(oldest).data)
