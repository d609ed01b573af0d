"""The doctor's checks: each looks at one thing and says what to do about it."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from voicebot.config import Llm, OpenAI, Sections, Stt, Tts
from voicebot.errors import VoicebotError
from voicebot.privacy import leaving
from voicebot.settings import Loaded

State = Literal["ok", "warn", "fail"]
GIB = 1 << 30
DISK_LOW, DISK_OUT = 2 * GIB, GIB // 4
MEMORY_LOW = 5 * GIB // 2  # one process with the small profile's models takes 1 to 2 GB
SECRET_MIN = 32  # characters; livekit-server warns below it
KNOCK_S = 2.0
LIBRARIES = (
    "livekit",
    "livekit-api",
    "faster-whisper",
    "ctranslate2",
    "llama-cpp-python",
    "piper-tts",
    "onnxruntime",
    "chromadb",
    "fastapi",
    "sqlalchemy",
)


@dataclass(frozen=True)
class Check:
    """advice: what to do next; empty where nothing is to be done."""

    name: str
    state: State
    found: str
    advice: str = ""


def all_checks(loaded: Loaded) -> Iterator[Check]:
    """One after the other; a check that breaks is a failed check, not the end of the others."""
    settings = loaded.settings
    looks: list[tuple[str, Callable[[], Iterator[Check]]]] = [
        ("settings", lambda: settings_files(loaded)),
        ("models", lambda: models(settings)),
        ("livekit", lambda: livekit(settings)),
        ("http port", lambda: http_port(settings)),
        ("index", lambda: index(settings)),
        ("store", lambda: store(settings)),
        ("remote", lambda: remote(settings)),
        ("privacy", lambda: privacy(settings)),
        ("audio", audio),
        ("disk", lambda: disk(loaded)),
        ("memory", memory),
        ("processor", lambda: processor(settings)),
        ("gpu", lambda: gpu(settings)),
        ("versions", versions),
    ]
    for name, look in looks:
        try:
            yield from look()
        except VoicebotError as error:
            yield Check(name, "fail", str(error))
        except OSError as error:
            yield Check(name, "fail", f"cannot look: {error}")


def settings_files(loaded: Loaded) -> Iterator[Check]:
    origins = {origin.split()[0] for origin in loaded.origins.values()}
    found = f"from {', '.join(sorted(origins))}" if origins else "all at their defaults"
    yield Check("settings", "ok", f"{found}; folder {loaded.folder}")
    for file in sorted(loaded.folder.glob(".env")):
        if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            yield Check("secrets", "warn", f"{file} can be read by others", f"chmod 600 {file}")


def models(settings: Sections) -> Iterator[Check]:
    from voicebot.assemble import local_roles
    from voicebot.models import ModelStore

    files = ModelStore(settings.models.folder)
    profile = files.profile(settings.models.profile)
    names = [str(getattr(profile, role)) for role in local_roles(settings)]
    faults = files.faults(names)
    if not faults:
        found = f"{len(names)} of profile {settings.models.profile}, hashes right"
        yield Check("models", "ok", f"{found}; {files.folder}")
    for model in dict.fromkeys(fault.model for fault in faults):
        said = ", ".join(f"{f.path} {f.what}" for f in faults if f.model == model)
        yield Check("models", "fail", f"{model}: {said}", f"voicebot models pull {model}")


def livekit(settings: Sections) -> Iterator[Check]:
    from voicebot.models import livekit_server

    url = settings.livekit.url
    if url:
        yield _livekit_elsewhere(settings)
        if settings.livekit.dispatch == "worker" and settings.store.url.startswith("sqlite"):
            found = "an agent worker whose database is on this box"
            advice = "where there are other boxes, set store.url to a PostgreSQL that they share"
            yield Check("boxes", "warn", found, advice)
        return
    program = livekit_server(settings.livekit.server)
    if program is None:
        yield Check("livekit", "fail", "no livekit-server program", "scripts/setup fetches it")
    else:
        yield Check("livekit", "ok", f"our own, {program}")
    port = settings.livekit.port
    if port and _answers(settings.livekit.node_ip, port):
        yield Check(
            "livekit port",
            "warn",
            f"port {port} is in use",
            "right if voicebot is running; else end that program, or set livekit.port",
        )
    elif port:
        yield Check("livekit port", "ok", f"{port} is free")


def _livekit_elsewhere(settings: Sections) -> Check:
    url = settings.livekit.url
    where = urlsplit(url)
    secret = settings.livekit.api_secret.get_secret_value()
    if where.scheme not in ("ws", "wss") or not where.hostname:
        return Check("livekit", "fail", f"{url} is no ws:// or wss:// URL", "set livekit.url")
    if not settings.livekit.api_key or not secret:
        advice = "set LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
        return Check("livekit", "fail", f"no key for {url}", advice)
    if not _answers(where.hostname, where.port or (443 if where.scheme == "wss" else 80)):
        return Check("livekit", "fail", f"{url} does not answer", "start it, or check livekit.url")
    if len(secret) < SECRET_MIN:
        advice = f"give it {SECRET_MIN} characters or more"
        return Check("livekit", "warn", f"{url} answers; its secret is short", advice)
    return Check("livekit", "ok", f"{url} answers")


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), KNOCK_S):
            return True
    except OSError:
        return False


def http_port(settings: Sections) -> Iterator[Check]:
    from voicebot.http.server import bound_socket

    try:
        bound_socket(settings.http).close()
    except VoicebotError as error:
        host = "127.0.0.1" if settings.http.host in ("", "0.0.0.0", "::") else settings.http.host
        if _is_voicebot(host, settings.http.port):
            yield Check("http port", "ok", f"{settings.http.port}: voicebot is running")
        else:
            yield Check("http port", "fail", str(error))
        return
    yield Check("http port", "ok", f"{settings.http.port} on {settings.http.host} is free")


def _is_voicebot(host: str, port: int) -> bool:
    import httpx

    try:
        answer = httpx.get(
            f"http://{f'[{host}]' if ':' in host else host}:{port}/health",
            timeout=KNOCK_S,
            trust_env=False,
        )
        return bool(answer.json() == {"status": "healthy"})
    except (httpx.HTTPError, ValueError):
        return False


def index(settings: Sections) -> Iterator[Check]:
    from voicebot.assemble import Files
    from voicebot.knowledge.versions import describe

    about = describe(settings.knowledge.index)
    documents = [
        file
        for file in settings.knowledge.folder.glob("**/*")
        if file.suffix.lower() in (".pdf", ".md", ".txt")
    ]
    if about is None:
        found = f"none in {settings.knowledge.index}; {len(documents)} documents wait"
        yield Check("index", "warn", found, "voicebot ingest")
        return
    wanted = Files.of(settings).indexer()
    found = f"{about.sentences} sentences of {len(about.sources)} documents"
    if about.embedder != wanted:
        found += f", made with {about.embedder}, not {wanted}"
        yield Check("index", "fail", found, "voicebot ingest --rebuild")
    elif changed := _changed(documents, {s.origin for s in about.sources}, about.built):
        yield Check("index", "warn", f"{found}; {changed} new or changed since", "voicebot ingest")
    else:
        yield Check("index", "ok", found)


def _changed(documents: list[Path], known: set[str], built: float) -> int:
    return sum(str(file) not in known or file.stat().st_mtime > built for file in documents)


def store(settings: Sections) -> Iterator[Check]:
    from voicebot.store import Store

    url = settings.store.url
    file = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ""
    advice = "voicebot store load --orders data/orders.json --products data/products.json"
    if file and not Path(file).exists():
        yield Check("store", "warn", f"no database yet at {file}", advice)
        return
    opened = Store.of(settings.store)
    try:
        orders, products, returns = opened.order_ids(), opened.products(), opened.returns()
    finally:
        opened.close()
    found = f"{len(orders)} orders, {len(products)} products, {len(returns)} returns"
    empty = not orders and not products
    yield Check("store", "warn" if empty else "ok", found, advice if empty else "")


def remote(settings: Sections) -> Iterator[Check]:
    """The servers that stages use: whether each answers, and whether there is a key for it."""
    stages: dict[str, Stt | Llm | Tts] = {
        "stt": settings.stt,
        "llm": settings.llm,
        "tts": settings.tts,
    }
    used: dict[str, OpenAI] = {
        name: stage.openai
        for name, stage in stages.items()
        if "openai" in (stage.backend, stage.fallback)
    }
    if settings.embedding.backend == "openai":
        used["embedding"] = settings.embedding.openai
    for name, server in used.items():
        yield _server(name, server)


def _server(stage: str, server: OpenAI) -> Check:
    key, what = server.api_key_env, f"{stage} uses {server.model} at {server.base_url}"
    where = urlsplit(server.base_url)
    if where.scheme not in ("http", "https") or not where.hostname:
        advice = f"set {stage}.openai.base_url"
        return Check("remote", "fail", f"{server.base_url} is no http:// or https:// URL", advice)
    if key and not os.environ.get(key):
        return Check("remote", "fail", f"{what}; {key} is not set", f"set {key} in .env")
    if not _answers(where.hostname, where.port or (443 if where.scheme == "https" else 80)):
        return Check(
            "remote", "warn", f"{what}; it does not answer", "start it, or check the line to it"
        )
    return Check("remote", "ok", f"{what}; it answers")


def privacy(settings: Sections) -> Iterator[Check]:
    for one in leaving(settings):
        yield Check("privacy", "ok", f"leaves this box: {one}")
    if not leaving(settings):
        yield Check("privacy", "ok", "nothing leaves this box")
    if (kept := settings.recording).calls:
        found = f"customers' voices are recorded into {kept.folder} and kept for {kept.days} days"
        yield Check("privacy", "warn", found, "tell customers, or set recording.calls to false")


def audio() -> Iterator[Check]:
    """Only `voicebot call` with a microphone needs devices: customers' browsers have their own."""
    try:
        sounddevice = import_module("sounddevice")  # not among our dependencies
    except (ImportError, OSError):
        advice = "pip install sounddevice, for `voicebot call` with a microphone"
        yield Check("audio", "ok", "no sounddevice: calls by WAV file only", advice)
        return
    try:
        devices = sounddevice.query_devices()
    except sounddevice.PortAudioError as error:
        yield Check("audio", "warn", f"devices cannot be read: {error}")
        return
    heard = sum(device["max_input_channels"] > 0 for device in devices)
    spoken = sum(device["max_output_channels"] > 0 for device in devices)
    state: State = "ok" if heard and spoken else "warn"
    yield Check("audio", state, f"{heard} microphones, {spoken} loudspeakers")


