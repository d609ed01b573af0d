from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from tests.fakes import Gate, Journal, ScriptedModel, settled
from voicebot import events
from voicebot.backends import breaker, fallback
from voicebot.backends.fallback import FallbackModel, FallbackTranscriber
from voicebot.errors import LlmError, SttError
from voicebot.stages import Generation, Message, Transcript, Waits

REQUEST = Generation((Message("user", "Hello"),))


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "FIRST_PAUSE_S", 0.001)


@pytest.fixture
def first() -> ScriptedModel:
    return ScriptedModel("far ", "away")


@pytest.fixture
def second() -> ScriptedModel:
    return ScriptedModel("near ", "by")


def both(
    first: ScriptedModel, second: ScriptedModel, journal: Journal, hedge_s: float = 0.0
) -> FallbackModel:
    return FallbackModel(
        "llm",
        ("openai", first),
        ("llama_cpp", second),
        error=LlmError,
        emit=journal.emit,
        hedge_s=hedge_s,
    )


@pytest.fixture
async def model(
    first: ScriptedModel, second: ScriptedModel, journal: Journal
) -> AsyncIterator[FallbackModel]:
    made = both(first, second, journal)
    yield made
    await made.aclose()


async def said(model: FallbackModel) -> str:
    async with aclosing(model.generate(REQUEST)) as deltas:
        return "".join([delta async for delta in deltas])


async def test_the_first_choice_answers_and_nobody_else_is_asked(
    model: FallbackModel, second: ScriptedModel, journal: Journal
) -> None:
    assert await said(model) == "far away"
    assert second.requests == []
    assert journal.events == []


async def test_a_failure_goes_to_the_fallback_at_once_and_once(
    model: FallbackModel, first: ScriptedModel, second: ScriptedModel, journal: Journal
) -> None:
    first.fails_after = 0
    events.work_for("desk-1", 4)
    assert await said(model) == "near by"
    assert first.requests.count(REQUEST) == second.requests.count(REQUEST) == 1
    [fell] = journal.of(events.FellBack)
    assert (fell.room, fell.turn, fell.backend) == ("desk-1", 4, "llama_cpp")
    assert (first.open, second.open) == (0, 0)


async def test_after_the_first_item_nothing_is_repeated(
    model: FallbackModel, first: ScriptedModel, second: ScriptedModel
) -> None:
    first.fails_after = 1
    deltas = model.generate(REQUEST)
    assert await anext(deltas) == "far "
    with pytest.raises(LlmError):
        await anext(deltas)
    assert second.requests == []


async def test_two_failures_are_the_stages(
    model: FallbackModel, first: ScriptedModel, second: ScriptedModel
) -> None:
    first.fails_after = second.fails_after = 0
    with pytest.raises(LlmError):
        await said(model)
    assert len(second.requests) == 1


@pytest.mark.usefixtures("short_pauses")
async def test_customers_are_spared_it_until_a_probe_finds_it_well(
    model: FallbackModel, first: ScriptedModel, second: ScriptedModel, journal: Journal
) -> None:
    first.fails_after = 0
    await said(model)
    first.gate.close()  # the probe waits here
    asked = len(first.requests)
    assert await said(model) == "near by"
    assert REQUEST not in first.requests[asked:]
    first.fails_after = None
    first.gate.open()
    await journal.until(lambda: len(journal.of(events.BackendChanged)) == 2)
    changes = journal.of(events.BackendChanged)
    assert [change.backend for change in changes] == ["llama_cpp", "openai"]
    assert (changes[0].cause, changes[1].cause) == ("the model is broken", "")
    assert {change.room for change in changes} == {""}
    assert await said(model) == "far away"


async def test_who_gives_nothing_in_time_has_failed(
    model: FallbackModel, first: ScriptedModel, monkeypatch: pytest.MonkeyPatch, journal: Journal
) -> None:
    monkeypatch.setattr(fallback, "FIRST_S", 0.01)
    first.gate.close()
    assert await said(model) == "near by"
    assert "in time" in journal.of(events.FellBack)[0].cause
    assert first.open == 0


