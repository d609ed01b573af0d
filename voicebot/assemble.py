"""Settings to stages: the one place that knows the backends' names.

Libraries are imported inside the branches that need them, and models are loaded in parallel, each
in a thread of its own, once for all rooms.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from voicebot.config import Sections
from voicebot.conversation import Conversation, Hearing
from voicebot.desk import Desk
from voicebot.dialogue import phrases, prompt
from voicebot.dialogue.flow import Flow
from voicebot.dialogue.history import History
from voicebot.errors import ConfigError
from voicebot.events import Emit, EventStream
from voicebot.models import ModelStore
from voicebot.phrasebook import Phrasebook
from voicebot.reply import Dialogue, Replier
from voicebot.stages import (
    Card,
    Embedder,
    Knowledge,
    LanguageModel,
    Line,
    Synthesizer,
    Transcriber,
    TurnJudge,
    VoiceDetector,
)
from voicebot.understand import Understander

if TYPE_CHECKING:
    from voicebot.rooms.dispatch import Dispatcher
    from voicebot.rooms.names import Endpoint

T = TypeVar("T")


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
    return PiperSynthesizer(file_of_voice(files), speed=local.speed, threads=local.threads)


def file_of_voice(files: Files) -> Path:
    return files.file("tts", ".onnx")


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

    store = Store(
        settings.store.url,
        verify=settings.store.verify,
        return_days=settings.store.return_days,
        attempts=settings.store.attempts,
        lockout_s=settings.store.lockout,
    )
    return Desk(store, {tool.name: tool for tool in load_tools()})


# ------------------------------------------------------------------ the parts together


@dataclass(frozen=True)
class Brain:
    """All that answers, sound left out."""

    settings: Sections
    desk: Desk
    understander: Understander
    model: LanguageModel
    emit: Emit

    def replier(self, synthesizer: Synthesizer) -> Replier:
        return Replier(
            rules=Flow(self.desk.index, proof=self.settings.store.verify),
            desk=self.desk,
            understander=self.understander,
            model=self.model,
            synthesizer=synthesizer,
            shop=self.settings.conversation.shop,
            threshold=self.settings.knowledge.threshold,
            temperature=self.settings.llm.temperature,
        )

    def dialogue(self, room: str) -> Dialogue:
        history = History(self.settings.conversation.history_turns)
        return Dialogue(room, f"{room}:{uuid.uuid4().hex[:12]}", history, self.emit)

    def typed(self) -> TypedDialogue:
        """A dialogue in text."""
        return TypedDialogue(self.replier(_Mute()), self.dialogue("typed"))


class _Mute:
    """Stands where nothing is spoken."""

    def synthesize(self, text: str) -> Any:
        raise NotImplementedError("a typed dialogue is not spoken")


@dataclass(frozen=True)
class TypedDialogue:
    """The whole way of a reply but for sound."""

    replier: Replier
    dialogue: Dialogue

    async def say(self, text: str) -> str:
        """The answer; its events go where the brain's go."""
        self.dialogue.begin_turn(cause="typed")
        parts = [part async for part in self.replier.words(self.dialogue, text)]
        answer = "".join(part for part in parts if not isinstance(part, Card)).strip()
        self.dialogue.end_turn(text, answer, answer)
        return answer


async def _load(*openers: Callable[[], T]) -> Sequence[T]:
    """All at once, each in a thread; the first error wins, once all have come to an end."""
    done = await asyncio.gather(*(asyncio.to_thread(o) for o in openers), return_exceptions=True)
    for result in done:
        if isinstance(result, BaseException):
            raise result
    return [result for result in done if not isinstance(result, BaseException)]


async def _open_brain(settings: Sections, files: Files, emit: Emit) -> Brain:
    def deciding() -> LanguageModel:
        return open_model(settings, files)

    def knowing() -> tuple[Embedder, Knowledge]:
        embedder = open_embedder(settings, files)
        return embedder, open_knowledge(settings, embedder)

    model, (embedder, knowledge), desk = await asyncio.gather(
        asyncio.to_thread(deciding),
        asyncio.to_thread(knowing),
        asyncio.to_thread(open_desk, settings),
    )
    understander = Understander(
        embedder,
        knowledge,
        model,
        {tool.name: tool.examples for tool in desk.tools},
        shop=settings.conversation.shop,
        threshold=settings.knowledge.threshold,
        passages=settings.knowledge.passages,
    )
    await asyncio.gather(
        understander.prepare(), model.warm(prompt.fixed(settings.conversation.shop))
    )
    return Brain(settings, desk, understander, model, emit)


@asynccontextmanager
async def open_brain(settings: Sections, events: EventStream) -> AsyncIterator[Brain]:
    """What `ask` needs: no sound, no rooms. Raises ModelError, ConfigError, StoreError."""
    files = Files.of(settings)
    await asyncio.to_thread(files.require, ("llm", "embedding"))
    brain = await _open_brain(settings, files, events.emit)
    try:
        yield brain
    finally:
        await asyncio.to_thread(brain.desk.close)
