"""Settings to stages: the one place that knows the backends' names.

Libraries are imported inside the branches that need them, and models are loaded in parallel, each
in a thread of its own, once for all rooms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.config import Sections
from voicebot.desk import Desk
from voicebot.errors import ConfigError
from voicebot.models import ModelStore
from voicebot.stages import (
    Embedder,
    Knowledge,
    LanguageModel,
    Synthesizer,
    Transcriber,
    TurnJudge,
    VoiceDetector,
)

if TYPE_CHECKING:
    from voicebot.store.boxes import BoxBook


# ------------------------------------------------------------------ one stage each


@dataclass(frozen=True)
class Files:
    """Where the models of these settings are: a profile's, unless a setting names another."""

    settings: Sections
    store: ModelStore

    @classmethod
    def of(cls, settings: Sections) -> Files:
        return cls(settings, ModelStore(settings.models.folder))

    def name(self, role: str) -> str:
        """Of the model in that role, or the path that the settings give instead."""
        chosen = {
            "stt": self.settings.stt.faster_whisper.model,
            "llm": self.settings.llm.llama_cpp.model,
            "tts": self.settings.tts.piper.voice,
            "embedding": self.settings.embedding.model,
        }.get(role, "")
        return chosen or str(getattr(self.store.profile(self.settings.models.profile), role))

    def require(self, roles: Iterable[str]) -> None:
        """Raises ModelError, one line, if any file is missing or wrong."""
        names = [self.name(role) for role in roles]
        self.store.require([name for name in names if not _is_path(name)])

    def folder(self, role: str) -> Path:
        name = self.name(role)
        return Path(name).expanduser() if _is_path(name) else self.store.directory(name)

    def file(self, role: str, suffix: str) -> Path:
        name = self.name(role)
        return Path(name).expanduser() if _is_path(name) else self.store.file(name, suffix)


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name


def _only_local(stage: str, backend: str, local: str) -> None:
    if backend != local:
        raise ConfigError(
            f'{stage}.backend = "{backend}" is not built yet; set {stage}.backend = "{local}"'
        )


def open_embedder(settings: Sections, files: Files) -> Embedder:
    from voicebot.backends.sentence_transformers import OnnxEmbedder

    return OnnxEmbedder(files.folder("embedding"), threads=settings.embedding.threads)


def open_model(settings: Sections, files: Files) -> LanguageModel:
    _only_local("llm", settings.llm.backend, "llama_cpp")
    from voicebot.backends.llama_cpp import LlamaCpp

    local = settings.llm.llama_cpp
    return LlamaCpp(
        files.file("llm", ".gguf"),
        threads=local.threads,
        context=local.context,
        gpu_layers=local.gpu_layers,
    )


def model_judges(settings: Sections, files: Files) -> bool:
    """Whether the language model is asked if a sentence answers a question."""
    if settings.knowledge.judge != "auto":
        return settings.knowledge.judge == "always"
    name = files.name("llm")
    known = files.store.manifest.models
    return name in known and known[name].judges


def open_transcriber(settings: Sections, files: Files) -> Transcriber:
    _only_local("stt", settings.stt.backend, "faster_whisper")
    from voicebot.backends.faster_whisper import FasterWhisper

    local = settings.stt.faster_whisper
    return FasterWhisper(
        files.folder("stt"),
        threads=local.threads,
        language=settings.conversation.language,
        min_window_s=local.min_window,
        margin_s=local.margin,
        device=local.device,
    )


def open_synthesizer(settings: Sections, files: Files) -> Synthesizer:
    _only_local("tts", settings.tts.backend, "piper")
    from voicebot.backends.piper import PiperSynthesizer

    local = settings.tts.piper
    return PiperSynthesizer(files.file("tts", ".onnx"), speed=local.speed, threads=local.threads)


def open_detector(files: Files) -> VoiceDetector:
    from voicebot.backends.silero import SileroDetector

    return SileroDetector(files.file("vad", ".onnx"))


def open_judge(files: Files) -> TurnJudge:
    from voicebot.backends.smart_turn import SmartTurn

    return SmartTurn(files.file("turn", ".onnx"))


def open_knowledge(settings: Sections, embedder: Embedder) -> Knowledge:
    from voicebot.knowledge.index import ChromaKnowledge

    return ChromaKnowledge(settings.knowledge.index, embedder)


def open_desk(settings: Sections) -> Desk:
    from voicebot.store import Store
    from voicebot.tools.registry import load_tools

    return Desk(Store.of(settings.store), load_tools())


def open_book(settings: Sections) -> BoxBook:
    """Which box serves which room, in the database that the boxes share."""
    from voicebot.store.boxes import BoxBook

    return BoxBook(settings.store.url, settings.rooms.box_name)