def disk(loaded: Loaded) -> Iterator[Check]:
    from voicebot.models import cache_dir

    for what, folder in (("settings' folder", loaded.folder), ("cache", cache_dir())):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        state: State = "ok" if free > DISK_LOW else "warn" if free > DISK_OUT else "fail"
        advice = "" if state == "ok" else f"make room on the disk of {there}"
        yield Check("disk", state, f"{free / GIB:.1f} GiB free for the {what}", advice)


def memory() -> Iterator[Check]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return  # only Linux tells it so
    kib = {name: int(rest.split()[0]) for name, _, rest in (x.partition(":") for x in lines)}
    free = kib.get("MemAvailable", 0) * 1024
    state: State = "ok" if free > MEMORY_LOW else "warn"
    advice = "" if state == "ok" else "end other programs, if voicebot is not running yet"
    total = kib.get("MemTotal", 0) * 1024
    yield Check("memory", state, f"{free / GIB:.1f} of {total / GIB:.1f} GiB available", advice)


def processor(settings: Sections) -> Iterator[Check]:
    # the affinity knows what a container or taskset leaves us
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    threads = {
        "stt.faster_whisper.threads": settings.stt.faster_whisper.threads,
        "llm.llama_cpp.threads": settings.llm.llama_cpp.threads,
        "tts.piper.threads": settings.tts.piper.threads,
        "embedding.threads": settings.embedding.threads,
    }
    over = [key for key, count in threads.items() if count > cores]
    if over:
        advice = f"set {', '.join(over)} to {cores} or less: spinning threads are slow"
        yield Check("processor", "warn", f"{cores} cores, more threads than that", advice)
    else:
        yield Check("processor", "ok", f"{cores} cores")


