"""One thread a model, with a bounded queue of prioritised, cancellable jobs.

A model's library is not thread-safe, blocks, and cannot be interrupted by asyncio. So each model
gets one `Worker`; coroutines hand it plain functions and wait. Cancelling the waiting task frees it
at once: a job that is still queued never runs, one that runs is told through its `Cancelled` and
what it yields or returns from then on is dropped.

Between the models the kernel decides, by the niceness of their threads: on a full box speech being
heard goes before speech being made, and that before the language model.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeAlias, TypeVar

from voicebot.errors import StageError

T = TypeVar("T")

SPEAKING_NICENESS = 5
THINKING_NICENESS = 10  # what is sampled is asked for seldom, and for long


class Priority(IntEnum):
    """Lower goes first. Jobs of one priority go in the order in which they came."""

    HEARING = 0  # speech that is being listened to
    SPEAKING = 1  # sound that a customer is about to hear
    THINKING = 2  # an answer that a customer waits for
    SPECULATION = 3  # work that may turn out not to be needed


# Of a job that waits; asked whenever one is chosen, on the worker's thread, where it may change.
Urgency: TypeAlias = Callable[[], Priority]


class Cancelled:
    """Whether nobody waits for a running job any more. Jobs ask it as often as their bound says.

    Set by another thread than the job's; once set it stays set.
    """

    def __init__(self) -> None:
        self._set = False
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def cancelled(self) -> bool:
        return self._set

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` when set (at once if it is), from the thread that sets it.

        For jobs inside a library call that cannot ask. It must return at once and not raise.
        """
        with self._lock:
            if not self._set:
                self._listeners.append(listener)
                return
        listener()

    def set(self) -> None:
        with self._lock:
            if self._set:
                return
            self._set = True
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()


@dataclass(eq=False)
class _Job:
    """`perform` runs on the worker's thread, once more after those before it in the queue if it
    returns a priority; `fail` is called instead when the worker closes."""

    priority: Priority | Urgency
    number: int
    perform: Callable[[], Priority | None]
    fail: Callable[[BaseException], None]
    cancelled: Cancelled

    @property
    def place(self) -> tuple[Priority, int]:
        """In the queue, as things are now."""
        priority = self.priority
        return (priority if isinstance(priority, Priority) else priority(), self.number)


