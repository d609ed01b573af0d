"""A word from the bot where its answer takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

T = TypeVar("T")
FILLER_AFTER_S = 0.7  # beyond it people take silence for a fault


async def late(
    parts: AsyncGenerator[T, None], after_s: float | None
) -> AsyncGenerator[T | None, None]:
    """The parts, with one None in front where the first takes longer than after_s seconds (None:
    never); work on it goes on meanwhile. Cancelling or closing this cancels that work and waits for
    its end, which a change that has begun may put off. Close `parts` yourself."""
    coming = asyncio.ensure_future(_next(parts))
    try:
        await asyncio.wait([coming], timeout=after_s)
        if not coming.done():
            yield None
        found = await asyncio.shield(coming)
    finally:
        await _ended(coming)
    for part in found:
        yield part
        async for more in parts:
            yield more


async def _next(parts: AsyncGenerator[T, None]) -> list[T]:
    """The next one; none at the end."""
    async for part in parts:
        return [part]
    return []


async def _ended(task: asyncio.Future[list[T]]) -> None:
    cancelled: asyncio.CancelledError | None = None
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as again:  # however often: the work must be over
            cancelled = again
    if cancelled is not None:
        raise cancelled
