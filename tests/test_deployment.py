"""The files that deploy a shop: livekit.yaml under a real server, and that they fit each other."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from livekit.protocol import rtc as signalling

from tests.rooms.conftest import WAIT_S
from tests.rooms.test_livekit import client_in
from tests.rooms.test_server import webhook_catcher
from voicebot.models.places import livekit_server
from voicebot.rooms.livekit_api import LiveKitRooms, customer_token
from voicebot.rooms.names import Endpoint
from voicebot.rooms.server import free_port

CHECKOUT = Path(__file__).parent.parent
SECRET = "a secret of this test, which is long enough"
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
LIVEKIT: dict[str, Any] = yaml.safe_load((CHECKOUT / "livekit.yaml").read_text())


@asynccontextmanager
async def shop_server(tmp_path: Path, webhook: int) -> AsyncIterator[Endpoint]:
    """livekit-server with livekit.yaml, but for ports that nobody else has."""
    text = (CHECKOUT / "livekit.yaml").read_text()
    port = free_port()
    for old, new in {"7880": port, "8000": webhook}.items():
        text = re.sub(rf"(: |127\.0\.0\.1:){old}\b", rf"\g<1>{new}", text)
    for old in ("7881", "7882", "3478"):
        text = text.replace(f": {old}", f": {free_port()}")
    (tmp_path / "livekit.yaml").write_text(text)
    program = livekit_server()
    assert program is not None, "scripts/setup fetches livekit-server"
    env = {"PATH": os.environ["PATH"], "LIVEKIT_KEYS": f"shop: {SECRET}", "NODE_IP": "127.0.0.1"}
    log = (tmp_path / "log").open("wb")
    server = await asyncio.create_subprocess_exec(
        program, "--config", tmp_path / "livekit.yaml", env=env, stdout=log, stderr=log
    )
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(WAIT_S):
            while not await _answers(session, port):
                assert server.returncode is None, (tmp_path / "log").read_text()
                await asyncio.sleep(0.05)  # between two looks at another program
        yield Endpoint(f"ws://127.0.0.1:{port}", "shop", SECRET)
    finally:
        server.kill()
        await server.wait()
        log.close()


async def _answers(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/") as answer:
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def test_the_shops_livekit_asks_nobody_outside_and_tells_us_of_customers(
    tmp_path: Path,
) -> None:
    async with webhook_catcher() as (port, caught), shop_server(tmp_path, port) as endpoint:
        url = f"{endpoint.url}/rtc?protocol=15&access_token={customer_token(endpoint, 's', 'c')}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            first = await socket.receive(timeout=WAIT_S)
        answer = signalling.SignalResponse.FromString(first.data)
        urls = [url for server in answer.join.ice_servers for url in server.urls]
        assert urls
        assert all("127.0.0.1" in url for url in urls)
        rooms = LiveKitRooms(endpoint)
        async with client_in(endpoint, room="w"), asyncio.timeout(WAIT_S):
            while True:
                notice = rooms.verified(*await caught.get())
                assert notice is not None
                if notice.event == "participant_joined" and notice.room == "w":
                    break
        await rooms.aclose()


def test_compose_and_livekit_speak_of_the_same_key_and_ports() -> None:
    services = COMPOSE["services"]
    assert services["livekit"]["environment"]["LIVEKIT_KEYS"].startswith("shop: ")
    assert LIVEKIT["webhook"]["api_key"] == "shop"
    bot = services["voicebot"]["environment"]
    assert bot["LIVEKIT_API_KEY"] == "shop"
    assert bot["LIVEKIT_URL"].endswith(f":{LIVEKIT['port']}")
    assert services["livekit"]["healthcheck"]["test"][-1].endswith(f":{LIVEKIT['port']}/")


def test_docker_waits_for_calls_to_end() -> None:
    bot = COMPOSE["services"]["voicebot"]
    grace = int(bot["stop_grace_period"].removesuffix("s"))
    assert grace > float(bot["environment"]["VOICEBOT_ROOMS__DRAIN"])


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.gpu"])
def test_images_are_made_of_what_is_there_and_run_without_rights(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
    sources = [word for words in copied if not words[0].startswith("--from") for word in words]
    assert sources
    admitted = (CHECKOUT / ".dockerignore").read_text().splitlines()
    for source in sources:
        assert (CHECKOUT / source).exists()
        assert f"!{source}" in admitted
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
