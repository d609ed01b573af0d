"""Sentence vectors of a sentence-transformers model that `models pull` has built as ONNX."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicebot.backends.onnx_session import open_session
from voicebot.errors import EmbeddingError, ModelError
from voicebot.scheduler import Cancelled, Priority, Worker

_BATCH = 16  # texts; more gain nothing on a CPU and delay a cancelled caller's successor


class OnnxEmbedder:
    """folder: with embedding.onnx (inputs input_ids, attention_mask; output embedding, of length
    1) and tokenizer.json. Its name is that of the model."""

    def __init__(self, folder: Path, *, threads: int = 1, max_tokens: int = 256) -> None:
        """Raises ModelError."""
        from tokenizers import Tokenizer

        self.name = folder.name
        self._session = open_session(folder / "embedding.onnx", threads=threads)
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

    def close(self) -> None:
        self._worker.close()

    def _embed(self, texts: list[str], cancelled: Cancelled) -> NDArray[np.float32]:
        # Texts of like length share a batch, so that little padding is computed.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(order), _BATCH):
            if cancelled.cancelled():
                break
            batch = order[start : start + _BATCH]
            try:
                vectors[batch] = self._run([texts[index] for index in batch])
            except Exception as exc:
                raise EmbeddingError(f"a text could not be embedded: {exc}") from exc
        return vectors

    def _run(self, texts: list[str]) -> NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch(texts)
        feed = {
            "input_ids": np.array([item.ids for item in encoded], np.int64),
            "attention_mask": np.array([item.attention_mask for item in encoded], np.int64),
        }
        vectors: NDArray[np.float32] = self._session.run(["embedding"], feed)[0]
        return vectors
