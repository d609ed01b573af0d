"""A chain in small: two LiveKit nodes, Redis, a balancer, PostgreSQL, boxes and customers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import sqlalchemy as sa
from livekit import rtc

from tests import postgres
from tests.e2e.serving import REPO, VOICEBOT, environment
from voicebot.models.places import livekit_server
from voicebot.rooms.livekit_api import customer_token
from voicebot.rooms.names import Endpoint
from voicebot.rooms.server import free_port

LEAN = (sys.executable, "-m", "tests.e2e.lean_box")
LOUD = 300  # of 32767
LOOK_S = 0.1  # between two looks at other programs
UP_S = 120.0


class Balancer:
    """What stands before a cluster: takes connections and hands each to a node that lives."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = list(ports)
        self._turn = 0
        self._pipes: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            pipes = tuple(self._pipes)
            for pipe in pipes:
                pipe.cancel()
            await asyncio.gather(*pipes, return_exceptions=True)
            await server.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._turn += 1
        for n in range(len(self._ports)):
            port = self._ports[(self._turn + n) % len(self._ports)]
            with contextlib.suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
                for one, other in ((reader, far_writer), (far_reader, writer)):
                    pipe = asyncio.create_task(_pipe(one, other))
                    self._pipes.add(pipe)
                    pipe.add_done_callback(self._pipes.discard)
                return
        writer.close()
        await writer.wait_closed()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class Customer:
    """Is in a room and listens. greetings: when a bot's voice was first heard on each of its
    tracks, by time.monotonic(); heard: when last."""

    def __init__(self, endpoint: Endpoint, room: str) -> None:
        self.name = room
        self.joined = 0.0
        self.greetings: list[float] = []
        self.heard = 0.0
        self.room = rtc.Room()
        self._endpoint = endpoint
        self._ears: set[asyncio.Task[None]] = set()
        self.room.on("track_subscribed", self._on_track)

    async def join(self) -> None:
        self.joined = time.monotonic()
        token = customer_token(self._endpoint, self.name, f"customer-{self.name}")
        await self.room.connect(self._endpoint.url, token)

    async def leave(self) -> None:
        for ear in self._ears:
            ear.cancel()
        await asyncio.gather(*self._ears, return_exceptions=True)
        await self.room.disconnect()

    async def say(self, text: str) -> None:
        """Typed, as on the kiosk's keyboard."""
        await self.room.local_participant.send_text(text, topic="lk.chat")

    def greeted_since(self, at: float) -> bool:
        return any(greeting > at for greeting in self.greetings)

    @property
    def with_bot(self) -> bool:
        connected = self.room.connection_state == rtc.ConnectionState.CONN_CONNECTED
        return connected and f"bot-{self.name}" in self.room.remote_participants

    def _on_track(self, track: rtc.Track, *_: object) -> None:
        ear = asyncio.create_task(self._listen(track))
        self._ears.add(ear)
        ear.add_done_callback(self._ears.discard)

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(
            track, sample_rate=16000, num_channels=1, capacity=32, frame_size_ms=50
        )
        greeted = False
        try:
            async for event in stream:
                if np.abs(np.frombuffer(event.frame.data, np.int16)).max(initial=0) > LOUD:
                    self.heard = time.monotonic()
                    if not greeted:
                        self.greetings.append(self.heard)
                    greeted = True
        finally:
            await stream.aclose()


@dataclass
class Box:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code, once it has ended."""
        return await asyncio.to_thread(self.process.wait)

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])


@dataclass
class Cluster:
    folder: Path
    endpoint: Endpoint
    database: str
    redis: int  # its port
    nodes: dict[int, subprocess.Popen[bytes]]  # by port
    boxes: list[Box] = field(default_factory=list)

    def start_box(
        self, name: str, command: Sequence[str] = LEAN, *, settings: str = "", most: int = 8
    ) -> Box:
        """settings: more of config.toml, whole sections. command: what takes voicebot's options."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "config.toml").write_text(f"""
