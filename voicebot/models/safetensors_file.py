"""Read a .safetensors file: eight bytes of header length, a JSON header, then the raw numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ModelError

_DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_MAX_HEADER_BYTES = 100_000_000


def read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Every F32 or F16 tensor by name, as float32; other kinds are left out.

    Raises ModelError if the file is not what it says.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 0 < length <= _MAX_HEADER_BYTES:
                raise ValueError(f"its header is said to have {length} bytes")
            header = json.loads(file.read(length))
        blob = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
        tensors = {}
        for name, entry in header.items():
            dtype = _DTYPES.get(entry.get("dtype"))
            if dtype is None:
                continue
            begin, end = entry["data_offsets"]
            tensors[name] = blob[begin:end].view(dtype).reshape(entry["shape"]).astype(np.float32)
        return tensors
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ModelError(f"{path} is no readable safetensors file: {exc}") from exc
