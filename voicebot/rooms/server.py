"""A livekit-server of our own beside us: started, restarted when it dies, and ended with us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from voicebot.config import LiveKit
from voicebot.errors import RoomError
from voicebot.models.places import livekit_server
from voicebot.rooms.names import Endpoint

log = logging.getLogger(__name__)

READY_S = 15.0  # it answers after 0.3 s on an idle machine
STOP_S = 3.0  # then it is killed
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
STEADY_S = 30.0  # after so long a life the backoff begins again

# The guard asks the kernel to end the server when we end, however we end (PR_SET_PDEATHSIG is 1),
# and then becomes the server. A preexec_fn would run Python between fork and exec in a process
# full of native threads.
_GUARD = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """A port that nobody holds at this moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class OwnServer:
    """`async with OwnServer(settings.livekit, webhook_url=...) as endpoint:`

    Entering returns when the server answers; it raises RoomError when the program is missing or
    does not come up. Keys live as long as this object: after a restart old tokens are still good.
    It must be entered on the main thread, since the kernel ends the child with its parent thread.
    """

    def __init__(
        self,
        settings: LiveKit,
        *,
        webhook_url: str = "",
        on_restart: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._webhook = settings.webhook_url or webhook_url
        self._on_restart = on_restart
        self._host = settings.node_ip
        self._port = settings.port or free_port()
        self.endpoint = Endpoint(
            f"ws://{self._host}:{self._port}",
            settings.api_key or f"key{secrets.token_hex(6)}",
            settings.api_secret.get_secret_value() or secrets.token_urlsafe(36),
        )
        self.restarts = 0
        self._udp = free_port(socket.SOCK_DGRAM)
        self._turn = free_port(socket.SOCK_DGRAM)
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Endpoint:
        self._program = _program(self._settings.server)
        self._check_port()
        try:
            await self._start()
        except BaseException:
            await self._end()
            raise
        self._keeper = asyncio.create_task(self._keep(), name="livekit-server keeper")
        return self.endpoint

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._end()

    @property
    def pid(self) -> int | None:
        """Of the running server; None while there is none."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process and running else None

    def config(self) -> dict[str, Any]:
        """The server's configuration; it holds the secret.

        Clients that are offered no STUN server are given public ones, so ours is offered: the
        TURN port answers STUN, and turn.enabled is what switches that list off.
        """
        loopback = self._host.startswith("127.")
        rtc: dict[str, Any] = {
            "udp_port": self._udp,
            "tcp_port": 0 if loopback else self._port + 1,
            "node_ip": self._host,
            "use_external_ip": False,
            "enable_loopback_candidate": loopback,
        }
        if loopback:
            rtc["ips"] = {"includes": ["127.0.0.1/32"]}
        config: dict[str, Any] = {
            "port": self._port,
            "bind_addresses": sorted({"127.0.0.1", self._host}),
            "rtc": rtc,
            "turn": {
                "enabled": True,
                "udp_port": self._turn,
                "bind_addresses": [self._host],
            },
            "keys": {self.endpoint.api_key: self.endpoint.api_secret},
            "logging": {
                "level": "warn",
                "pion_level": "error",
                "component_levels": {"transport": "error"},  # a line for each that leaves
            },
            # A bot is asked for by a webhook; a room outlives its last customer by these seconds.
            "room": {"auto_create": True, "empty_timeout": 60, "departure_timeout": 10},
        }
        if self._webhook:
            config["webhook"] = {"api_key": self.endpoint.api_key, "urls": [self._webhook]}
        return config

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self._host, self._port))
            except OSError as exc:
                raise RoomError(
                    f"port {self._port} on {self._host} cannot be had for livekit-server"
                    f" ({exc.strerror}): end the program that holds it, or set livekit.port"
                ) from exc

    async def _start(self) -> None:
        command = [str(self._program)]
        if sys.platform == "linux":
            command = [sys.executable, "-ISc", _GUARD, str(os.getpid()), *command]
        hidden = {
            "LIVEKIT_CONFIG": json.dumps(self.config())
        }  # JSON is YAML; not on the command line
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LIVEKIT_")}
        self._process = await asyncio.create_subprocess_exec(
            *command,
            env=kept | hidden,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1 << 20,
        )
        self._log = asyncio.create_task(_copy_log(self._process), name="livekit-server log")
        deadline = time.monotonic() + READY_S
        while not await self._answers():
            if self._process.returncode is not None:
                raise RoomError(
                    f"livekit-server ended at once with code {self._process.returncode}: its last"
                    " words are in our log; `voicebot doctor` looks for the cause"
                )
            if time.monotonic() > deadline:
                raise RoomError(f"livekit-server did not answer on {self.endpoint.url} in time")
            await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            return False
        try:
            async with asyncio.timeout(2):
                writer.write(b"GET / HTTP/1.0\r\n\r\n")
                return b" 200 " in await reader.readline()
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _keep(self) -> None:
        """Starts it again whenever it dies."""
        tries = 0
        while True:
            assert self._process is not None
            born = time.monotonic()
            code = await self._process.wait()
            await self._end()
            tries = 0 if time.monotonic() - born > STEADY_S else tries
            log.error("livekit-server ended with code %s: starting it again", code)
            while True:
                await asyncio.sleep(BACKOFF_S[min(tries, len(BACKOFF_S) - 1)])
                tries += 1
                try:
                    await self._start()
                    break
                except (RoomError, OSError) as exc:
                    log.error("%s", exc)
                    await self._end()
            self.restarts += 1
            self._on_restart()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                # The first signal waits for every participant to leave, the second does not.
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGINT)
            try:
                async with asyncio.timeout(STOP_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        await asyncio.gather(self._log, return_exceptions=True)


def _program(configured: str) -> str:
    program = livekit_server(configured)
    if program is None:
        raise RoomError(
            f"no livekit-server program{f' at {configured}' if configured else ''}: scripts/setup"
            " fetches it; or name one by livekit.server or VOICEBOT_LIVEKIT_SERVER, or a running"
            " server by livekit.url"
        )
    return str(program)


async def _copy_log(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:  # longer than the limit: the reader drops it
            continue
        if not line:
            return
        log.warning("livekit-server: %s", line.decode(errors="replace").rstrip())
