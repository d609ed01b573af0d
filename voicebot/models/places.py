"""Where things that belong to the machine, not to the checkout, are kept."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def cache_dir() -> Path:
    """`VOICEBOT_CACHE`, else `voicebot` in the user's cache folder. It need not exist yet."""
    named = os.environ.get("VOICEBOT_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "voicebot"


def models_dir() -> Path:
    """The models' folder where the settings name none."""
    return cache_dir() / "models"


def voices_dir() -> Path:
    """For what is made of voices once, and can be made again."""
    return cache_dir() / "voices"


def livekit_server(configured: str = "") -> Path | None:
    """The livekit-server program: as configured, `VOICEBOT_LIVEKIT_SERVER`, PATH, then the cache.

    None where there is none. A configured program that does not exist is not silently replaced.
    """
    named = configured or os.environ.get("VOICEBOT_LIVEKIT_SERVER", "")
    found = shutil.which(named or "livekit-server")
    if found or named:
        return Path(found) if found else None
    cached = cache_dir() / "bin" / "livekit-server"
    return cached if os.access(cached, os.X_OK) else None
