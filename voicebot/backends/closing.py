"""However a backend is closed."""

from __future__ import annotations

import asyncio


async def close(backend: object) -> None:
    """If it can be; a local model's thread is joined in another thread."""
    if (aclose := getattr(backend, "aclose", None)) is not None:
        await aclose()
    elif (close_ := getattr(backend, "close", None)) is not None:
        await asyncio.to_thread(close_)
