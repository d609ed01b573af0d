"""Sentence vectors of a sentence-transformers model that `models pull` has built as ONNX."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from voicebot.backends.onnx_session import open_session
from voicebot.errors import EmbeddingError, ModelError
from voicebot.scheduler import Cancelled, Priority, Worker
from voicebot.stages import Tokens

_BATCH = 16  # texts; more gain nothing on a CPU and delay a cancelled caller's successor
_HIDDEN = "encoder.layer.{}.output.sum"  # a layer's tokens, as models.minilm_onnx calls them

T = TypeVar("T")


class OnnxEmbedder:
    """folder: with embedding.onnx (inputs input_ids, attention_mask; output embedding, of length
    1) and tokenizer.json. Its name is that of the model."""

    def __init__(self, folder: Path, *, threads: int = 1, max_tokens: int = 256) -> None:
        """Raises ModelError."""
        from tokenizers import Tokenizer

        self.name = folder.name
        model = folder / "embedding.onnx"
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            self._hidden = _HIDDEN.format(int(config["num_hidden_layers"]) - 1)
            graph = with_output(model.read_bytes(), self._hidden)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise ModelError(f"cannot load {model}: {exc}; run: voicebot models verify") from exc
        self._session = open_session(graph, threads=threads, name=str(model))
        output = self._session.get_outputs()[0]
        if output.name != "embedding" or not isinstance(output.shape[-1], int):
            raise ModelError(f"{folder}/embedding.onnx has no output `embedding` of fixed size")
        self.dimension = output.shape[-1]
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            limits = json.loads((folder / "sentence_bert_config.json").read_text("utf-8"))
        except Exception as exc:  # tokenizers raises plain Exception
            raise ModelError(f"cannot load the tokenizer of {folder}: {exc}") from exc
        self._tokenizer.enable_truncation(min(max_tokens, int(limits["max_seq_length"])))
        self._tokenizer.enable_padding()
        self._worker = Worker("embedder", error=EmbeddingError)

    async def embed(
        self, texts: Sequence[str], *, priority: Priority = Priority.THINKING
    ) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension). Cancelling frees the caller; a running
        batch ends by itself. Raises EmbeddingError."""
        listed = list(texts)
        if not listed:
            return np.zeros((0, self.dimension), np.float32)
        return await self._worker.run(
            lambda cancelled: self._embed(listed, cancelled), priority=priority
        )

    async def tokens(
        self, texts: Sequence[str], *, priority: Priority = Priority.THINKING
    ) -> list[Tokens]:
        """See `TokenEmbedder.tokens`. Cancelling: as with `embed`."""
        listed = list(texts)
        return await self._worker.run(
            lambda cancelled: self._tokens(listed, cancelled), priority=priority
        )

    def close(self) -> None:
        self._worker.close()

    def _embed(self, texts: list[str], cancelled: Cancelled) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for batch, found in self._batches(self._run, texts, cancelled):
            vectors[batch] = found
        return vectors

    def _tokens(self, texts: list[str], cancelled: Cancelled) -> list[Tokens]:
        made: dict[int, Tokens] = {}
        for batch, found in self._batches(self._run_tokens, texts, cancelled):
            made |= dict(zip(batch, found, strict=True))
        return [made[index] for index in sorted(made)]

    def _batches(
        self, run: Callable[[list[str]], T], texts: list[str], cancelled: Cancelled
    ) -> Iterator[tuple[list[int], T]]:
        """What comes of the texts, some at a time with their numbers: those of like length share a
        batch, so that little padding is computed."""
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(order), _BATCH):
            if cancelled.cancelled():
                break
            batch = order[start : start + _BATCH]
            try:
                found = run([texts[index] for index in batch])
            except Exception as exc:
                raise EmbeddingError(f"a text could not be embedded: {exc}") from exc
            yield batch, found

    def _run(self, texts: list[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._session.run(["embedding"], self._feed(texts)[1])[0]
        return vectors

    def _run_tokens(self, texts: list[str]) -> list[Tokens]:
        encoded, feed = self._feed(texts)
        hidden: NDArray[np.float32] = self._session.run([self._hidden], feed)[0]
        hidden /= np.linalg.norm(hidden, axis=-1, keepdims=True)
        found = []
        for item, vectors in zip(encoded, hidden, strict=True):
            # Without the marks of beginning and end, and the padding.
            own = [at for at, special in enumerate(item.special_tokens_mask) if not special]
            found.append(Tokens(tuple(item.tokens[at] for at in own), vectors[own]))
        return found

    def _feed(self, texts: list[str]) -> tuple[list[Any], dict[str, NDArray[np.int64]]]:
        encoded = self._tokenizer.encode_batch(texts)
        return encoded, {
            "input_ids": np.array([item.ids for item in encoded], np.int64),
            "attention_mask": np.array([item.attention_mask for item in encoded], np.int64),
        }


def with_output(model: bytes, name: str) -> bytes:
    """An ONNX model that also gives the named tensor (of fewer than 120 characters). Protobuf reads
    two messages that follow each other as one: this one's graph has nothing but that output."""
    part = name.encode()
    for field in (0x0A, 0x62, 0x3A):  # ValueInfoProto.name, GraphProto.output, ModelProto.graph
        part = bytes((field, len(part))) + part
    return model + part
