"""What the bot says, as 10 ms frames into LiveKit's queue, and how much of it was heard."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from voicebot.audio import SPEAKING_RATE, Pcm

log = logging.getLogger(__name__)

FRAME = SPEAKING_RATE // 100  # 10 ms, WebRTC's own step: the queue hands out so much at a time
QUEUE_MS = 200  # a multiple of 10; `Line.play` promises it
PUSH = 4 * FRAME  # at most so much at once: a push costs Python about 0.2 ms
MOST_QUEUED = QUEUE_MS // 10 * FRAME + PUSH


def louder(pcm: Pcm, before: float, after: float) -> Pcm:
    """pcm times `after`, which is reached from `before` within its first frame: a step would
    click."""
    if before == after == 1.0:
        return pcm
    gain = np.full(len(pcm), after, np.float32)
    ramp = min(FRAME, len(pcm))
    gain[:ramp] = np.linspace(before, after, ramp, dtype=np.float32)
    return np.asarray(np.clip(pcm * gain, -32768, 32767), np.int16)


class Source(Protocol):
    """`rtc.AudioSource`, as far as it is used."""

    async def capture_frame(self, frame: Any) -> None: ...

    def clear_queue(self) -> None: ...


class Playout:
    """Plays into one source. Only one push is outstanding at any time, even when play is cancelled.

    The queue empties by real time, so what was heard is what was pushed less what the clock says
    is left of it, in steps of 10 ms.
    """

    def __init__(
        self,
        source: Source,
        make_frame: Callable[[Pcm], Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._make_frame = make_frame
        self._clock = clock
        self._pushed = 0  # samples that were pushed and not flushed
        self._empty_at = 0.0  # when the queue runs out, by the clock
        self._rest: Pcm = np.zeros(0, np.int16)  # less than a frame; goes with what comes next
        self._last: Pcm = np.zeros(0, np.int16)  # pushed last, as it came: what may be queued
        self._gain = self._gain_before = 1.0
        self._flushes = self._clears = 0  # of the queue; a flush is one
        self._push: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    @property
    def queued(self) -> int:
        """Samples that are still to be heard, whole frames."""
        left = max(0.0, self._empty_at - self._clock())
        return min(self._pushed, -(-round(left * SPEAKING_RATE) // FRAME) * FRAME)

    @property
    def played(self) -> int:
        return self._pushed - self.queued

    async def play(self, pcm: Pcm) -> None:
        """Returns when everything but the last 200 ms has been heard, or at a flush. Less than
        10 ms at the end waits for the next play, or for drained(). Cancelling leaves what was
        pushed in the queue.
        """
        flushes = self._flushes
        async with self._turn:
            sound = np.concatenate([self._rest, pcm]) if len(self._rest) else pcm
            whole = len(sound) // FRAME * FRAME
            self._rest = sound[whole:].copy()
            for start in range(0, whole, PUSH):
                await self._capture(sound[start : min(start + PUSH, whole)], flushes)

    async def drained(self) -> None:
        """Until all of it has been heard; cancelling it changes nothing."""
        async with self._turn:
            if len(self._rest):
                padded = np.zeros(FRAME, np.int16)
                padded[: len(self._rest)] = self._rest
                self._rest = self._rest[:0]
                await self._capture(padded, self._flushes)
        while self.queued:  # noqa: ASYNC110 - the clock is the event; a flush ends it early, another play prolongs it
            await asyncio.sleep(self._empty_at - self._clock())

    def flush(self) -> None:
        self._flushes += 1
        self._rest = self._rest[:0]
        self._pushed -= self.queued
        self._empty_at = self._clock()
        self._clear()

    def volume(self, gain: float) -> None:
        """Of all that is heard from now on: what is queued is taken back and pushed again."""
        if gain == self._gain:
            return
        before, self._gain = self._gain, gain
        queued = self.queued
        if not queued:
            self._gain_before = before
            return
        sound = louder(self._last[-queued:], before, gain)
        self._gain_before = gain
        self._empty_at = self._clock() + queued / SPEAKING_RATE
        self._clear()
        again = self._again(self._push, self._make_frame(sound), self._clears)
        self._push = asyncio.create_task(again)

    def _clear(self) -> None:
        self._clears += 1
        self._source.clear_queue()

    async def _capture(self, pcm: Pcm, flushes: int) -> None:
        while self._push is not None and not self._push.done():
            await asyncio.wait({self._push})
        if flushes != self._flushes:
            return
        sound = louder(pcm, self._gain_before, self._gain)
        self._gain_before = self._gain
        self._last = np.concatenate([self._last, pcm])[-MOST_QUEUED:]
        self._pushed += len(pcm)
        self._empty_at = max(self._clock(), self._empty_at) + len(pcm) / SPEAKING_RATE
        self._push = asyncio.create_task(self._push_frame(self._make_frame(sound)))
        await asyncio.shield(self._push)

    async def _again(self, former: asyncio.Task[None] | None, frame: Any, clears: int) -> None:
        """The emptied queue lets the push end that was outstanding; this one comes behind it."""
        if former is not None:
            await asyncio.wait({former})
        if clears == self._clears:
            await self._push_frame(frame)

    async def _push_frame(self, frame: Any) -> None:
        try:
            await self._source.capture_frame(frame)
        except Exception as exc:  # the library raises bare Exception
            log.warning("LiveKit did not take the bot's sound: %s", exc)

    async def aclose(self) -> None:
        """Drops what is queued and waits for the outstanding push."""
        self.flush()
        if self._push is not None:
            await asyncio.wait({self._push}, timeout=1.0)