def gpu(settings: Sections) -> Iterator[Check]:
    """Where the two large models run. The others are small and stay on the CPU."""
    from voicebot.backends.faster_whisper import gpus
    from voicebot.backends.llama_context import offloads

    there = bool(gpus()) or _has_card()
    device, layers = settings.stt.faster_whisper.device, settings.llm.llama_cpp.gpu_layers
    if not there:
        state: State = "fail" if device == "cuda" else "ok"
        advice = "set stt.faster_whisper.device to auto" if device == "cuda" else ""
        yield Check("gpu", state, "none: every stage runs on the CPU", advice)
        return
    if device != "cpu":
        advice = "" if gpus() else "install NVIDIA's driver; in Docker, run with --gpus all"
        yield _on_gpu("stt", bool(gpus()), advice)
    if layers:
        build = 'VOICEBOT_LLAMA_CMAKE_ARGS="-DGGML_CUDA=ON" scripts/setup'
        yield _on_gpu("llm", offloads(), "" if offloads() else build)


def _has_card() -> bool:
    return any(Path("/dev").glob("nvidia[0-9]*"))


def _on_gpu(stage: str, can: bool, advice: str) -> Check:
    found = f"{stage} runs on the GPU" if can else f"there is one, and yet {stage} runs on the CPU"
    return Check("gpu", "ok" if can else "warn", found, advice)


def versions() -> Iterator[Check]:
    found = {"python": ".".join(str(part) for part in sys.version_info[:3])}
    for name in ("voicebot", *LIBRARIES):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check("versions", "fail", f"{name} is not installed", "scripts/setup")
    yield Check("versions", "ok", ", ".join(f"{name} {is_}" for name, is_ in found.items()))
