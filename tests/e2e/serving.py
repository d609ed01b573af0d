"""A shop in a folder of its own, and `voicebot serve` as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from voicebot.rooms.server import free_port

REPO = Path(__file__).parents[2]
DATA = REPO / "data"
VOICEBOT = (sys.executable, "-c", "from voicebot.cli import main; main()")
READY_S = 120.0  # models are loaded; a loaded machine takes its time
COMMAND_S = 180.0
STOP_S = 20.0
LOG_TAIL = 60  # lines


@dataclass(frozen=True)
class Shop:
    """Settings in `folder`/config.toml, with the index and the database beside them."""

    folder: Path
    port: int

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder}/store.db"


def open_shop(
    folder: Path,
    *,
    like: Shop | None = None,
    own_orders: bool = False,
    models: Path | None = None,
) -> Shop:
    """Settings for a shop with the sample documents. like: whose index and database it uses;
    own_orders: the index alone."""
    shop = Shop(folder, free_port())
    index = (like or shop).folder / "index"
    database = (shop if own_orders else like or shop).database
    models_section = f'[models]\nfolder = "{models}"\n' if models else ""
    shop.config.write_text(f"""{models_section}
[http]
port = {shop.port}
[livekit]
port = 0
[rooms]
empty_timeout = 1.0
[knowledge]
folder = "{DATA / "pdfs"}"
index = "{index}"
[store]
url = "{database}"
[logging]
words = true
""")
    return shop


def environment() -> dict[str, str]:
    """Ours, without settings that would be stronger than the shop's file."""
    kept = ("VOICEBOT_CACHE", "VOICEBOT_LIVEKIT_SERVER")
    settings = ("VOICEBOT_", "LIVEKIT_", "OPENAI_", "OPENROUTER_", "PYTHONASYNCIODEBUG")
    return {k: v for k, v in os.environ.items() if k in kept or not k.startswith(settings)}


def voicebot(shop: Shop, *args: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [*VOICEBOT, "--config", str(shop.config), *args],
        cwd=shop.folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )


def start(
    shop: Shop,
    *args: str,
    launcher: Sequence[str] = VOICEBOT,
    more: Mapping[str, str] | None = None,
    stdout: int | BinaryIO,
    stderr: int = subprocess.STDOUT,
) -> subprocess.Popen[bytes]:
    """A command that may run for long; who starts it ends it."""
    return subprocess.Popen(
        [*launcher, "--config", str(shop.config), *args],
        cwd=shop.folder,
        env=environment() | dict(more or {}),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
    )


@dataclass(frozen=True)
class Serving:
    """A running `voicebot serve`."""

    shop: Shop
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.shop.port}"

    @property
    def base(self) -> str:
        return f"http://{self.netloc}"

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_TAIL:])

    def wait_until_ready(self) -> None:
        """Until a customer would be served. Raises AssertionError with the log's end."""
        deadline = time.monotonic() + READY_S
        while not self._ready():
            assert self.process.poll() is None, f"serve ended by itself:\n{self.tail()}"
            assert time.monotonic() < deadline, f"serve was never ready:\n{self.tail()}"
            time.sleep(0.1)  # between two looks at another process

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.base}/ready", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """SIGTERM, then by force; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@contextmanager
def serving(
    shop: Shop,
    launcher: Sequence[str] = VOICEBOT,
    more: Mapping[str, str] | None = None,
) -> Iterator[Serving]:
    """`voicebot serve`, ready. launcher: what takes voicebot's arguments; more: environment."""
    log = shop.folder / "serve.log"
    with log.open("wb") as file:
        process = start(shop, "serve", launcher=launcher, more=more, stdout=file)
    running = Serving(shop, process, log)
    try:
        running.wait_until_ready()
        yield running
    finally:
        if process.poll() is None:
            running.stop()
