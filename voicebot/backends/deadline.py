"""How long an answer may be waited for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")


async def within(
    items: AsyncGenerator[T, None], *, first_s: float, total_s: float
) -> AsyncGenerator[T, None]:
    """The items, of which the first comes within first_s and all are waited for no longer than
    total_s; the time that the reader takes between them does not count. Raises TimeoutError.
    Closing it closes them."""
    limit = min(first_s, total_s)
    async with aclosing(items):
        while True:
            began = time.monotonic()
            try:
                # Never around a yield: there it would cancel the reader.
                async with asyncio.timeout(limit):
                    item = await anext(items)
            except StopAsyncIteration:
                return
            total_s -= time.monotonic() - began
            limit = max(0.0, total_s)
            yield item
