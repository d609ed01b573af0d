"""livekit-agents, pipecat and voicebot, one after the other, with the same customer.

    .venv/bin/python -m benchmarks.peers --count 20
    .venv/bin/python -m benchmarks.peers --json peers.json --logs logs/

Each peer gets an environment of its own in the cache, made by uv on the first run. Before the calls
that count, each system answers one question that does not: it warms what is warmed by use.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.peers.desk import Desk
from benchmarks.peers.environments import PEERS, Peer, python_of
from benchmarks.peers.outcome import ABOUT, Measured, report, table
from benchmarks.peers.running import model_server, peer_host, resident_mb
from voicebot import __version__, assemble
from voicebot.assemble import Files
from voicebot.backends.closing import close
from voicebot.bench.customers import Bot, visit
from voicebot.bench.host import open_host
from voicebot.bench.machine import machine
from voicebot.bench.voice import PATIENCE, POLICIES, calls_of, scripted, spoken_turns
from voicebot.config import Sections
from voicebot.rooms.customer import Turn
from voicebot.rooms.report import CallReport
from voicebot.rooms.server import OwnServer

PASSAGES = 2  # for each question
INSTRUCTIONS = """\
You are the voice assistant of a shop. Answer the customer aloud, in one short sentence. \
What the shop knows:
{passages}"""


async def passages(settings: Sections) -> str:
    """The best sentences for the questions that will be asked. They stand in the fixed part of the
    prompt, whose prefill the server keeps: finding and reading them costs the peers nothing."""
    embedder = assemble.open_embedder(settings, Files.of(settings))
    knowledge = assemble.open_knowledge(settings, embedder)
    try:
        found = [await knowledge.search(question, PASSAGES) for question in POLICIES]
    finally:
        await close(knowledge)
        await close(embedder)
    return "\n".join(dict.fromkeys(hit.sentence for hits in found for hit in hits))


async def measured(
    bot: Bot, system: str, calls: Sequence[Sequence[Turn]], pids: Sequence[int]
) -> Measured:
    await visit(bot, [calls[0][:1]], PATIENCE, rooms=1)  # warms
    heard: list[CallReport] = await visit(bot, calls, PATIENCE, rooms=1)
    return Measured(system, heard, resident_mb(pids))


async def peer(
    one: Peer, settings: Sections, calls: Sequence[Sequence[Turn]], told: str, logs: Path
) -> Measured:
    files = Files.of(settings)
    livekit = settings.livekit.model_copy(update={"port": 0, "webhook_url": ""})
    async with (
        OwnServer(livekit) as endpoint,
        model_server(settings, logs / f"{one.name}-model.log") as (base_url, server),
    ):
        desk = Desk(
            url=endpoint.url,
            whisper=str(files.folder("stt")),
            voice=str(files.file("tts", ".onnx")),
            base_url=base_url,
            instructions=INSTRUCTIONS.format(passages=told),
            welcome=settings.conversation.welcome,
            database=settings.store.url.removeprefix("sqlite:///"),
        )
        async with peer_host(one, endpoint, desk, logs / f"{one.name}.log") as host:
            return await measured(host, one.title, calls, (host.agent.pid, server))


async def voicebot(settings: Sections, calls: Sequence[Sequence[Turn]]) -> Measured:
    async with open_host(settings, plain=False) as host:
        [process] = multiprocessing.active_children()
        assert process.pid is not None
        return await measured(host, f"voicebot {__version__}", calls, (process.pid,))


async def run(count: int, logs: Path) -> tuple[list[Measured], Measured]:
    """The peers, and us."""
    with tempfile.TemporaryDirectory(prefix="voicebot-peers-") as folder:
        settings, script = await scripted(Sections(), Path(folder))
        calls = list(calls_of(await spoken_turns(settings, script), count))
        told = await passages(settings)
        peers = [await peer(one, settings, calls, told, logs) for one in PEERS]
        return peers, await voicebot(settings, calls)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10, help="turns of each system, at least")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every figure, by kind of turn")
    parser.add_argument("--logs", type=Path, metavar="DIR", help="keep what the peers wrote")
    args = parser.parse_args()
    for one in PEERS:
        python_of(one)
    here = machine()
    with tempfile.TemporaryDirectory(prefix="voicebot-peers-") as folder:
        logs: Path = args.logs or Path(folder)
        logs.mkdir(parents=True, exist_ok=True)
        peers, ours = asyncio.run(run(args.count, logs))
    console = Console(highlight=False, width=120)
    console.print(ABOUT, markup=False)
    console.print(str(here), style="dim", markup=False)
    console.print(table(peers, ours))
    if args.json is not None:
        found = report(peers, ours, here).as_dict()
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
