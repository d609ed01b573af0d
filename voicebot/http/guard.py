"""What stands before every request: Host, Origin, the body's size and time, security headers."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from voicebot.config import Http
from voicebot.http.errors import error_response

log = logging.getLogger(__name__)

BODY_MAX = 16 * 1024  # bytes; no request of ours comes near it
WEBHOOK_BODY_MAX = 512 * 1024  # rooms and participants carry metadata of up to 64 KiB each
BODY_TIMEOUT = 10.0  # seconds for a whole body to arrive
WEBHOOK = "/webhook"  # signed over its body, and called by whatever name the server knows us by
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}
WILDCARDS = {"", "0.0.0.0", "::"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class TooLargeError(Exception):
    pass


class Guard:
    """ASGI middleware. livekit_urls: where the page may connect besides us."""

    def __init__(self, app: ASGIApp, http: Http, livekit_urls: tuple[str, ...]) -> None:
        self._app = app
        self._origins = {origin.rstrip("/").lower() for origin in http.allowed_origins}
        self._hosts = LOOPBACK_NAMES | {_hostname(origin) for origin in self._origins}
        self._hosts |= {http.host.lower()} - WILDCARDS
        self._any_address = http.host in WILDCARDS
        self._headers = HEADERS | {"Content-Security-Policy": _policy(livekit_urls)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal:
                await WebSocketClose(1008, refusal[1])(scope, receive, send)
            else:
                await self._app(scope, receive, send)
            return
        await self._answer(scope, receive, self._with_headers(scope, send), refusal)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, refusal: tuple[int, str] | None
    ) -> None:
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if refusal:
                await error_response(*refusal)(scope, receive, sending)
                return
            most = WEBHOOK_BODY_MAX if scope["path"] == WEBHOOK else BODY_MAX
            whole = await _whole_body(scope, receive, most)
            await self._app(scope, whole, sending)
        except TooLargeError as exc:
            headers = {"Connection": "close"}
            await error_response(413, str(exc), headers)(scope, receive, sending)
        except TimeoutError:
            message = f"the body did not arrive within {BODY_TIMEOUT:.0f} s"
            await error_response(408, message, {"Connection": "close"})(scope, receive, sending)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            await error_response(500, "something went wrong here; the log has more")(
                scope, receive, sending
            )

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """A foreign name that was made to point at us (DNS rebinding), or a foreign page."""
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if scope["path"] != WEBHOOK and not self._knows(host):
            return 421, "we do not answer to that host name: see http.host, http.allowed_origins"
        origin = headers.get("origin")
        if origin is None or origin.lower() in self._origins:
            return None
        if urlsplit(origin.lower()).netloc == host and host:
            return None
        return 403, "pages of that origin may not call us: see http.allowed_origins"

    def _knows(self, host: str) -> bool:
        name = _hostname(f"http://{host}")
        if name in self._hosts:
            return True
        if not self._any_address:
            return False
        try:  # an address cannot be rebound
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        api = scope["path"] != "/"

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if api:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return sending


def _hostname(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _policy(livekit_urls: tuple[str, ...]) -> str:
    """Only what is ours, and LiveKit (its client asks by HTTP why a WebSocket was refused)."""
    connect = ["'self'"]
    for url in livekit_urls:
        connect += [url, url.replace("ws", "http", 1)]
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; "
        f"connect-src {' '.join(dict.fromkeys(connect))}; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


async def _whole_body(scope: Scope, receive: Receive, most: int) -> Receive:
    """Takes the body in, at most `most` bytes, and gives a `receive` that hands it over at once."""
    too_large = TooLargeError(f"the body is larger than {most} bytes")
    declared = Headers(scope=scope).get("content-length", "0")
    if declared.isdecimal() and int(declared) > most:
        raise too_large
    body = b""
    first: Message | None = None
    async with asyncio.timeout(BODY_TIMEOUT):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                first = message  # gone before all of it came
                break
            body += message.get("body", b"")
            if len(body) > most:
                raise too_large
            if not message.get("more_body", False):
                first = {"type": "http.request", "body": body, "more_body": False}
                break

    async def again() -> Message:
        nonlocal first
        if first is not None:
            message, first = first, None
            return message
        return await receive()

    return again
