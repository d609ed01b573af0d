"""Two backends of a stage as one: the first choice, and who steps in for it.

A request goes to the first choice; if that fails, or gives nothing within its time, the request
goes to the fallback, at once and once. After the first item has been given out nothing is repeated:
a failure then is the stage's. From a failure on customers are spared the first choice, until a
probe in the background has found it well.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from contextvars import Context
from typing import Any, Generic, TypeVar

import numpy as np

from voicebot.audio import HEARING_RATE, Speech, Waveform, samples
from voicebot.backends.breaker import Breaker
from voicebot.backends.closing import close
from voicebot.backends.deadline import within
from voicebot.errors import LlmError, StageError, SttError
from voicebot.events import BackendChanged, Emit, FellBack, of_this_work
from voicebot.stages import (
    Generation,
    LanguageModel,
    Message,
    Synthesizer,
    Transcriber,
    Transcript,
    Waits,
)

# For either backend; a remote one has narrower limits of its own.
FIRST_S = 8.0
TOTAL_S = 30.0
_PROBE_S = 0.5  # of a tone: silence would be sent nowhere

T = TypeVar("T")
B = TypeVar("B")


class _End:
    """Behind the last item."""


_END = _End()


class Switch(ABC, Generic[B]):
    """Who is asked, and what is told of it.

    first, second: a backend and its name. hedge_s: after so long without an item of the first
    choice the fallback starts beside it, and whoever is first answers; 0: never.
    """

    def __init__(
        self,
        stage: str,
        first: tuple[str, B],
        second: tuple[str, B],
        *,
        error: type[StageError],
        emit: Emit,
        hedge_s: float = 0.0,
    ) -> None:
        self._stage, self._error, self._emit = stage, error, emit
        (self._first_name, self.first), (self._second_name, self.second) = first, second
        self._hedge_s = hedge_s
        self._breaker = Breaker()
        self._probing: asyncio.Task[None] | None = None

    async def answer(self, ask: Callable[[B], AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
        """What the one who answers gives. Closing it closes whoever was asked. Raises the stage's
        error: the fallback's, or the first choice's once it had begun."""
        first = self._timely(self._first_name, ask(self.first))
        second = self._timely(self._second_name, ask(self.second))
        async with aclosing(first), aclosing(second):
            if self._breaker.closed:
                stream, item = await self._begun(first, second)
            else:
                stream, item = second, await _next(second)
            while not isinstance(item, _End):
                yield item
                try:
                    item = await _next(stream)
                except StageError as error:
                    if stream is first:
                        self._failed(error)
                    raise
            if stream is first:
                self._breaker = self._breaker.answered()

    @abstractmethod
    async def probe(self) -> None:
        """The smallest work there is for the first choice. Raises the stage's error."""

    async def aclose(self) -> None:
        """End the probes and close both."""
        if self._probing is not None:
            self._probing.cancel()
            with suppress(asyncio.CancelledError):
                await self._probing
        await close(self.first)
        await close(self.second)

    # ---- the first item

    async def _begun(
        self, first: AsyncGenerator[T, None], second: AsyncGenerator[T, None]
    ) -> tuple[AsyncGenerator[T, None], T | _End]:
        """Who answers, and its first item."""
        began = time.monotonic()
        try:
            if self._hedge_s:
                return await self._raced(first, second, began)
            return first, await _next(first)
        except StageError as error:
            self._failed(error)
            self._stepped_in(str(error), began)
        return second, await _next(second)

    async def _raced(
        self, first: AsyncGenerator[T, None], second: AsyncGenerator[T, None], began: float
    ) -> tuple[AsyncGenerator[T, None], T | _End]:
        """Raises what the first choice raises before the fallback has been started."""
        mine = asyncio.create_task(_next(first))
        other: asyncio.Task[T | _End] | None = None
        try:
            await asyncio.wait({mine}, timeout=self._hedge_s)
            if mine.done():
                return first, mine.result()
            other = asyncio.create_task(_next(second))
            await asyncio.wait({mine, other}, return_when=asyncio.FIRST_COMPLETED)
            if not mine.done() and other.exception() is not None:
                return first, await mine
            if mine.done() and (error := mine.exception()) is None:
                return first, mine.result()
            if mine.done() and isinstance(error, StageError):
                self._failed(error)
                self._stepped_in(str(error), began)
            elif not mine.done():
                self._lost()
                self._stepped_in(f"slower than {self._second_name}", began)
            return second, await other
        finally:
            await _dropped(mine)
            if other is not None:
                await _dropped(other)

    async def _timely(self, name: str, items: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        try:
            async with aclosing(within(items, first_s=FIRST_S, total_s=TOTAL_S)) as timely:
                async for item in timely:
                    yield item
        except TimeoutError:
            raise self._error(f"{name} did not answer in time") from None

    # ---- what is thought of the first choice

    def _failed(self, error: StageError) -> None:
        if self._breaker.closed:  # else another room was earlier
            self._breaker = self._breaker.failed(time.monotonic(), error.retry_after_s)
            self._opened(str(error))

    def _lost(self) -> None:
        if self._breaker.closed:
            self._breaker = self._breaker.lost(time.monotonic())
            if not self._breaker.closed:
                self._opened(f"often slower than {self._second_name}")

    def _stepped_in(self, cause: str, began: float) -> None:
        told = FellBack(
            stage=self._stage,
            backend=self._second_name,
            cause=cause,
            ms=(time.monotonic() - began) * 1000,
        )
        self._emit(of_this_work(told))

    def _opened(self, cause: str) -> None:
        name = self._second_name
        self._emit(BackendChanged(stage=self._stage, backend=name, cause=cause))
        # Not part of the turn that found it out.
        self._probing = asyncio.create_task(self._probed(), context=Context())

    async def _probed(self) -> None:
        """Until the first choice is back. Cancelling leaves it out of use."""
        while (at := self._breaker.probe_at) is not None:
            await asyncio.sleep(at - time.monotonic())
            try:
                async with asyncio.timeout(FIRST_S):
                    await self.probe()
            except StageError as error:
                self._breaker = self._breaker.failed(time.monotonic(), error.retry_after_s)
            except TimeoutError:
                self._breaker = self._breaker.failed(time.monotonic())
            else:
                self._breaker = self._breaker.back()
        self._emit(BackendChanged(stage=self._stage, backend=self._first_name))


async def _next(stream: AsyncGenerator[T, None]) -> T | _End:
    return await anext(stream, _END)


async def _dropped(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# ------------------------------------------------------------------ the stages


class FallbackModel(Switch[LanguageModel]):
    """See `LanguageModel`."""

    async def generate(self, request: Generation) -> AsyncGenerator[str, None]:
        async with aclosing(self.answer(lambda model: model.generate(request))) as deltas:
            async for delta in deltas:
                yield delta

    async def weigh(
        self, prompts: Sequence[tuple[Message, ...]], words: Sequence[str]
    ) -> AsyncGenerator[tuple[float, ...], None]:
        async with aclosing(self.answer(lambda model: model.weigh(prompts, words))) as weighed:
            async for weights in weighed:
                yield weights

    async def warm(self, messages: Sequence[Message]) -> None:
        """Both, so that the fallback is ready when it is needed."""
        await self.second.warm(messages)
        with suppress(LlmError):
            await self.first.warm(messages)

    async def probe(self) -> None:
        request = Generation((Message("user", "Say yes."),), max_tokens=1)
        await _first_of(self.first.generate(request))


class FallbackTranscriber(Switch[Transcriber]):
    """See `Transcriber`."""

    async def transcribe(
        self, utterance: Waveform, *, after: str = "", waits: Waits | None = None
    ) -> Transcript:
        def ask(backend: Transcriber) -> AsyncGenerator[Transcript, None]:
            return _transcribed(backend, utterance, after, waits)

        async with aclosing(self.answer(ask)) as heard:
            async for transcript in heard:
                return transcript
        raise SttError("neither backend answered")

    async def probe(self) -> None:
        places = np.arange(samples(_PROBE_S), dtype=np.float32) / HEARING_RATE
        tone = 0.1 * np.sin(2 * np.pi * 440 * places)
        await self.first.transcribe(tone.astype(np.float32))


async def _transcribed(
    backend: Transcriber, utterance: Waveform, after: str, waits: Waits | None
) -> AsyncGenerator[Transcript, None]:
    yield await backend.transcribe(utterance, after=after, waits=waits)


class FallbackSynthesizer(Switch[Synthesizer]):
    """See `Synthesizer`."""

    async def synthesize(self, text: str, *, ahead: bool = False) -> AsyncGenerator[Speech, None]:
        said = self.answer(lambda voice: voice.synthesize(text, ahead=ahead))
        async with aclosing(said) as pieces:
            async for piece in pieces:
                yield piece

    async def probe(self) -> None:
        await _first_of(self.first.synthesize("Yes."))


async def _first_of(items: AsyncGenerator[T, None]) -> None:
    async with aclosing(items):
        await anext(items, None)
