"""What was said, as it was really heard."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voicebot.stages import Message


@dataclass(frozen=True)
class Exchange:
    """One turn: the customer's words and as much of the answer as was played. chat: it was small
    talk."""

    user: str
    heard: str
    chat: bool = True


class History:
    """The last `turns` exchanges; older ones are forgotten."""

    def __init__(self, turns: int) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=turns)

    def add(self, user: str, heard: str, *, chat: bool = True) -> None:
        self._exchanges.append(Exchange(user, heard, chat))

    def clear(self) -> None:
        self._exchanges.clear()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(self._exchanges)

    def messages(self, words: int) -> tuple[Message, ...]:
        """The small talk that the latest turns were: whole exchanges, at most so many words
        together. What was said of orders and products before it helps nobody to chat, and each
        word of it costs time."""
        found: list[Message] = []
        for exchange in reversed(self._exchanges):
            if not exchange.chat:
                break
            words -= len(exchange.user.split()) + len(exchange.heard.split())
            if words < 0:
                break
            said = [Message("user", exchange.user), Message("assistant", exchange.heard)]
            found[:0] = said if exchange.heard else said[:1]
        return tuple(found)


@dataclass(frozen=True)
class Played:
    """A piece of speech in the playout: it began at sample `start` and is `length` samples long."""

    start: int
    length: int
    text: str


def heard(pieces: Iterable[Played], played: int) -> str:
    """The words that had been played when `played` samples had left: a piece that was cut counts by
    its share, in whole words, rounded down; one without sound counts once later ones sounded."""
    words: list[str] = []
    for piece in pieces:
        share = (played - piece.start) / max(piece.length, 1)
        if share >= 1.0:
            words.append(piece.text)
        elif share > 0.0:
            spoken = piece.text.split()
            words.append(" ".join(spoken[: int(share * len(spoken))]))
    return " ".join(word for word in words if word)


def unfinished(pieces: Sequence[Played], played: int, rest: int) -> int:
    """The first piece to be said again when `played` samples had left and the others were dropped:
    the one that was cut. One of which no more than `rest` samples were left was finished."""
    for place, piece in enumerate(pieces):
        if piece.start + piece.length - played > rest:
            return place
    return len(pieces)
