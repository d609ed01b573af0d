"""llama.cpp's C interface as three small classes: the one place that imports the library.

Only one thread at a time may use a `Context` and its `Grammar`s.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import LlmError, ModelError
from voicebot.scheduler import Cancelled

log = logging.getLogger(__name__)

SLICE = 128  # tokens that one call evaluates; what an abort can lose
_ASIDE = 1  # the sequence in which a part of the first one is put together

_CHATML = b"chatml"  # a template that llama.cpp knows by name; for models that carry none
_log: list[str] = []  # the library's last error lines, for our messages


class AbortedError(Exception):
    """Nobody waits for the evaluation any more."""


@dataclass(frozen=True)
class Saved:
    """The KV cache of a beginning that many prompts have, or of a part that follows one."""

    tokens: tuple[int, ...]
    data: Any = field(repr=False)


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    same = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        same += 1
    return same


def offloads() -> bool:
    """Whether llama.cpp was built for a GPU and sees one."""
    import llama_cpp

    return bool(llama_cpp.llama_cpp.llama_supports_gpu_offload())


class Context:
    """A loaded model with the KV cache of one sequence, whose tokens are kept beside it."""

    def __init__(self, model: Path, *, threads: int, size: int, gpu_layers: int) -> None:
        """size: tokens that fit. Raises ModelError."""
        import llama_cpp

        self._api: Any = llama_cpp.llama_cpp
        _silence(self._api)
        self._api.llama_backend_init()
        self._model = self._load(model, gpu_layers)
        params = self._api.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = size, SLICE, SLICE
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        params.n_seq_max, params.kv_unified = 2, True
        self._context = self._api.llama_init_from_model(self._model, params)
        if not self._context:
            raise ModelError(f"{model}: no context of {size} tokens: {_last_error()}")
        self._memory = self._api.llama_get_memory(self._context)
        self._vocab = self._api.llama_model_get_vocab(self._model)
        self._words = int(self._api.llama_vocab_n_tokens(self._vocab))
        self._template = self._api.llama_model_chat_template(self._model, None) or _CHATML
        self.size = int(self._api.llama_n_ctx(self._context))
        self.tokens: list[int] = []
        # Called by the library between any two operations, on its own thread. `strlen` of a
        # buffer that holds "" or one character is just what is wanted of it, and as a C function
        # it needs no GIL, for which a Python one would wait hundreds of times a token.
        self._strlen = ctypes.cast(ctypes.CDLL(None).strlen, self._api.ggml_abort_callback)

    def _load(self, model: Path, gpu_layers: int) -> Any:
        params = self._api.llama_model_default_params()
        # With weights packed for AMX llama.cpp ends the process at their first use, on some
        # machines (ggml-org/llama.cpp#20824); unpacked ones are not computed with it.
        params.use_extra_bufts = b"AMX_INT8 = 1" not in self._api.llama_print_system_info()
        params.n_gpu_layers = gpu_layers if offloads() else 0
        log.info("%s runs on the %s", model.name, "GPU" if params.n_gpu_layers else "CPU")
        loaded = self._api.llama_model_load_from_file(str(model).encode(), params)
        if not loaded:
            raise ModelError(
                f"cannot load {model}: {_last_error()}; run: voicebot models verify"
            ) from None
        return loaded

    def close(self) -> None:
        """Free the memory; the context cannot be used again."""
        self._api.llama_free(self._context)
        self._api.llama_model_free(self._model)

    @contextmanager
    def abortable(self, cancelled: Cancelled) -> Iterator[None]:
        """Inside it `evaluate` ends within one operation (a few ms) of the flag being set."""
        # A buffer of this job's own: a flag set late must not touch the next job.
        flag = ctypes.create_string_buffer(2)
        self._api.llama_set_abort_callback(
            self._context, self._strlen, ctypes.cast(flag, ctypes.c_void_p)
        )

        def stop() -> None:
            flag[0] = b"x"

        cancelled.listen(stop)
        try:
            yield
        finally:
            self._api.llama_set_abort_callback(self._context, self._api.ggml_abort_callback(), None)

    def save(self) -> Saved:
        """A copy of the cache as it is: some 12 KB a token with a 0.5B model, 28 with a 1.5B."""
        return Saved(tuple(self.tokens), self._copied(0))

    def restore(self, saved: Saved) -> None:
        """Make the cache what it was, empty for one of no tokens. Takes a millisecond or two."""
        self._api.llama_memory_clear(self._memory, True)
        self.tokens = []
        if saved.tokens:
            self._put(saved, 0)
        self.tokens = list(saved.tokens)

    def save_from(self, start: int) -> Saved:
        """A copy of what stands behind the first `start` tokens."""
        self._api.llama_memory_seq_cp(self._memory, 0, _ASIDE, start, -1)
        try:
            return Saved(tuple(self.tokens[start:]), self._copied(_ASIDE))
        finally:
            self._api.llama_memory_seq_rm(self._memory, _ASIDE, -1, -1)

    def append(self, part: Saved, count: int) -> None:
        """Put the first `count` tokens of such a copy back behind what it was taken behind."""
        self._put(part, _ASIDE)
        start = len(self.tokens)
        self._api.llama_memory_seq_cp(self._memory, _ASIDE, 0, start, start + count)
        self._api.llama_memory_seq_rm(self._memory, _ASIDE, -1, -1)
        self.tokens.extend(part.tokens[:count])

    def _copied(self, sequence: int) -> Any:
        size = self._api.llama_state_seq_get_size(self._context, sequence)
        data = (ctypes.c_uint8 * size)()
        if not self._api.llama_state_seq_get_data(self._context, data, size, sequence):
            raise LlmError("llama.cpp could not copy its KV cache")
        return data

    def _put(self, saved: Saved, sequence: int) -> None:
        data = saved.data
        if not self._api.llama_state_seq_set_data(self._context, data, len(data), sequence):
            raise LlmError("llama.cpp could not restore its KV cache")

    def keep(self, prompt: Sequence[int]) -> int:
        """Cut the cache down to what it has in common with the prompt; returns that length.

        The prompt's last token is never kept: evaluating it makes the logits.
        """
        same = min(shared(self.tokens, prompt), len(prompt) - 1)
        # Some models' memory cannot be cut in the middle; then all of it goes.
        if not self._api.llama_memory_seq_rm(self._memory, 0, same, -1):
            self._api.llama_memory_clear(self._memory, True)
            same = 0
        del self.tokens[same:]
        return same

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Append tokens. Raises AbortedError, LlmError; what was evaluated until then stays."""
        for start in range(0, len(tokens), SLICE):
            part = tokens[start : start + SLICE]
            array = (self._api.llama_token * len(part))(*part)
            code = self._api.llama_decode(
                self._context, self._api.llama_batch_get_one(array, len(part))
            )
            if code == 2:
                raise AbortedError
            if code:
                raise LlmError(f"llama.cpp could not evaluate {len(part)} tokens: code {code}")
            self.tokens.extend(part)

    def logits(self) -> NDArray[np.float32]:
        """For the token after the last; a view that the next evaluation overwrites."""
        pointer = self._api.llama_get_logits_ith(self._context, -1)
        view: NDArray[np.float32] = np.ctypeslib.as_array(pointer, (self._words,))
        return view

    def tokenize(self, text: str, *, control: bool, first: bool = False) -> list[int]:
        """control: `<|im_end|>` and the like become control tokens. first: the model's token of
        beginning goes in front, if it wants one."""
        raw = text.encode()
        count = len(raw) + 2
        array = (self._api.llama_token * count)()
        used = self._api.llama_tokenize(self._vocab, raw, len(raw), array, count, first, control)
        if used < 0:
            raise LlmError(f"a text of {len(raw)} bytes could not be turned into tokens")
        return list(array[:used])

    def piece(self, token: int) -> bytes:
        """A token's text; nothing for control tokens."""
        buffer = ctypes.create_string_buffer(256)
        size = self._api.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(0, size)]

    def ends(self, token: int) -> bool:
        return bool(self._api.llama_vocab_is_eog(self._vocab, token))

    def render(self, chat: Sequence[tuple[str, str]], *, answer: bool) -> str:
        """The model's chat template over (role, content); answer: up to where it answers."""
        messages = (self._api.llama_chat_message * len(chat))()
        for message, (role, content) in zip(messages, chat, strict=True):
            message.role, message.content = role.encode(), content.encode()
        size = 4096 + 2 * sum(len(content.encode()) for _, content in chat)
        buffer = ctypes.create_string_buffer(size)
        used = self._api.llama_chat_apply_template(
            self._template, messages, len(chat), answer, buffer, size
        )
        if not 0 <= used <= size:
            raise LlmError("llama.cpp does not know the model's chat template: use another model")
        return buffer.raw[:used].decode()

    @contextmanager
    def grammar(self, gbnf: str | None) -> Iterator[Grammar | None]:
        """Raises LlmError if gbnf is not a grammar."""
        if gbnf is None:
            yield None
            return
        handle = self._api.llama_sampler_init_grammar(self._vocab, gbnf.encode(), b"root")
        if not handle:
            raise LlmError(f"the grammar made for this turn is not valid: {_last_error()}")
        try:
            yield Grammar(self._api, handle)
        finally:
            self._api.llama_sampler_free(handle)


