from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from tests.openai_server import KEY, MODELS, Fault, OpenAIServer, impatient
from voicebot import events
from voicebot.backends.openai.llm import NOT_SAID, SAID, OpenAIModel
from voicebot.config import OpenAILlm
from voicebot.errors import ConfigError, LlmError
from voicebot.events import Event, RemoteUsed
from voicebot.stages import Generation, Message, Option

ASKED = (Message("system", "Be kind."), Message("user", "Hello, my name is Doe."))
OPTIONS = (
    Option("status", "check_order_status", "where an order is"),
    Option("return", "create_return", "send an order back"),
)
Make = Callable[..., OpenAIModel]


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
async def make(server: OpenAIServer, told: list[Event]) -> AsyncIterator[Make]:
    made: list[OpenAIModel] = []

    def make_(**settings: Any) -> OpenAIModel:
        here = {"base_url": server.base_url, "model": MODELS["chat"], "api_key_env": "TEST_KEY"}
        made.append(OpenAIModel(OpenAILlm(**(here | settings)), told.append))
        return made[-1]

    yield make_
    for model in made:
        await model.aclose()


async def said(model: OpenAIModel, **request: Any) -> list[str]:
    async with aclosing(model.generate(Generation(ASKED, **request))) as deltas:
        return [delta async for delta in deltas]


async def weighed(model: OpenAIModel, words: Sequence[str]) -> list[tuple[float, ...]]:
    async with aclosing(model.weigh([ASKED, ASKED], words)) as found:
        return [weights async for weights in found]


async def test_text_comes_delta_by_delta(server: OpenAIServer, make: Make) -> None:
    assert await said(make(), temperature=0.3, stop=("\n",)) == ["Hello ", "there."]
    [asked] = server.asked
    assert asked.fields["messages"][1] == {"role": "user", "content": ASKED[1].content}
    assert asked.fields["temperature"] == 0.7
    assert asked.fields["max_tokens"] == 150
    assert asked.fields["stop"] == ["\n"]


async def test_what_is_not_random_stays_so(server: OpenAIServer, make: Make) -> None:
    await said(make(), temperature=0.0)
    assert server.asked[0].fields["temperature"] == 0.0


async def test_extra_headers_and_body_go_along_and_refused_fields_do_not(
    server: OpenAIServer, make: Make
) -> None:
    titles = {"HTTP-Referer": "https://shop.example", "X-Title": "Corner Audio"}
    order = {"provider": {"order": ["nearby"], "allow_fallbacks": False}}
    await said(make(headers=titles, body=order, omit=("temperature", "stream_options")))
    [asked] = server.asked
    assert asked.headers["http-referer"] == "https://shop.example"
    assert asked.headers["x-title"] == "Corner Audio"
    assert asked.fields["provider"] == order["provider"]
    assert not {"temperature", "stream_options"} & asked.fields.keys()


@pytest.mark.parametrize(
    ("choose_by", "called"),
    [
        ("tools", ("create_return", "{}")),
        ("tool", ("choose", '{"choice": "return"}')),
        ("schema", None),
    ],
)
async def test_a_choice_comes_as_a_tool_call_or_by_a_schema(
    server: OpenAIServer, make: Make, choose_by: str, called: tuple[str, str] | None
) -> None:
    server.called, server.said = called, ('{"choice": ', '"return"}')
    assert await said(make(choose_by=choose_by), options=OPTIONS) == ["return"]


async def test_a_tools_name_may_come_with_every_piece(server: OpenAIServer, make: Make) -> None:
    server.called, server.repeats = ("choose", '{"choice": "status"}'), True
    assert await said(make(choose_by="tool"), options=OPTIONS) == ["status"]


@pytest.mark.parametrize("called", [("cancel_order", "{}"), ("choose", '{"choice": "x"}'), None])
async def test_what_was_not_offered_is_a_failure(
    server: OpenAIServer, make: Make, called: tuple[str, str] | None
) -> None:
    server.called = called
    with pytest.raises(LlmError, match="none of what it was offered"):
        await said(make(), options=OPTIONS)


async def test_words_weigh_what_the_first_token_does(server: OpenAIServer, make: Make) -> None:
    server.likeliest = (("yes", -0.2), (" No", -1.7))
    assert await weighed(make(), ("yes", "no")) == [(-0.2, -1.7)] * 2
    assert server.asked[0].fields["max_tokens"] == 1


@pytest.mark.parametrize("logprobs", [True, False])
async def test_a_server_that_tells_no_weights_says_yes_or_no(
    server: OpenAIServer, make: Make, logprobs: bool
) -> None:
    server.said = ("No.",)
    found = await weighed(make(logprobs=logprobs), ("yes", "no"))
    assert found == [(NOT_SAID, SAID)] * 2
    assert ("logprobs" in server.asked[0].fields) == logprobs


async def test_tokens_and_their_price_are_counted_for_the_turn(
    make: Make, told: list[Event]
) -> None:
    events.work_for("desk-1", 7)
    await said(make(price_in=1.0, price_out=10.0))
    [used] = [event for event in told if isinstance(event, RemoteUsed)]
    assert (used.room, used.turn, used.stage) == ("desk-1", 7, "llm")
    assert (used.tokens_in, used.tokens_out) == (40, 5)
    assert used.cost == pytest.approx(90e-6)


async def test_closing_it_ends_the_request(server: OpenAIServer, make: Make) -> None:
    server.fault, server.said = "", ("One ",) * 1000
    deltas = make().generate(Generation(ASKED))
    assert await anext(deltas) == "One "
    await deltas.aclose()
    await server.until(lambda: not server.open)


async def test_cancelling_ends_a_request_that_hangs(server: OpenAIServer, make: Make) -> None:
    server.fault = "hang"
    task = asyncio.create_task(said(make()))
    await server.until(lambda: server.open == 1)
    task.cancel()
    await server.until(lambda: not server.open)
    with pytest.raises(asyncio.CancelledError):
        await task


# ---- faults

FAULTS: list[tuple[Fault, str]] = [
    ("hang", "in time"),
    ("slow", "in time"),
    ("429", "answered 429"),
    ("500", "answered 500"),
    ("401", "does not accept the key"),
    ("cut", "broke off"),
    ("garbage", "no answer"),
    ("html", "broke off"),
    ("no end", "broke off"),
    ("error in stream", "failed while it answered"),
]


@pytest.mark.parametrize(("fault", "what"), FAULTS)
async def test_every_fault_is_the_stages_error_and_is_not_tried_again(
    server: OpenAIServer, make: Make, fault: Fault, what: str
) -> None:
    server.fault = fault
    with pytest.raises(LlmError, match=what) as caught:
        await said(make(**impatient(fault)))
    assert len(server.asked) == 1
    assert "127.0.0.1" in str(caught.value)
    # neither the key nor what was said, which servers like to send back
    assert KEY not in str(caught.value)
    assert "Doe" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert caught.value.retry_after_s == (1.0 if fault == "429" else 0.0)


async def test_nobody_there(server: OpenAIServer, make: Make) -> None:
    with pytest.raises(LlmError, match="cannot be reached"):
        await said(make(base_url="http://127.0.0.1:9/v1"))


def test_a_key_that_is_not_there_is_told_before_anybody_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_KEY", raising=False)
    with pytest.raises(ConfigError, match="NO_KEY is not set"):
        OpenAIModel(OpenAILlm(api_key_env="NO_KEY"), events.ignore)
