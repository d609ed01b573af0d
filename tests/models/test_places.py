"""Where the cache and the livekit-server are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.models.places import cache_dir, livekit_server, models_dir


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("VOICEBOT_CACHE", "VOICEBOT_LIVEKIT_SERVER", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_dir() == tmp_path / ".cache" / "voicebot"
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_dir() == Path("/xdg/voicebot")
    monkeypatch.setenv("VOICEBOT_CACHE", "/own")
    assert models_dir() == Path("/own/models")


def test_livekit_server_as_told_then_on_path_then_in_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert livekit_server() is None
    cached = program(cache_dir() / "bin" / "livekit-server")
    assert livekit_server() == cached
    on_path = program(tmp_path / "path" / "livekit-server")
    assert livekit_server() == on_path
    named = program(tmp_path / "named")
    monkeypatch.setenv("VOICEBOT_LIVEKIT_SERVER", str(named))
    assert livekit_server() == named
    assert livekit_server(str(on_path)) == on_path
    assert livekit_server(str(tmp_path / "nowhere")) is None
