"""What leaves the box: read off the settings, and shown wherever they are shown."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from voicebot.config import OpenAI, Sections

_SENT = {
    "stt": "the sound of what customers say",
    "llm": "what customers say and are told, and texts of the shop",
    "tts": "the words of every answer",
    "embedding": "customers' questions, and at ingest the shop's documents",
}


@dataclass(frozen=True)
class Leaving:
    """data goes to host. only_if_needed: because the stage is a fallback, or a hedge."""

    stage: str
    data: str
    host: str
    only_if_needed: bool = False

    def __str__(self) -> str:
        when = ", when the local one fails or is slow" if self.only_if_needed else ""
        return f"{self.stage}: {self.data}, to {self.host}{when}"


def leaving(settings: Sections) -> tuple[Leaving, ...]:
    """Empty by default. A server on this box is none that data leave to."""
    return tuple(one for one in _all(settings) if not is_here(one.host))


def _all(settings: Sections) -> Iterator[Leaving]:
    for stage in ("stt", "llm", "tts"):
        section = getattr(settings, stage)
        if "openai" in (section.backend, section.fallback):
            host = _host(section.openai)
            yield Leaving(stage, _SENT[stage], host, section.backend != "openai")
    if settings.embedding.backend == "openai":
        yield Leaving("embedding", _SENT["embedding"], _host(settings.embedding.openai))
    if settings.livekit.url:
        host = urlsplit(settings.livekit.url).hostname or settings.livekit.url
        yield Leaving("livekit", "the sound and the captions of calls", host)
    if not settings.store.url.startswith("sqlite"):
        host = urlsplit(settings.store.url).hostname or "localhost"
        yield Leaving("store", "orders, products and returns", host)


def _host(remote: OpenAI) -> str:
    return urlsplit(remote.base_url).hostname or remote.base_url


def is_here(host: str) -> bool:
    """Whether that is this box."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
