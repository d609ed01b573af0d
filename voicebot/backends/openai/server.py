"""One server with OpenAI's API, by OpenAI's own client: what goes there, how long it may take, and
what its failures are called. Nothing is tried twice here: what a customer can wait for is less than
the client's pauses, and the fallback is at hand."""

from __future__ import annotations

import asyncio
import email.utils
import logging
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from voicebot.backends.deadline import within
from voicebot.config import OpenAI
from voicebot.errors import ConfigError, StageError

T = TypeVar("T")
KEEP_OPEN_S = 120.0  # customers come minutes apart, and a new connection costs three round trips
# What the client tells of this machine by itself, or takes from the environment for OpenAI alone.
_UNASKED = (
    "X-Stainless-Lang",
    "X-Stainless-Package-Version",
    "X-Stainless-OS",
    "X-Stainless-Arch",
    "X-Stainless-Runtime",
    "X-Stainless-Runtime-Version",
    "X-Stainless-Async",
    "OpenAI-Organization",
    "OpenAI-Project",
)
_ADVICE = {
    400: "it refuses the request: check the model, and `omit` for fields that it does not know",
    401: "it does not accept the key",
    402: "the account has no credit",
    403: "the key may not use this model",
    404: "check base_url and the model's name",
    422: "it refuses the request: check the model, and `omit` for fields that it does not know",
    429: "too many requests, or no credit",
}


class Server:
    """error: the stage's own class."""

    def __init__(self, settings: OpenAI, error: type[StageError]) -> None:
        """Raises ConfigError where there is no key."""
        import httpx2
        import openai

        # At DEBUG it writes what is sent.
        logging.getLogger("openai").setLevel(logging.WARNING)
        self.host = urlsplit(settings.base_url).netloc.rpartition("@")[2]
        self._settings, self._error = settings, error
        headers: dict[str, Any] = {name: openai.Omit() for name in _UNASKED}
        headers |= settings.headers
        self.client: Any = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=_key(settings),
            max_retries=0,
            timeout=openai.Timeout(settings.timeout, connect=settings.connect_timeout),
            default_headers=headers,
            http_client=openai.DefaultAsyncHttpxClient(
                # What is sent goes to the host of the settings, not to where it points.
                follow_redirects=False,
                limits=httpx2.Limits(max_connections=32, keepalive_expiry=KEEP_OPEN_S),
            ),
        )

    def fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a request as the settings want them: `omit` is left out, `body` added."""
        kept = {k: v for k, v in fields.items() if k not in self._settings.omit}
        return {**kept, "extra_body": dict(self._settings.body) or None}

    async def stream(self, items: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """The items of an answer within the limits of the settings. Closing it ends the request.
        Raises the stage's error."""
        limits = {"first_s": self._settings.first_timeout, "total_s": self._settings.timeout}
        async with aclosing(within(items, **limits)) as timely:
            while True:
                with self.translated():
                    try:
                        item = await anext(timely)
                    except StopAsyncIteration:
                        return
                yield item

    async def value(self, answer: Awaitable[T]) -> T:
        """An answer that comes whole, within the limit for the first of one. Cancelling ends the
        request. Raises the stage's error."""
        with self.translated():
            async with asyncio.timeout(self._settings.first_timeout):
                return await answer

    @contextmanager
    def translated(self) -> Iterator[None]:
        """What the client, the network or a server's nonsense raises, as the stage's error."""
        try:
            yield
        except StageError:
            raise
        except Exception as exc:
            # Without its cause: the library's words may hold what was sent.
            raise self.failure(exc) from None

    def failure(self, exc: Exception) -> StageError:
        import openai

        said = f"{self.host} "
        if isinstance(exc, TimeoutError | openai.APITimeoutError):
            said += "did not answer in time"
        elif isinstance(exc, openai.APIStatusError):
            said += f"answered {exc.status_code}"
            said += f": {advice}" if (advice := _ADVICE.get(exc.status_code)) else ""
        elif isinstance(exc, openai.APIConnectionError | OSError):
            said += "cannot be reached, or broke off"
        elif isinstance(exc, openai.APIError):
            said += "failed while it answered"
        else:
            said += f"sent what is no answer ({type(exc).__name__})"
        failure = self._error(said)
        if isinstance(exc, openai.APIStatusError):
            failure.retry_after_s = retry_after(exc.response.headers, time.time())
        return failure

    async def aclose(self) -> None:
        await self.client.close()


def _key(settings: OpenAI) -> str:
    name = settings.api_key_env
    if not name:
        return "none"  # the client insists on one
    if not (key := os.environ.get(name, "")):
        raise ConfigError(
            f"{settings.base_url} wants a key, and {name} is not set: set it in .env, or set "
            'api_key_env = "" for a server that wants none'
        )
    return key


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds that a server wants to be left alone; 0 where it says nothing sensible. now: seconds
    since 1970, for a date."""
    said = headers.get("retry-after", "")
    try:
        return max(0.0, min(float(said), 3600.0))
    except ValueError:
        pass
    try:
        date = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    return max(0.0, min(date.timestamp() - now, 3600.0))
