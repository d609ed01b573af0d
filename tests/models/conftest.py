"""A small manifest, files for it, and a record of what was reported."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from voicebot.models.manifest import Manifest
from voicebot.models.store import ModelStore

# Before any test imports onnxruntime, which reports to its maker otherwise.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

WEIGHTS = bytes(range(256)) * 300
CONFIG = b'{"a": 1}'


class Said:
    """A Report that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.bytes: dict[str, int] = {}

    def begin(self, name: str, total: int) -> None:
        self.bytes[name] = 0

    def advance(self, name: str, count: int) -> None:
        self.bytes[name] = self.bytes.get(name, 0) + count

    def say(self, text: str) -> None:
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.lines.append(text)


def pinned(path: str, content: bytes) -> dict[str, Any]:
    return {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def model(name: str, role: str, files: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    entry = {"name": name, "role": role, "licence": "MIT", "homepage": "https://example.org"}
    return {**entry, "files": files, "sources": [], **more}


def manifest(tmp_path: Path, *models: dict[str, Any]) -> Manifest:
    path = tmp_path / "manifest.toml"
    path.write_text("# stands for the real one\n")
    data = {"format": 1, "path": path, "profiles": {}, "models": {m["name"]: m for m in models}}
    return Manifest.model_validate(data)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """One model with two files, `ear/model.bin` and `ear/config/a.json`; nothing fetched yet."""
    ear = model("ear", "stt", [pinned("model.bin", WEIGHTS), pinned("config/a.json", CONFIG)])
    return ModelStore(tmp_path / "models", manifest(tmp_path, ear))


@pytest.fixture
def at_hand(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder laid out as the store, with the files of `ear`."""

    def make(weights: bytes = WEIGHTS) -> Path:
        folder = tmp_path / "at-hand"
        (folder / "ear" / "config").mkdir(parents=True, exist_ok=True)
        (folder / "ear" / "model.bin").write_bytes(weights)
        (folder / "ear" / "config" / "a.json").write_bytes(CONFIG)
        return folder

    return make