async def test_closing_it_closes_who_answers(model: FallbackModel, first: ScriptedModel) -> None:
    deltas = model.generate(REQUEST)
    await anext(deltas)
    assert first.open == 1
    await deltas.aclose()
    assert first.open == 0


async def test_cancelling_is_no_failure(
    model: FallbackModel, first: ScriptedModel, second: ScriptedModel, journal: Journal
) -> None:
    first.gate.close()
    task = asyncio.create_task(said(model))
    await first.gate.reached()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert first.open == 0
    assert second.requests == []
    assert journal.events == []


# ---- the hedge


async def test_a_hedge_starts_the_fallback_beside_a_slow_first_choice(
    first: ScriptedModel, second: ScriptedModel, journal: Journal
) -> None:
    model = both(first, second, journal, hedge_s=0.001)
    first.gate.close()
    assert await said(model) == "near by"
    assert (first.open, second.open) == (0, 0)
    assert len(first.requests) == 1
    assert "slower" in journal.of(events.FellBack)[0].cause
    await model.aclose()


async def test_a_hedged_first_choice_that_comes_first_answers_alone(
    first: ScriptedModel, second: ScriptedModel, journal: Journal
) -> None:
    model = both(first, second, journal, hedge_s=0.001)
    first.gate.close()
    second.gate.close()
    task = asyncio.create_task(said(model))
    await second.gate.reached()
    first.gate.open()
    assert await task == "far away"
    assert (first.open, second.open) == (0, 0)
    await model.aclose()


@pytest.mark.parametrize("who", ["first", "second"])
async def test_a_hedge_outlives_one_failure(
    first: ScriptedModel, second: ScriptedModel, journal: Journal, who: str
) -> None:
    model = both(first, second, journal, hedge_s=0.001)
    first.gate.close()
    second.gate.close()
    broken, other = (first, second) if who == "first" else (second, first)
    task = asyncio.create_task(said(model))
    await second.gate.reached()
    broken.fails_after = 0
    broken.gate.open()
    await settled()
    other.gate.open()
    assert await task == "".join(other.deltas)
    assert (first.open, second.open) == (0, 0)
    await model.aclose()


async def test_a_hedge_that_is_cancelled_leaves_nothing_open(
    first: ScriptedModel, second: ScriptedModel, journal: Journal
) -> None:
    model = both(first, second, journal, hedge_s=0.001)
    first.gate.close()
    second.gate.close()
    task = asyncio.create_task(said(model))
    await second.gate.reached()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (first.open, second.open) == (0, 0)
    assert journal.events == []
    await model.aclose()


# ---- other stages


class Ear:
    def __init__(self, text: str) -> None:
        self.text, self.gate, self.broken = text, Gate(), False

    async def transcribe(
        self, utterance: object, *, after: str = "", waits: Waits | None = None
    ) -> Transcript:
        await self.gate.passed()
        if self.broken:
            raise SttError("deaf")
        return Transcript(self.text)


@pytest.mark.usefixtures("short_pauses")
async def test_hearing_falls_back_too(journal: Journal) -> None:
    far, near = Ear("far"), Ear("near")
    ears = FallbackTranscriber(
        "stt", ("openai", far), ("faster_whisper", near), error=SttError, emit=journal.emit
    )
    assert (await ears.transcribe(None)).text == "far"  # type: ignore[arg-type]
    far.broken = True
    assert (await ears.transcribe(None)).text == "near"  # type: ignore[arg-type]
    far.broken = False
    await journal.until(lambda: len(journal.of(events.BackendChanged)) == 2)
    assert (await ears.transcribe(None)).text == "far"  # type: ignore[arg-type]
    await ears.aclose()


async def test_a_deadline_does_not_count_the_readers_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from voicebot.backends.deadline import within

    async def items() -> AsyncGenerator[int, None]:
        for number in range(3):
            yield number

    found = []
    async with aclosing(within(items(), first_s=0.05, total_s=0.05)) as timely:
        async for number in timely:
            found.append(number)
            await asyncio.sleep(0.03)  # the reader is what this is about
    assert found == [0, 1, 2]
