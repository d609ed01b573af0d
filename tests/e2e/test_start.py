"""What is wrong with the models is known before anything listens."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.serving import COMMAND_S, Shop, open_shop, start
from voicebot.models.places import models_dir

pytestmark = pytest.mark.e2e


def linked_models(folder: Path, without: str) -> None:
    """The machine's models, all but one file."""
    for path in models_dir().rglob("*"):
        inside = path.relative_to(models_dir())
        if path.is_file() and str(inside) != without:
            (folder / inside.parent).mkdir(parents=True, exist_ok=True)
            (folder / inside).symlink_to(path)


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_missing_model_file_ends_serve_before_it_listens(shop: Shop, tmp_path: Path) -> None:
    missing = "en_US-joe-medium/en_US-joe-medium.onnx"
    linked_models(tmp_path / "models", missing)
    bare = open_shop(tmp_path, like=shop, models=tmp_path / "models")
    listened = False
    process = start(bare, "serve", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + COMMAND_S
    try:
        while process.poll() is None and time.monotonic() < deadline:
            listened = listened or accepts(bare.port)
            time.sleep(0.02)  # between two looks at another process
    finally:
        process.kill()
        stdout, stderr = (text.decode() for text in process.communicate())
    assert process.returncode == 4, stderr
    assert not listened
    assert stdout == ""
    told = [line for line in stderr.splitlines() if line.startswith("voicebot:")]
    assert len(told) == 1, stderr
    assert missing in told[0]
    assert "models pull" in told[0]
    assert "ready" not in stderr
    assert "Traceback" not in stderr