class Worker:
    """One daemon thread, one job at a time.

    capacity: jobs that may wait. With more, `run` and `stream` raise `error` ("busy") at once: a
    customer is better told so than kept waiting behind so much work. error: the stage's own class.
    niceness: how far its thread, and those that the library makes from it, give way to others; at
    5 one that wants the processor as well gets three times as much of it. On Linux alone.
    """

    def __init__(
        self,
        name: str,
        *,
        capacity: int = 32,
        error: type[StageError] = StageError,
        niceness: int = 0,
    ) -> None:
        self.name = name
        self._niceness = niceness
        self._capacity = capacity
        self._error = error
        self._numbers = itertools.count()
        self._queue: list[_Job] = []
        self._running: _Job | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=f"worker-{name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Jobs in the queue, the running one not counted."""
        return len(self._queue)

    async def run(
        self, job: Callable[[Cancelled], T], *, priority: Priority | Urgency = Priority.THINKING
    ) -> T:
        """What `job` returns or raises. Raises the stage's error when busy or closed. priority: of
        one that may become more urgent while it waits, a function.

        Cancelling returns at once; the job is dropped, or told to stop if it runs.
        """
        outcome: _Outcome[T] = _Outcome()
        cancelled = Cancelled()

        def perform() -> None:
            outcome.put(job(cancelled))
            outcome.finish(None)

        queued = self._submit(perform, outcome.finish, cancelled, priority)
        try:
            return await outcome.next()
        finally:
            self._abandon(queued)

    async def stream(
        self,
        job: Callable[[Cancelled], Iterator[T]],
        *,
        priority: Priority = Priority.THINKING,
        ahead: int = 256,
        after_first: Priority | None = None,
    ) -> AsyncGenerator[T, None]:
        """What `job` yields, as it comes. The job is queued when the first item is asked for.

        `aclose()`, cancelling the task that waits for an item, and an error of the reader's inside
        `async for` under `contextlib.aclosing` set the job's `Cancelled`, so wrap it in `aclosing`:
        a loop that is merely left tells the job only when the garbage collector comes by. ahead:
        items that may wait for the reader; with so many the thread waits, and with it everybody
        else's jobs, so it is more than a job should ever yield. after_first: how urgent the items
        behind the first are; more urgent jobs then run between two of them, so that a job must
        leave nothing in the model. None: it runs through.
        """
        cancelled = Cancelled()
        outcome: _Outcome[T] = _Outcome(ahead, cancelled)
        begun: list[Iterator[T]] = []

        def perform() -> Priority | None:
            if not begun:
                begun.append(job(cancelled))
            items, waits = begun[0], False
            try:
                for item in items:
                    if not outcome.put(item):
                        break
                    if after_first is not None and self._is_wanted_before(after_first):
                        waits = True
                        return after_first
            finally:
                # A generator is closed on the thread that ran it, so that its `finally` may
                # touch the model.
                close = None if waits else getattr(items, "close", None)
                if close:
                    close()
            outcome.finish(None)
            return None

        queued = self._submit(perform, outcome.finish, cancelled, priority)
        try:
            while True:
                try:
                    item = await outcome.next()
                except StopAsyncIteration:
                    return
                yield item
        finally:
            self._abandon(queued)

    def close(self) -> None:
        """Fail what is queued, tell what runs to stop, and join the thread. May be repeated.

        Blocks until the running job ends, which is at most its own bound.
        """
        self.leave()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def leave(self) -> None:
        """The same without waiting for a job that may never end; its daemon thread ends with the
        process."""
        with self._changed:
            self._closed = True
            queue, self._queue = self._queue, []
            if self._running:
                queue.append(self._running)
            self._changed.notify_all()
        for job in queue:
            job.fail(self._error(f"{self.name} has been shut down"))
            job.cancelled.set()

    def _submit(
        self,
        perform: Callable[[], Priority | None],
        fail: Callable[[BaseException], None],
        cancelled: Cancelled,
        priority: Priority | Urgency,
    ) -> _Job:
        with self._changed:
            if self._closed:
                raise self._error(f"{self.name} has been shut down")
            if len(self._queue) >= self._capacity:
                raise self._error(
                    f"{self.name} is busy: {self._capacity} jobs are waiting; "
                    "admit fewer rooms (rooms.max) or use a faster model"
                )
            job = _Job(priority, next(self._numbers), perform, fail, cancelled)
            self._queue.append(job)
            self._changed.notify_all()
            return job

    def _is_wanted_before(self, priority: Priority) -> bool:
        """Whether a job waits that is more urgent."""
        with self._changed:
            return any(job.place[0] < priority for job in self._queue)

    def _abandon(self, job: _Job) -> None:
        """Nobody waits for the job any more (or it is done, and this changes nothing)."""
        job.cancelled.set()
        with self._changed:
            if job in self._queue:
                self._queue.remove(job)

    def _put_back(self, job: _Job, priority: Priority) -> None:
        """It has its place already: that the queue is full does not matter."""
        with self._changed:
            job.priority = priority
            if not self._closed:
                self._queue.append(job)

    def _work(self) -> None:
        if sys.platform == "linux" and self._niceness:  # elsewhere it is the process's
            me = threading.get_native_id()
            own = os.getpriority(os.PRIO_PROCESS, me)
            os.setpriority(os.PRIO_PROCESS, me, own + self._niceness)
        while True:
            with self._changed:
                self._running = None
                self._changed.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                job = self._running = min(self._queue, key=lambda job: job.place)
                self._queue.remove(job)
            try:
                if not job.cancelled.cancelled() and (later := job.perform()) is not None:
                    self._put_back(job, later)
            except BaseException as exc:
                job.fail(exc)
            del job


class _Outcome(Generic[T]):
    """Hands items from the worker's thread to the event loop that made it."""

    def __init__(self, capacity: int = 1, cancelled: Cancelled | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._capacity = capacity
        self._cancelled = cancelled
        self._items: deque[T] = deque()
        self._done = False
        self._error: BaseException | None = None
        self._room = threading.Condition()
        self._arrived = asyncio.Event()
        if cancelled:
            cancelled.listen(self._wake_thread)

    def put(self, item: T) -> bool:
        """Worker's thread: False when nobody reads any more. Waits while `capacity` are unread."""
        with self._room:
            self._room.wait_for(lambda: len(self._items) < self._capacity or self._abandoned())
            if self._abandoned():
                return False
            self._items.append(item)
        self._wake_loop()
        return True

    def finish(self, error: BaseException | None) -> None:
        """Any thread: nothing more will come. Only the first call counts."""
        with self._room:
            if self._done:
                return
            self._error = error
            self._done = True
        self._wake_loop()

    async def next(self) -> T:
        """Raises what the job raised, or StopAsyncIteration, after the last item."""
        while True:
            done = self._done  # asked first, so that an item that came before the end is not lost
            if self._items:
                with self._room:
                    item = self._items.popleft()
                    self._room.notify_all()
                return item
            if done:
                # Letting go of it breaks the cycle error -> traceback -> frame -> this -> error.
                error, self._error = self._error, None
                raise error or StopAsyncIteration
            await self._wait()

    async def _wait(self) -> None:
        await self._arrived.wait()
        self._arrived.clear()

    def _abandoned(self) -> bool:
        return self._cancelled is not None and self._cancelled.cancelled()

    def _wake_thread(self) -> None:
        with self._room:
            self._room.notify_all()

    def _wake_loop(self) -> None:
        # The loop may have been closed while the job ran; then nobody is there to be told.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._arrived.set)
