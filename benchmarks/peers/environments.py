"""An environment of its own for each peer, made once, in the cache."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from voicebot.models.places import cache_dir

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """name: of the framework's package. module: the agent's program."""

    name: str
    module: str

    @property
    def requirements(self) -> Path:
        return HERE / f"requirements-{self.name}.txt"

    @property
    def title(self) -> str:
        """The framework and its version."""
        pin = self.requirements.read_text(encoding="utf-8").split()[0]
        return f"{self.name} {pin.rpartition('=')[2]}"


PEERS = (
    Peer("livekit-agents", "benchmarks.peers.livekit_agent"),
    Peer("pipecat", "benchmarks.peers.pipecat_agent"),
)


def python_of(peer: Peer) -> Path:
    """Of the peer's environment, which is made where it is missing: a minute or two. Raises
    SystemExit without uv, CalledProcessError when a package is not to be had."""
    wanted = peer.requirements.read_bytes()
    digest = hashlib.sha256(wanted + sys.version.encode()).hexdigest()[:12]
    folder = cache_dir() / "peers" / f"{peer.name}-{digest}"
    python, complete = folder / "bin" / "python", folder / "complete"
    if not complete.exists():
        uv = _uv()
        print(f"making {peer.name}'s environment in {folder}", file=sys.stderr)
        subprocess.run([uv, "venv", "-q", "--clear", "-p", sys.executable, folder], check=True)
        install = [uv, "pip", "install", "-q", "-p", python, "-r", peer.requirements]
        subprocess.run([*map(str, install)], check=True)
        complete.touch()
    return python


def _uv() -> str:
    found = shutil.which("uv") or shutil.which(cache_dir() / "tools" / "venv" / "bin" / "uv")
    if found is None:
        raise SystemExit("uv is missing: install it, or have scripts/setup fetch it")
    return found