[livekit]
url = "{self.endpoint.url}"
dispatch = "worker"
[http]
port = {free_port()}
[rooms]
max = {most}
box = "{name}"
drain = 60
empty_timeout = 1.0
[store]
url = "{self.database}"
{settings}""")
        log = folder / "log"
        with log.open("ab") as file:
            process = subprocess.Popen(
                [*command, "--config", str(folder / "config.toml"), "serve"],
                cwd=REPO,
                env=environment()
                | {
                    "LIVEKIT_API_KEY": self.endpoint.api_key,
                    "LIVEKIT_API_SECRET": self.endpoint.api_secret,
                    "PYTHONPATH": str(REPO),
                },
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        box = Box(name, process, log)
        self.boxes.append(box)
        return box

    def serving(self) -> Mapping[str, str]:
        """Which box serves a room, as the boxes wrote it down."""
        engine = sa.create_engine(self.database)
        try:
            with engine.connect() as connection:
                if not sa.inspect(connection).has_table("served_rooms"):
                    return {}
                rows = connection.execute(sa.text("SELECT room, box FROM served_rooms"))
                return {row.room: row.box for row in rows}
        finally:
            engine.dispose()

    def hosting(self) -> Mapping[str, str]:
        """Which LiveKit node has a room, as the nodes wrote it down."""
        command = ["redis-cli", "-p", str(self.redis), "hgetall", "room_node_map"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return dict(zip(told[::2], told[1::2], strict=True))

    def busiest(self) -> subprocess.Popen[bytes]:
        """The node with the most rooms."""
        log = (self.folder / "livekit.log").read_text(errors="replace")
        started = re.findall(r'"portHttp": (\d+), "nodeID": "(\w+)"', log)
        ports = {node: int(port) for port, node in started}
        rooms = Counter(ports[node] for node in self.hosting().values())
        return self.nodes[rooms.most_common(1)[0][0]]

    async def up(self, box: Box) -> None:
        await self.until(lambda: "registered with LiveKit" in box.log.read_text(), UP_S, box.name)

    async def until(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Raises AssertionError, with the boxes' last words."""
        deadline = time.monotonic() + seconds
        while not await asyncio.to_thread(ready):
            words = "\n".join(f"-- {box.name}\n{box.tail()}" for box in self.boxes)
            assert time.monotonic() < deadline, f"{what}: not within {seconds} s\n{words}"
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[Cluster]:
    """Two nodes that answer; boxes are started in it. All of it ends with the block."""
    program = livekit_server()
    assert program is not None, "no livekit-server: scripts/setup fetches it"
    endpoint_key, secret = "chain", secrets.token_urlsafe(36)
    ports = [free_port(), free_port()]
    redis = free_port()
    running: list[subprocess.Popen[bytes]] = []
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(_end, running)
        database = stack.enter_context(stack.enter_context(postgres.running()).database())
        database = database.replace("postgresql://", "postgresql+psycopg://")
        log = stack.enter_context((folder / "livekit.log").open("wb"))
        command = ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", ""]
        running.append(_start([*command, "--dir", str(folder)], log))
        await _listens(redis)
        nodes: dict[int, subprocess.Popen[bytes]] = {}
        for port in ports:
            config = json.dumps(_node(port, redis, endpoint_key, secret))
            nodes[port] = _start([str(program)], log, LIVEKIT_CONFIG=config)
            running.append(nodes[port])
        for port in ports:
            await _listens(port)
        port = await stack.enter_async_context(Balancer(ports).listening())
        endpoint = Endpoint(f"ws://127.0.0.1:{port}", endpoint_key, secret)
        made = Cluster(folder, endpoint, database, redis, nodes)
        try:
            yield made
        finally:
            _end([box.process for box in made.boxes])


def _start(command: list[str], log: BinaryIO, **env: str) -> subprocess.Popen[bytes]:
    env["PATH"] = os.environ["PATH"]
    return subprocess.Popen(command, env=env, stdout=log, stderr=log)


def _node(port: int, redis: int, key: str, secret: str) -> dict[str, object]:
    return {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "redis": {"address": f"127.0.0.1:{redis}"},
        "keys": {key: secret},
        "rtc": {
            "udp_port": free_port(),
            "tcp_port": 0,
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            "ips": {"includes": ["127.0.0.1/32"]},
        },
        "turn": {"enabled": True, "udp_port": free_port(), "bind_addresses": ["127.0.0.1"]},
        "node_selector": {"kind": "any", "sort_by": "random"},
        "room": {"departure_timeout": 5},
        "logging": {"level": "info", "pion_level": "error"},
    }


async def _listens(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(LOOK_S)


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


__all__ = ["LEAN", "VOICEBOT", "Box", "Cluster", "Customer", "cluster"]
