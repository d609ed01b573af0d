"""uvicorn in the loop that the conversations run in, with the signals left to us."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from voicebot.config import Http
from voicebot.errors import VoicebotError

LAST_ANSWERS_S = 2  # for requests under way when we close


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bound_socket(http: Http) -> socket.socket:
    """Takes the port without answering on it yet. Raises VoicebotError when it cannot be had."""
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((http.host, http.port))
    except OSError as exc:
        taken.close()
        raise VoicebotError(_why(http, exc)) from exc
    return taken


def _why(http: Http, exc: OSError) -> str:
    where = f"port {http.port} on {http.host}"
    if exc.errno == errno.EADDRINUSE:
        return f"{where} is in use: end the program that holds it, or choose another http.port"
    if exc.errno == errno.EACCES:
        return f"{where} needs rights we do not have: choose an http.port above 1023"
    return f"{where} cannot be had ({exc.strerror or exc}): check http.host and http.port"


def url_of(http: Http) -> str:
    """As a browser on this box would write it."""
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(http.host, http.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{http.port}"


@asynccontextmanager
async def listening(app: FastAPI, taken: socket.socket) -> AsyncIterator[None]:
    """Answers on the socket from entering to leaving. Cancelling it closes at once."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=64 * 1024,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
        # Behind a proxy on this box the caller is whom the proxy names, not the proxy.
        proxy_headers=True,
        forwarded_allow_ips=["127.0.0.1", "::1"],
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[taken]), name="http")
    up = asyncio.create_task(server.up.wait())
    try:
        await asyncio.wait((up, task), return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            raise VoicebotError("the HTTP server ended at its start; the log has more")
        yield
    finally:
        up.cancel()
        server.should_exit = True
        await task
