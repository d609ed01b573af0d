"""The box needs no network but its own."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
import soxr

from tests.e2e import alone
from tests.e2e.calling import AUDIO, be_customer, money, spoken
from tests.e2e.serving import COMMAND_S, READY_S, REPO, Serving, Shop, environment
from voicebot.audio import HEARING_RATE
from voicebot.rooms.report import Said
from voicebot.stages import Transcriber

pytestmark = pytest.mark.e2e


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
async def test_a_customer_is_served_without_any_network(
    shop: Shop, ear: Transcriber, tmp_path: Path
) -> None:
    saved, question = tmp_path / "call.wav", AUDIO / "express_shipping_cost.wav"
    apart = (sys.executable, str(Path(alone.__file__)), sys.executable)
    arguments = (tmp_path, shop.folder, question, saved)
    done = await asyncio.to_thread(
        subprocess.run,
        [*apart, "-m", "tests.e2e.lonely_call", *map(str, arguments)],
        cwd=REPO,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=READY_S + COMMAND_S,
    )
    if done.returncode == alone.NOT_PERMITTED:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    both, rate = soundfile.read(saved, dtype="float32")
    answer = both[int(report["turns"][0]["end_s"] * rate) :, 1]
    heard = (await ear.transcribe(soxr.resample(answer, rate, HEARING_RATE))).text
    assert re.search(money(12, 99, "twelve"), heard, re.IGNORECASE), (heard, report)
    assert report["counted"]
    assert report["sent_away"] == 0, report


def family(pid: int) -> Iterator[int]:
    """The process and all that it started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def address(text: str) -> tuple[str, int]:
    """Of /proc/net: the address in 32-bit words of this machine's order, and the port."""
    words, _, port = text.partition(":")
    raw = b"".join(
        int(words[i : i + 8], 16).to_bytes(4, sys.byteorder) for i in range(0, len(words), 8)
    )
    return str(ipaddress.ip_address(raw)), int(port, 16)


def sockets(pid: int) -> Iterator[tuple[str, tuple[str, int], tuple[str, int]]]:
    """Protocol, own and other end of the process's TCP and UDP sockets."""
    held = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            held.add(str(entry.readlink()))
        except FileNotFoundError:  # closed meanwhile
            continue
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]:
            columns = line.split()
            if f"socket:[{columns[9]}]" in held:
                yield protocol, address(columns[1]), address(columns[2])


def is_ours(host: str) -> bool:
    ip = ipaddress.ip_address(host)
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_loopback or (mapped or ip).is_unspecified


def strangers(bot: int) -> set[str]:
    """What of the bot's sockets reaches beyond the box, or could be reached from there."""
    found = set()
    for pid in family(bot):
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        for protocol, own, other in sockets(pid):
            if not is_ours(other[0]):
                found.add(f"{name} talks {protocol} with {other}")
            # WebRTC's client binds a UDP socket to every address of the box, whoever it talks to.
            if not is_ours(own[0]) and (pid != bot or protocol.startswith("tcp")):
                found.add(f"{name} has {protocol} {own}")
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
async def test_no_socket_of_a_call_reaches_beyond_the_box(bot: Serving, ear: Transcriber) -> None:
    looks: list[asyncio.Task[set[str]]] = []

    def look(said: Said) -> None:
        looks.append(asyncio.create_task(asyncio.to_thread(strangers, bot.process.pid)))

    call = await be_customer(bot, ear, spoken("free_shipping"), on_said=look)
    call.answer(0, r"\b(50|fifty)\b")
    assert len(looks) >= 3, f"\n{call}"  # greeting, question, answer
    assert not set().union(*await asyncio.gather(*looks))
