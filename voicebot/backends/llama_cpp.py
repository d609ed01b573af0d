"""The language model in this process, by llama.cpp."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voicebot.backends.llama_context import AbortedError, Context, Saved, shared
from voicebot.backends.llama_texts import Texts
from voicebot.backends.sampling import choose
from voicebot.errors import LlmError
from voicebot.scheduler import THINKING_NICENESS, Cancelled, Priority, Worker
from voicebot.stages import Generation, Message

NOTHING = Saved((), None)
BEGINNINGS = 4  # kept copies; with more, the oldest goes
_CONTROL = re.compile(r"<\|[^<>\s]{1,40}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>")
_MARK = re.compile(r"\uE000(\d+)\uE001")  # stands for a content while the template is rendered


@dataclass(frozen=True)
class GenerationStats:
    """Tokens of the last request: in its prompt, of these already in the KV cache, and sampled."""

    prompt: int = 0
    reused: int = 0
    sampled: int = 0


class LlamaCpp:
    """One GGUF model with one context, on one thread.

    A copy of the KV cache is kept of each beginning that was warmed, and a prompt costs only what
    comes behind the nearest of them: what never changes belongs in front. Whatever went before, an
    abort too, the same request gets the same tokens.
    """

    def __init__(
        self,
        model: Path,
        *,
        threads: int = 2,
        context: int = 2048,
        gpu_layers: int = -1,
        seed: int = 0,
    ) -> None:
        """context: tokens of prompt and answer together. gpu_layers: -1 is all, none without a
        GPU. seed: the same request gets the same answer at any temperature. Raises
        ModelError."""
        self._context = Context(model, threads=threads, size=context, gpu_layers=gpu_layers)
        self._seed = seed
        self._saved: deque[Saved] = deque(maxlen=BEGINNINGS)
        self._texts = Texts()
        self._worker = Worker("llama.cpp", error=LlmError, niceness=THINKING_NICENESS)
        self.last = GenerationStats()

    async def generate(self, request: Generation) -> AsyncGenerator[str, None]:
        """Text deltas as they are sampled. Closing it, or cancelling the task that waits for it,
        ends the evaluation within 50 ms, in prefill too. Raises LlmError."""
        deltas = self._worker.stream(
            lambda cancelled: self._generate(request, cancelled), priority=Priority.THINKING
        )
        async with aclosing(deltas):
            async for delta in deltas:
                yield delta

    async def weigh(
        self, prompts: Sequence[tuple[Message, ...]], words: Sequence[str]
    ) -> AsyncGenerator[tuple[float, ...], None]:
        """See `LanguageModel.weigh`."""
        listed = tuple(prompts)
        found = self._worker.stream(
            lambda cancelled: self._weigh(listed, tuple(words), cancelled),
            priority=Priority.THINKING,
        )
        async with aclosing(found):
            async for weights in found:
                yield weights

    async def warm(self, messages: Sequence[Message]) -> None:
        """Prefill what many requests begin with, and keep a copy of it. Cancelling keeps nothing.
        Raises LlmError."""
        listed = tuple(messages)

        def job(cancelled: Cancelled) -> None:
            if self._prefill(self._tokens(listed, answer=False), cancelled):
                self._saved.append(self._context.save())

        await self._worker.run(job, priority=Priority.SPECULATION)

    def tokens(self, text: str) -> list[int]:
        """A text without control tokens, on any thread. Raises LlmError."""
        return self._context.tokenize(text, control=False)

    def close(self) -> None:
        """Stop what runs and free the model."""
        self._worker.close()
        self._context.close()

    # ---- on the worker's thread

    def _generate(self, request: Generation, cancelled: Cancelled) -> Iterator[str]:
        prompt = self._tokens(request.messages, answer=True)
        deltas = Deltas(request.stop)
        random = np.random.default_rng(self._seed)
        with self._context.grammar(request.grammar) as grammar:
            if not self._prefill(prompt, cancelled):
                return
            room = self._context.size - len(prompt)
            for _ in range(min(request.max_tokens, room)):
                token = choose(self._context.logits(), grammar, request.temperature, random)
                self._count(prompt)
                if self._context.ends(token):
                    break
                if grammar:
                    grammar.accept(token)
                if text := deltas.add(self._context.piece(token)):
                    yield text
                if deltas.stopped or not self._append([token], cancelled):
                    return
            if text := deltas.rest():
                yield text

    def _weigh(
        self, prompts: Sequence[tuple[Message, ...]], words: tuple[str, ...], cancelled: Cancelled
    ) -> Iterator[tuple[float, ...]]:
        firsts = [self._context.tokenize(word, control=False)[0] for word in words]
        listed = self._texts_in(prompts)
        if not self._prefill(self._texts.beginning, cancelled):
            return
        for prompt, text in listed:
            fresh = self._read(prompt, text, cancelled)
            if fresh is None or not self._append_to_kept(prompt, cancelled):
                return
            self.last = replace(self.last, reused=self.last.reused - fresh)
            logits = self._context.logits().astype(np.float64)
            top = logits.max()
            yield tuple(logits[firsts] - top - np.log(np.exp(logits - top).sum()))

    def _texts_in(self, prompts: Sequence[tuple[Message, ...]]) -> list[tuple[list[int], int]]:
        """Each prompt's tokens, and where what all of them end with begins: up to there stands,
        behind what they begin with, a text of its own."""
        listed = [self._tokens(messages, answer=True) for messages in prompts]
        same = min((shared(listed[0][::-1], one[::-1]) for one in listed[1:]), default=0)
        self._texts.behind(self._tokens(prompts[0][:-1], answer=False))
        return [(tokens, len(tokens) - same) for tokens in listed]

    def _read(self, prompt: list[int], text: int, cancelled: Cancelled) -> int | None:
        """Make the cache the prompt up to where its text ends, from a copy where there is one;
        gives how many tokens had to be evaluated, None when nobody waits any more. Each text is
        evaluated alone: what it is evaluated with shows in the last bits."""
        head = self._texts.beginning
        if self._context.keep([*head, -1]) < len(head) and not self._prefill(head, cancelled):
            return None
        if found := self._texts.find(prompt[len(head) :]):
            self._context.append(*found)
            return 0
        if text == len(prompt):
            return 0
        if not self._append(prompt[len(head) : text], cancelled):
            return None
        self._texts.add(self._context.save_from(len(head)))
        return text - len(head)

    def _prefill(self, prompt: list[int], cancelled: Cancelled) -> bool:
        # Never from the last request's cache: how a text was cut into batches shows in the last
        # bits, so the same request would answer differently after another one.
        self._context.restore(
            max(self._saved, key=lambda one: shared(one.tokens, prompt), default=NOTHING)
        )
        return self._append_to_kept(prompt, cancelled)

    def _append_to_kept(self, prompt: list[int], cancelled: Cancelled) -> bool:
        self._fits(len(prompt))
        reused = self._context.keep(prompt)
        self.last = GenerationStats(len(prompt), reused)
        return self._append(prompt[reused:], cancelled)

    def _append(self, tokens: list[int], cancelled: Cancelled) -> bool:
        """False when nobody waits any more."""
        if cancelled.cancelled():
            return False
        try:
            with self._context.abortable(cancelled):
                self._context.evaluate(tokens)
        except AbortedError:
            return False
        return True

    def _fits(self, tokens: int) -> None:
        if tokens >= self._context.size:
            raise LlmError(
                f"the prompt has {tokens} tokens, the context {self._context.size}: "
                "shorten the history or raise llm.llama_cpp.context"
            )

    def _count(self, prompt: list[int]) -> None:
        self.last = GenerationStats(len(prompt), self.last.reused, self.last.sampled + 1)

    def _tokens(self, messages: Sequence[Message], *, answer: bool) -> list[int]:
        """The chat as tokens. Only the template's own text can become control tokens."""
        chat = [(message.role, f"\ue000{index}\ue001") for index, message in enumerate(messages)]
        parts = _MARK.split(self._context.render(chat, answer=answer))
        tokens: list[int] = []
        for index, part in enumerate(parts):
            if index % 2:
                content = without_control(messages[int(part)].content)
                tokens += self._context.tokenize(content, control=False)
            else:
                tokens += self._context.tokenize(part, control=True, first=index == 0)
        return tokens


def without_control(text: str) -> str:
    """text without what looks like a model's control token, also where removing one makes one."""
    while (stripped := _CONTROL.sub("", text)) != text:
        text = stripped
    return text.strip()


class Deltas:
    """Bytes of tokens to valid text, up to the first stop string."""

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._stop = tuple(word for word in stop if word)
        self._held = ""
        self.stopped = False

    def add(self, piece: bytes) -> str:
        """What can be said now; what may be the beginning of a stop string is held back."""
        self._held += self._decoder.decode(piece)
        found = [at for word in self._stop if (at := self._held.find(word)) >= 0]
        if found:
            self.stopped = True
            return self._release(min(found))
        longest = max((len(word) for word in self._stop), default=0)
        for start in range(max(0, len(self._held) - longest), len(self._held)):
            if any(word.startswith(self._held[start:]) for word in self._stop):
                return self._release(start)
        return self._release(len(self._held))

    def rest(self) -> str:
        """What was held back, when no stop string came of it."""
        return self._release(len(self._held))

    def _release(self, count: int) -> str:
        text, self._held = self._held[:count], self._held[count:]
        return text
