"""The direction of imports, and that each library has one adapter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "voicebot"

# Lowest first; what is on one line does not know of each other.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "audio"),
    ("events", "config", "stages", "resampling", "echo"),
    ("dialogue",),
    ("scheduler", "models", "settings", "privacy"),
    ("backends", "knowledge", "store", "rooms", "telemetry", "recorder"),
    ("tools", "nearest", "cross_encoder", "judging"),
    (
        "screen",
        "phrasebook",
        "understand",
        "desk",
        "grounding",
        "endings",
        "heads",
    ),
    ("playout", "reading", "late", "ears", "session"),
    ("speaker", "second_hearing", "small_talk"),
    ("reply",),
    ("preparation",),
    ("speaking",),
    ("conversation",),
    ("assemble",),
    ("service",),
    ("http", "evaluation"),
    ("bench",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

# Modules that stand elsewhere than their package.
PLACES = {"models.commands": "commands", "models.__main__": "__main__"}  # `voicebot models`

# The library, and the only modules or packages that may import it: one adapter, unless said.
OWNERS: dict[str, tuple[str, ...]] = {
    "faster_whisper": ("backends.faster_whisper",),
    "ctranslate2": ("backends.faster_whisper",),
    "llama_cpp": ("backends.llama_context",),
    "gguf": ("models.gguf_file",),
    "openai": ("backends.openai",),
    "httpx2": ("backends.openai",),
    "piper": ("backends.piper",),
    "soxr": ("resampling",),
    # A build is checked before it is an adapter's, with the library's defaults.
    "tokenizers": ("backends.sentence_transformers", "models.embedder_check"),
    "onnxruntime": (
        "backends.onnx_session",
        "models.embedder_check",
        "backends.silero",  # its type
    ),
    "onnx": ("models", "backends.vits_halves"),  # it builds a graph, and parts one
    "chromadb": ("knowledge.vectors",),
    "pypdfium2": ("knowledge.pdf",),
    "markdown_it": ("knowledge.markdown",),
    "livekit": ("rooms",),
    "websockets": ("rooms.worker",),
    "sqlalchemy": ("store",),
    "fastapi": ("http",),
    "starlette": ("http",),
    "uvicorn": ("http",),
    "typer": ("cli", "commands", "models.commands"),
    "prometheus_client": ("telemetry.metrics",),
    "structlog": ("telemetry.logs",),
    "tomlkit": ("commands.tune",),
    "huggingface_hub": ("models",),
    "matplotlib": ("bench.plot",),
}


def modules() -> dict[str, Path]:
    """Dotted name within the package -> file."""
    found = {}
    for file in PACKAGE.rglob("*.py"):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = file
    return found


MODULES = modules()


def imports(name: str) -> Iterator[str]:
    """Full dotted names of all that a module imports, at whatever place in it."""
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports relatively"
            assert node.module
            # `from voicebot import events` imports a module, `from voicebot.events import Event`
            # what is in it.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own(imported: str) -> str | None:
    """The top module of ours that is imported, None for libraries and for the package itself."""
    parts = imported.split(".")
    if parts[0] != "voicebot" or len(parts) == 1 or parts[1] not in LEVEL:
        return None
    return parts[1]


def test_every_module_has_its_place() -> None:
    tops = {name.split(".")[0] for name in MODULES} - {"__init__"}
    assert tops <= set(LEVEL), "new: give it a place in LAYERS"


def place(name: str) -> str:
    return PLACES.get(name, name.split(".")[0])


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_point_down(name: str) -> None:
    me = place(name)
    for imported in imports(name):
        other = own(imported)
        if other is None or name == "__init__" or other in (me, name.split(".")[0]):
            continue
        assert LEVEL[other] < LEVEL[me], f"{name} imports {imported}, which is not below it"


def test_every_import_of_ours_exists() -> None:
    for name in MODULES:
        for imported in imports(name):
            parts = imported.split(".")
            if parts[0] == "voicebot" and len(parts) > 2:
                assert ".".join(parts[1:-1]) in MODULES, f"{name} imports {imported}"


def _is_in(name: str, owner: str) -> bool:
    return name == owner or name.startswith(owner + ".")


@pytest.mark.parametrize("library", sorted(OWNERS))
def test_a_library_is_imported_by_its_adapter_alone(library: str) -> None:
    for name in MODULES:
        if any(_is_in(name, owner) for owner in OWNERS[library]):
            continue
        taken = [i for i in imports(name) if i.split(".")[0] == library]
        assert not taken, f"{name} imports {taken}"


PURE = ("asyncio", "threading", "time", "datetime", "socket", "random", "os", "pathlib", "queue")


@pytest.mark.parametrize("name", sorted(n for n in MODULES if n.startswith("dialogue")))
def test_the_dialogue_decides_without_clock_thread_or_file(name: str) -> None:
    assert not [i for i in imports(name) if i.split(".")[0] in PURE]


def test_models_that_serve_import_no_torch() -> None:
    for name in MODULES:
        heavy = ("torch", "transformers", "sentence_transformers", "silero_vad")
        assert not [i for i in imports(name) if i.split(".")[0] in heavy], name


@pytest.mark.parametrize("name", sorted(MODULES))
def test_nothing_is_unpickled(name: str) -> None:
    pickles = ("pickle", "shelve", "marshal", "dill", "joblib", "diskcache")
    assert not [i for i in imports(name) if i.split(".")[0] in pickles]
