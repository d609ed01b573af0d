"""Our own livekit-server: private, restarted, ended with us; its webhooks and tokens."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from livekit.protocol import rtc as signalling

from tests.rooms.conftest import WAIT_S
from tests.rooms.test_livekit import client_in
from voicebot.config import LiveKit
from voicebot.errors import RoomError
from voicebot.rooms.livekit_api import LiveKitRooms, Notice, Person, customer_token
from voicebot.rooms.names import Endpoint
from voicebot.rooms.server import OwnServer


async def test_the_secret_is_on_no_command_line_and_nothing_listens_beyond_loopback() -> None:
    server = OwnServer(LiveKit(port=0))
    async with server as endpoint:
        assert endpoint.api_secret.encode() not in command_line(server.pid)
        assert endpoint.api_secret not in repr(endpoint)
        assert len(endpoint.api_secret) >= 32
        addresses = listening(server.pid)
        assert addresses
        assert all(address.startswith("0100007F:") for address in addresses)


def command_line(pid: int | None) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def listening(pid: int | None) -> list[str]:
    """Local addresses of a process's sockets, as the kernel writes them: 0100007F is 127.0.0.1."""
    links = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = {link[8:-1] for link in links if link.startswith("socket:")}
    tables = [Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "udp", "tcp6", "udp6")]
    rows = [row.split() for table in tables for row in table.read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[9] in sockets]


async def test_a_server_that_dies_is_started_again_with_the_same_keys() -> None:
    restarted = asyncio.Event()
    server = OwnServer(LiveKit(port=0), on_restart=restarted.set)
    async with server as endpoint:
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await asyncio.wait_for(restarted.wait(), WAIT_S)
        assert server.pid != first
        async with client_in(endpoint):
            pass


def test_it_ends_with_us_even_when_we_are_killed() -> None:
    code = (
        "import asyncio\n"
        "from voicebot.config import LiveKit\n"
        "from voicebot.rooms.server import OwnServer\n"
        "async def main():\n"
        "    server = OwnServer(LiveKit(port=0))\n"
        "    async with server:\n"
        "        print(server.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        watch = os.pidfd_open(child)
        parent.kill()
        parent.wait()
    ready, _, _ = select.select([watch], [], [], WAIT_S)
    os.close(watch)
    assert ready, "livekit-server outlived us"


async def test_a_missing_program_and_a_taken_port_say_what_to_do() -> None:
    with pytest.raises(RoomError, match="scripts/setup"):
        async with OwnServer(LiveKit(port=0, server="/nowhere/livekit-server")):
            pass
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(RoomError, match=r"set livekit\.port"):
            async with OwnServer(LiveKit(port=taken.getsockname()[1])):
                pass


@asynccontextmanager
async def webhook_catcher() -> AsyncIterator[tuple[int, asyncio.Queue[tuple[bytes, str]]]]:
    """A port that takes webhooks: body and Authorization of each."""
    caught: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        caught.put_nowait((await request.read(), request.headers.get("Authorization", "")))
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1], caught
    finally:
        await runner.cleanup()


async def test_real_webhooks_are_verified_and_tampered_ones_are_not() -> None:
    async with webhook_catcher() as (port, caught):
        settings = LiveKit(port=0, webhook_url=f"http://127.0.0.1:{port}/webhook")
        async with OwnServer(settings) as endpoint, client_in(endpoint, room="w"):
            rooms = LiveKitRooms(endpoint)
            async with asyncio.timeout(WAIT_S):
                while True:
                    body, authorization = await caught.get()
                    notice = rooms.verified(body, authorization)
                    assert notice is not None
                    if notice.event == "participant_joined":
                        break
            assert notice == Notice(notice.id, notice.event, "w", Person("customer", "standard"))
            assert rooms.verified(body.replace(b"customer", b"intruder"), authorization) is None
            assert rooms.verified(body, "") is None
            assert rooms.verified(b"\xff\xfe", authorization) is None
            other = LiveKitRooms(Endpoint(endpoint.url, endpoint.api_key, "s" * 40))
            assert other.verified(body, authorization) is None
            assert await rooms.occupied() == {"w": (Person("customer", "standard"),)}
            await rooms.aclose()


async def test_a_server_that_is_gone_is_one_clear_error() -> None:
    rooms = LiveKitRooms(Endpoint("ws://127.0.0.1:9", "key", "s" * 40))
    with pytest.raises(RoomError, match="does not tell its rooms"):
        await rooms.occupied()
    await rooms.aclose()


async def test_clients_are_offered_no_public_stun_server(endpoint: Endpoint) -> None:
    """Read from the signalling connection's first message, the JoinResponse."""
    url = f"{endpoint.url}/rtc?protocol=15&access_token={customer_token(endpoint, 's', 'c')}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket_:
        message = await socket_.receive(timeout=WAIT_S)
        answer = signalling.SignalResponse.FromString(message.data)
    urls = [url for server in answer.join.ice_servers for url in server.urls]
    assert urls
    assert all(url.split(":")[1] == "127.0.0.1" for url in urls)
