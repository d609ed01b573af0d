import asyncio
import gc
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing

import pytest

from voicebot.errors import LlmError, StageError
from voicebot.scheduler import Cancelled, Priority, Worker


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    made = Worker("test", capacity=4, error=LlmError)
    yield made
    await asyncio.to_thread(made.close)


class Gate:
    """A job that has begun and waits for permission to end."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.open = threading.Event()
        self.flag: Cancelled | None = None

    def __call__(self, cancelled: Cancelled) -> str:
        self.flag = cancelled
        self.began.set()
        self.open.wait(10)
        return "through"

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.began.wait, 10)


def note(log: list[str], name: str) -> Callable[[Cancelled], None]:
    return lambda _: log.append(name)


async def queued(worker: Worker, count: int) -> None:
    """Let the tasks that were just made hand over their jobs."""
    await asyncio.sleep(0)
    assert worker.waiting == count


async def test_run_returns_and_raises_what_the_job_does(worker: Worker) -> None:
    def broken(_: Cancelled) -> None:
        raise ZeroDivisionError("on purpose")

    assert await worker.run(lambda _: ()) == ()
    assert await worker.run(lambda _: threading.current_thread().name) == "worker-test"
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        await worker.run(broken)
    assert await worker.run(lambda _: 7) == 7


async def test_urgent_jobs_go_first_and_equal_ones_in_order(worker: Worker) -> None:
    log: list[str] = []
    gate = Gate()
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(gate))
        await gate.has_begun()
        for name, priority in (
            ("guess", Priority.SPECULATION),
            ("think 1", Priority.THINKING),
            ("think 2", Priority.THINKING),
            ("hear", Priority.HEARING),
        ):
            group.create_task(worker.run(note(log, name), priority=priority))
        await queued(worker, 4)
        gate.open.set()
    assert log == ["hear", "think 1", "think 2", "guess"]


async def test_a_job_may_become_urgent_while_it_waits(worker: Worker) -> None:
    log: list[str] = []
    gate, waits = Gate(), threading.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(gate))
        await gate.has_begun()
        for name, priority in (
            ("head", lambda: Priority.HEARING if waits.is_set() else Priority.SPECULATION),
            ("think", Priority.THINKING),
            ("hear", Priority.HEARING),
        ):
            group.create_task(worker.run(note(log, name), priority=priority))
        await queued(worker, 3)
        waits.set()
        gate.open.set()
    assert log == ["head", "hear", "think"]


async def test_a_full_queue_is_refused_with_the_stages_error(worker: Worker) -> None:
    gate = Gate()
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(gate))
        await gate.has_begun()
        for _ in range(4):
            group.create_task(worker.run(lambda _: None))
        await queued(worker, 4)
        with pytest.raises(LlmError, match="test is busy: 4 jobs"):
            await worker.run(lambda _: None)
        gate.open.set()
    assert await worker.run(lambda _: "again") == "again"


async def test_a_queued_job_that_is_cancelled_never_runs(worker: Worker) -> None:
    log: list[str] = []
    gate = Gate()
    first = asyncio.create_task(worker.run(gate))
    await gate.has_begun()
    second = asyncio.create_task(worker.run(note(log, "second")))
    third = asyncio.create_task(worker.run(note(log, "third")))
    await queued(worker, 2)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert worker.waiting == 1
    gate.open.set()
    await asyncio.gather(first, third)
    assert log == ["third"]


async def test_cancelling_frees_the_caller_and_tells_the_running_job(worker: Worker) -> None:
    gate = Gate()
    task = asyncio.create_task(worker.run(gate))
    await gate.has_begun()
    assert gate.flag
    assert not gate.flag.cancelled()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task  # the gate is still shut: nobody waited for the thread
    assert gate.flag.cancelled()
    gate.open.set()
    assert await worker.run(lambda _: "next") == "next"


async def test_the_loop_is_free_while_a_job_runs(worker: Worker) -> None:
    gate = Gate()
    task = asyncio.create_task(worker.run(gate))
    await gate.has_begun()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not task.done()
    gate.open.set()
    assert await task == "through"


async def test_stream_hands_over_everything_then_the_error(worker: Worker) -> None:
    def job(_: Cancelled) -> Iterator[int]:
        yield from range(1000)
        raise LlmError("at the end")

    items = worker.stream(job, ahead=3)
    assert [await anext(items) for _ in range(1000)] == list(range(1000))
    with pytest.raises(LlmError, match="at the end"):
        await anext(items)


async def test_stream_lets_the_job_run_only_so_far_ahead(worker: Worker) -> None:
    made = 0
    reached = threading.Event()

    def job(_: Cancelled) -> Iterator[int]:
        nonlocal made
        for made in range(1, 100):
            if made == 4:  # one was read, two wait, this one finds no place
                reached.set()
            yield made

    async with aclosing(worker.stream(job, ahead=2)) as items:
        assert await anext(items) == 1
        assert await asyncio.to_thread(reached.wait, 10)
        assert made == 4
        assert [item async for item in items] == list(range(2, 100))


async def test_closing_a_stream_tells_the_job_and_closes_it_on_its_thread(worker: Worker) -> None:
    closed_on: list[str] = []

    def job(cancelled: Cancelled) -> Iterator[int]:
        try:
            while not cancelled.cancelled():
                yield 1
        finally:
            closed_on.append(threading.current_thread().name)

    async with aclosing(worker.stream(job, ahead=2)) as items:
        assert await anext(items) == 1
    assert await worker.run(lambda _: list(closed_on)) == ["worker-test"]


async def test_cancelling_the_reader_of_a_stream_tells_the_job(worker: Worker) -> None:
    gate = Gate()

    def job(cancelled: Cancelled) -> Iterator[str]:
        yield gate(cancelled)

    async def read() -> None:
        async with aclosing(worker.stream(job)) as items:
            async for _ in items:
                raise AssertionError("nothing was to come")

    task = asyncio.create_task(read())
    await gate.has_begun()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gate.flag
    assert gate.flag.cancelled()
    gate.open.set()


async def test_a_queued_stream_that_is_cancelled_never_runs(worker: Worker) -> None:
    log: list[str] = []
    gate = Gate()

    def job(_: Cancelled) -> Iterator[str]:
        log.append("ran")
        yield "x"

    running = asyncio.create_task(worker.run(gate))
    await gate.has_begun()
    items = worker.stream(job)
    reader = asyncio.ensure_future(anext(items))
    await queued(worker, 1)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert worker.waiting == 0
    gate.open.set()
    await running
    await worker.run(lambda _: None)
    assert log == []


async def test_listeners_are_called_once_also_when_late() -> None:
    calls: list[str] = []
    cancelled = Cancelled()
    cancelled.listen(lambda: calls.append("early"))
    assert calls == []
    cancelled.set()
    cancelled.set()
    cancelled.listen(lambda: calls.append("late"))
    assert calls == ["early", "late"]


async def test_close_fails_what_runs_and_what_waits_and_what_comes() -> None:
    worker = Worker("closing")
    gate = Gate()
    running = asyncio.create_task(worker.run(gate))
    await gate.has_begun()
    waiting = asyncio.create_task(worker.run(lambda _: None))
    await queued(worker, 1)
    closing = asyncio.create_task(asyncio.to_thread(worker.close))
    for task in (running, waiting):
        with pytest.raises(StageError, match="shut down"):
            await task
    assert gate.flag
    assert gate.flag.cancelled()
    gate.open.set()
    await closing
    worker.close()
    with pytest.raises(StageError, match="shut down"):
        await worker.run(lambda _: None)


def test_a_loop_that_is_gone_does_not_hurt_the_worker() -> None:
    worker = Worker("orphan")
    gate = Gate()

    async def leave() -> None:
        asyncio.create_task(worker.run(gate))  # noqa: RUF006
        await gate.has_begun()

    asyncio.run(leave())
    gate.open.set()

    async def use() -> int:
        return await worker.run(lambda _: 3)

    assert asyncio.run(use()) == 3
    worker.close()
    gc.collect()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness of their own")
async def test_a_worker_and_the_threads_made_from_it_let_others_go_first() -> None:
    def niceness(cancelled: Cancelled) -> list[int]:
        found = [os.getpriority(os.PRIO_PROCESS, threading.get_native_id())]
        child = threading.Thread(
            target=lambda: found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        )
        child.start()
        child.join()
        return found

    own = os.getpriority(os.PRIO_PROCESS, 0)
    plain, nice = Worker("plain"), Worker("nice", niceness=7)
    assert await plain.run(niceness) == [own, own]
    assert await nice.run(niceness) == [own + 7] * 2
    await asyncio.to_thread(plain.close)
    await asyncio.to_thread(nice.close)


async def test_more_urgent_jobs_run_between_two_items_that_may_wait(worker: Worker) -> None:
    gate = Gate()
    log: list[str] = []

    def sentence(cancelled: Cancelled) -> Iterator[str]:
        gate(cancelled)
        for part in ("first", "second", "third"):
            log.append(part)
            yield part

    stream = worker.stream(sentence, priority=Priority.SPEAKING, after_first=Priority.THINKING)
    async with aclosing(stream) as items:
        first = asyncio.create_task(anext(items))
        await gate.has_begun()
        others = [
            asyncio.create_task(worker.run(note(log, name), priority=priority))
            for name, priority in (
                ("as urgent as the rest", Priority.THINKING),
                ("urgent", Priority.SPEAKING),
            )
        ]
        await queued(worker, 2)
        gate.open.set()
        assert [await first, *[item async for item in items]] == ["first", "second", "third"]
    await asyncio.gather(*others)
    assert log == ["first", "urgent", "second", "third", "as urgent as the rest"]


async def test_a_stream_whose_rest_waits_can_be_given_up(worker: Worker) -> None:
    gate, other = Gate(), Gate()
    made: list[int] = []

    def sentence(cancelled: Cancelled) -> Iterator[int]:
        gate(cancelled)
        for part in range(3):
            made.append(part)
            yield part

    items = worker.stream(sentence, priority=Priority.SPEAKING, after_first=Priority.THINKING)
    first = asyncio.create_task(anext(items))
    await gate.has_begun()
    urgent = asyncio.create_task(worker.run(other, priority=Priority.SPEAKING))
    await queued(worker, 1)
    gate.open.set()
    assert await first == 0
    await other.has_begun()
    await items.aclose()
    other.open.set()
    assert await urgent == "through"
    assert await worker.run(lambda _: list(made)) == [0]