class Grammar:
    """Where a text stands in a grammar."""

    def __init__(self, api: Any, handle: Any) -> None:
        self._api = api
        self._handle = handle

    def filter(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which of the tokens may come next."""
        data = (self._api.llama_token_data * len(tokens))()
        view = np.frombuffer(data, [("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        view["id"] = tokens
        array = self._api.llama_token_data_array(data, len(tokens), -1, False)
        self._api.llama_sampler_apply(self._handle, ctypes.byref(array))
        allowed: NDArray[np.bool_] = np.isfinite(view["logit"])
        return allowed

    def accept(self, token: int) -> None:
        """Only for a token that `filter` admits: llama.cpp ends the process at any other."""
        self._api.llama_sampler_accept(self._handle, token)


def _silence(api: Any) -> None:
    """Keep the library's errors for our own messages instead of printing on stderr."""
    if not hasattr(_silence, "callback"):

        @api.llama_log_callback  # type: ignore[untyped-decorator]
        def keep(level: int, text: bytes, _: Any) -> None:
            if level == 4:  # GGML_LOG_LEVEL_ERROR
                _log.append(text.decode("utf-8", "replace").strip())
                del _log[:-5]

        _silence.callback = keep  # type: ignore[attr-defined]  # must outlive the library
        api.llama_log_set(keep, None)


def _last_error() -> str:
    return _log[-1] if _log else "no reason given"
