"""Sentence vectors of a sentence-transformers model that `models pull` has built as ONNX."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.backends.onnx_session import open_session
from voicebot.errors import EmbeddingError, ModelError
from voicebot.models.minilm_onnx import PLAIN, wanted
from voicebot.scheduler import Cancelled, Priority, Worker
from voicebot.stages import Embedder

_BATCH = 4  # texts; more only pad the short ones and delay a cancelled caller's successor


class OnnxEmbedder:
    """folder: with embedding.onnx (inputs input_ids, attention_mask; output embedding, of length 1,
    and perhaps others like it) and tokenizer.json. Its name is that of the model."""

    def __init__(self, folder: Path, *, threads: int = 1, max_tokens: int = 256) -> None:
        """Raises ModelError."""
        from tokenizers import Tokenizer

        self.name = folder.name
        self._session = open_session(folder / "embedding.onnx", threads=threads)
        outputs = {output.name: output.shape[-1] for output in self._session.get_outputs()}
        if not isinstance(outputs.get(PLAIN), int):
            raise ModelError(f"{folder}/embedding.onnx has no output `{PLAIN}` of fixed size")
        self.dimension: int = outputs[PLAIN]
        # Only what is wanted is computed; a model of somebody else's may have no such inputs.
        given = {item.name for item in self._session.get_overridable_initializers()}
        self._wants = {name: wanted(name) for name in outputs if wanted(name) in given}
        self._names: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
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
        return await self.vectors(PLAIN, texts, priority)

    def fitted(self, output: str) -> Embedder | None:
        """The same model's other output, None where nobody has fitted it. It lives as long as this
        one."""
        return _Output(self, output, self._names[output]) if output in self._names else None

    async def vectors(
        self, output: str, texts: Sequence[str], priority: Priority
    ) -> NDArray[np.float32]:
        """The same, of an output."""
        listed = list(texts)
        if not listed:
            return np.zeros((0, self.dimension), np.float32)
        return await self._worker.run(
            lambda cancelled: self._embed(output, listed, cancelled), priority=priority
        )

    def close(self) -> None:
        self._worker.close()

    def _embed(self, output: str, texts: list[str], cancelled: Cancelled) -> NDArray[np.float32]:
        # Texts of like length share a batch, so that little padding is computed.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(order), _BATCH):
            if cancelled.cancelled():
                break
            batch = order[start : start + _BATCH]
            try:
                vectors[batch] = self._run(output, [texts[index] for index in batch])
            except Exception as exc:
                raise EmbeddingError(f"a text could not be embedded: {exc}") from exc
        return vectors

    def _run(self, output: str, texts: list[str]) -> NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch(texts)
        feed: dict[str, NDArray[Any]] = {
            "input_ids": np.array([item.ids for item in encoded], np.int64),
            "attention_mask": np.array([item.attention_mask for item in encoded], np.int64),
        }
        for name, want in self._wants.items():
            feed[want] = np.array(name == output)
        vectors: NDArray[np.float32] = self._session.run([output], feed)[0]
        return vectors


class _Output:
    """One that was fitted."""

    def __init__(self, embedder: OnnxEmbedder, output: str, name: str) -> None:
        self._embedder, self._output, self.name = embedder, output, name
        self.dimension = embedder.dimension

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return await self._embedder.vectors(self._output, texts, Priority.THINKING)
