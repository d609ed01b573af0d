"""A peer's processes: the language model's server, and the agent that asks it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from livekit import api

from benchmarks.peers.desk import READY, Desk, Place
from benchmarks.peers.environments import Peer, python_of
from tests.e2e import llama_server
from voicebot.assemble import Files
from voicebot.backends import OFFLINE, THREADS
from voicebot.config import Sections
from voicebot.rooms.names import Endpoint, bot_identity
from voicebot.rooms.server import free_port

REPO = Path(__file__).parents[2]
READY_S = 180.0  # models are loaded, on a loaded machine
STOP_S = 10.0


@dataclass(frozen=True)
class PeerHost:
    """A peer's agent, ready."""

    endpoint: Endpoint
    agent: asyncio.subprocess.Process

    def bring_bot(self, room: str) -> None:
        assert self.agent.stdin is not None
        self.agent.stdin.write(_line(asdict(Place(room, agent_token(self.endpoint, room)))))


def agent_token(endpoint: Endpoint, room: str) -> str:
    """Lets the agent in, with a microphone. Unlike our bot's it says nothing of the agent's state,
    which not every framework tells, and for which the customer would wait."""
    grants = api.VideoGrants(room_join=True, room=room, can_update_own_metadata=True, agent=True)
    token = api.AccessToken(endpoint.api_key, endpoint.api_secret)
    token.with_identity(bot_identity(room)).with_kind("agent").with_grants(grants)
    return str(token.to_jwt())


def resident_mb(pids: Sequence[int]) -> float:
    """Of these processes together; pages that two of them share are counted twice."""
    statuses = (Path(f"/proc/{pid}/status").read_text(encoding="ascii") for pid in pids)
    return sum(int(one.split("VmRSS:")[1].split()[0]) for one in statuses) / 1024


@asynccontextmanager
async def model_server(settings: Sections, log: Path) -> AsyncIterator[tuple[str, int]]:
    """llama-cpp-python's server with our model: its URL and process."""
    port, model = free_port(), Files.of(settings).file("llm", ".gguf")
    how = settings.llm.llama_cpp
    # Logits of the last token alone: with all of them prefill takes longer and memory grows.
    options = f"--n_ctx {how.context} --n_threads {how.threads} --logits_all false --port {port}"
    command = (sys.executable, llama_server.__file__, "--model", str(model), *options.split())
    async with _running(command, log) as process:
        await asyncio.wait_for(_answering(port, process, log), READY_S)
        yield f"http://127.0.0.1:{port}/v1", process.pid


@asynccontextmanager
async def peer_host(
    peer: Peer, endpoint: Endpoint, given: Desk, log: Path
) -> AsyncIterator[PeerHost]:
    """The agent, in its own environment. Raises SystemExit when it does not get ready."""
    python = await asyncio.to_thread(python_of, peer)
    async with _running((str(python), "-m", peer.module), log) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(_line(asdict(given)))
        async with asyncio.timeout(READY_S):
            while (line := await process.stdout.readline()).decode().strip() != READY:
                if not line:
                    raise SystemExit(f"{peer.name} did not get ready: see {log}")
        yield PeerHost(endpoint, process)
        process.stdin.close()


@asynccontextmanager
async def _running(command: Sequence[str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=REPO,
            # As in voicebot's own process: threads that spin would starve the other process.
            env=os.environ | OFFLINE | THREADS | {"PYTHONPATH": str(REPO)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _answering(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/v1/models")).is_success:
                    return
            except httpx.TransportError:
                pass
            if process.returncode is not None or time.monotonic() > deadline:
                raise SystemExit(f"the language model's server did not start: see {log}")
            await asyncio.sleep(0.1)  # between two looks at another process


def _line(value: dict[str, str]) -> bytes:
    return json.dumps(value).encode() + b"\n"
