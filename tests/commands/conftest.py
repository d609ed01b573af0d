from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from voicebot.commands.common import console


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and cache, and an environment without settings."""
    for name in os.environ:
        if name.startswith(("VOICEBOT_", "LIVEKIT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VOICEBOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    """What commands set up for their process is undone for ours."""
    root, ours = logging.getLogger(), logging.getLogger("voicebot")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    structlog.reset_defaults()
    console.quiet = False


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


Entry = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def entry() -> Entry:
    """The `voicebot` program itself, in a process of its own."""

    def run(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from voicebot.cli import main; main()", *args]
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )

    return run
