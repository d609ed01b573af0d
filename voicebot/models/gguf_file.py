"""Weights and fields out of a GGUF file (llama.cpp's format), one at a time: the file is mapped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ModelError


class GgufFile:
    """Raises ModelError, from all that is asked of it too, for what the file does not hold."""

    def __init__(self, path: Path) -> None:
        from gguf import GGUFReader

        self.path = path
        try:
            reader = GGUFReader(path)
        except Exception as exc:  # a torn file ends the reader at any place, in any way
            raise ModelError(f"no readable GGUF file at {path}: {exc}") from exc
        self._fields = reader.fields
        self._tensors = {tensor.name: tensor for tensor in reader.tensors}

    def __contains__(self, tensor: str) -> bool:
        return tensor in self._tensors

    def field(self, name: str) -> Any:
        try:
            return self._fields[name].contents()
        except KeyError:
            raise ModelError(f"{self.path} holds no field {name!r}") from None

    def height(self, tensor: str) -> int:
        """How many rows it has."""
        return int(self._tensor(tensor).data.shape[0])

    def weights(self, tensor: str, rows: slice | list[int] = slice(None)) -> NDArray[np.float32]:
        """As shape (outputs, inputs); of a table, these rows."""
        from gguf.quants import dequantize

        found = self._tensor(tensor)
        try:
            return np.asarray(dequantize(found.data[rows], found.tensor_type), np.float32)
        except (ValueError, IndexError, NotImplementedError) as exc:
            raise ModelError(f"cannot read {tensor!r} of {self.path}: {exc}") from exc

    def _tensor(self, name: str) -> Any:
        try:
            return self._tensors[name]
        except KeyError:
            raise ModelError(f"{self.path} holds no weights {name!r}") from None
