"""The language model of a server with OpenAI's API."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from voicebot.backends.openai.choosing import admitted, offered, weights
from voicebot.backends.openai.server import Server
from voicebot.config import OpenAILlm
from voicebot.errors import LlmError
from voicebot.events import Emit, RemoteUsed, of_this_work
from voicebot.stages import Generation, Message, Option

MILLION = 1_000_000
TOP_LOGPROBS = 20  # the most that the API gives
SAID, NOT_SAID = math.log(0.98), math.log(0.02)  # where a server tells no probabilities


@dataclass(frozen=True)
class _Chunk:
    """A piece of an answer. tool: its first tool call's; arguments: a piece of them."""

    text: str = ""
    tool: str = ""
    arguments: str = ""


class OpenAIModel:
    """Grammars become tool calls or a JSON schema, and what is called is held against the options;
    weights are the probabilities of the first token, or, where the server tells none, its answer.
    """

    def __init__(self, settings: OpenAILlm, emit: Emit) -> None:
        """Raises ConfigError."""
        self._settings, self._emit = settings, emit
        self._server = Server(settings, LlmError)
        self._create = self._server.client.chat.completions.create  # imports a second's worth

    async def generate(self, request: Generation) -> AsyncGenerator[str, None]:
        """Text deltas as they come; of options, the chosen one's word at once. Closing it ends the
        request. Raises LlmError."""
        fields = self._fields(request.messages, request.temperature)
        if request.options:
            yield await self._chosen(fields, request.options)
            return
        if request.stop:
            fields["stop"] = list(request.stop)
        async with aclosing(self._server.stream(self._chunks(fields))) as chunks:
            async for chunk in chunks:
                if chunk.text:
                    yield chunk.text

    async def weigh(
        self, prompts: Sequence[tuple[Message, ...]], words: Sequence[str]
    ) -> AsyncGenerator[tuple[float, ...], None]:
        """See `LanguageModel.weigh`. All prompts are sent at once: a server has room for them, and
        the round trips would add up."""
        tasks = [asyncio.create_task(self._weighed(one, tuple(words))) for one in prompts]
        try:
            for task in tasks:
                yield await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def warm(self, messages: Sequence[Message]) -> None:
        """Nothing: what a server keeps is its own affair."""

    async def aclose(self) -> None:
        await self._server.aclose()

    # ---- requests

    def _fields(self, messages: Sequence[Message], temperature: float) -> dict[str, Any]:
        return {
            "model": self._settings.model,
            "messages": [{"role": one.role, "content": one.content} for one in messages],
            "max_tokens": self._settings.max_tokens,
            # A request that is not to be random stays so.
            "temperature": self._settings.temperature if temperature else 0.0,
        }

    async def _chunks(self, fields: dict[str, Any]) -> AsyncGenerator[_Chunk, None]:
        asked = {**fields, "stream": True, "stream_options": {"include_usage": True}}
        ended = False
        async with await self._create(**self._server.fields(asked)) as stream:
            async for event in stream:
                if event.usage:
                    self._count(event.usage)
                for choice in event.choices or ():
                    ended = ended or choice.finish_reason is not None
                    yield _read(choice.delta)
        if not ended:
            raise LlmError(f"{self._server.host} broke off in the middle of its answer")

    async def _chosen(self, fields: dict[str, Any], options: Sequence[Option]) -> str:
        fields = {**fields, **offered(options, self._settings.choose_by)}
        text = tool = arguments = ""
        async with aclosing(self._server.stream(self._chunks(fields))) as chunks:
            async for chunk in chunks:
                text, arguments = text + chunk.text, arguments + chunk.arguments
                tool = tool or chunk.tool  # some servers repeat it with every piece
        word = admitted(text, tool, arguments, options)
        if word is None:
            raise LlmError(f"{self._server.host} chose none of what it was offered")
        return word

    async def _weighed(self, prompt: Sequence[Message], words: Sequence[str]) -> tuple[float, ...]:
        fields = {**self._fields(prompt, 0.0), "max_tokens": 1}
        if self._settings.logprobs:
            fields |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        return await self._server.value(self._first_word(fields, words))

    async def _first_word(self, fields: dict[str, Any], words: Sequence[str]) -> tuple[float, ...]:
        answer = await self._create(**self._server.fields(fields))
        if answer.usage:
            self._count(answer.usage)
        choice = answer.choices[0]
        if choice.logprobs and choice.logprobs.content:
            likeliest = choice.logprobs.content[0].top_logprobs
            return weights([(one.token, float(one.logprob)) for one in likeliest], words)
        said = (choice.message.content or "").strip().lower()
        return tuple(SAID if said.startswith(word) else NOT_SAID for word in words)

    def _count(self, usage: Any) -> None:
        sent, given = int(usage.prompt_tokens or 0), int(usage.completion_tokens or 0)
        cost = getattr(usage, "cost", None)  # OpenRouter tells what it charges
        if not isinstance(cost, int | float):
            prices = self._settings
            cost = (sent * prices.price_in + given * prices.price_out) / MILLION
        used = RemoteUsed(
            stage="llm",
            host=self._server.host,
            tokens_in=sent,
            tokens_out=given,
            cost=float(cost),
        )
        self._emit(of_this_work(used))


def _read(delta: Any) -> _Chunk:
    first = next((call for call in delta.tool_calls or () if not call.index), None)
    if first is None or first.function is None:
        return _Chunk(delta.content or "")
    return _Chunk(delta.content or "", first.function.name or "", first.function.arguments or "")
