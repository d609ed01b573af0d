"""Settings to stages: the one place that knows the backends' names.

Libraries are imported inside the branches that need them, and models are loaded in parallel, each
in a thread of its own, once for all rooms.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

    store = Store(
        settings.store.url,
        verify=settings.store.verify,
        return_days=settings.store.return_days,
        attempts=settings.store.attempts,
        lockout_s=settings.store.lockout,
    )
    return Desk(store, load_tools())


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


async def _open_brain(settings: Sections, files: Files, emit: Emit) -> Brain:
    def knowing() -> tuple[Embedder, Knowledge]:
        embedder = open_embedder(settings, files)
        return embedder, open_knowledge(settings, embedder)

    model, (embedder, knowledge), desk = await asyncio.gather(
        asyncio.to_thread(open_model, settings, files),
        asyncio.to_thread(knowing),
        asyncio.to_thread(open_desk, settings),
    )
    understander = Understander(
        embedder,
        knowledge,
        model,
        {tool.name: tool.examples for tool in desk.tools},
        threshold=settings.knowledge.threshold,
        passages=settings.knowledge.passages,
    )
    await understander.prepare()
    await model.warm(prompt.to_talk(settings.conversation.shop))
    await model.warm(prompt.to_sort())
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


ROLES = ("stt", "llm", "tts", "embedding", "turn", "vad")


@dataclass
class Service:
    """Everything that runs under `serve`. endpoint: the LiveKit server that it serves."""

    endpoint: Endpoint
    dispatcher: Dispatcher

    def ready_problems(self) -> list[str]:
        """Why a new customer would not be served; empty: one would be."""
        problems = [self.dispatcher.trouble] if self.dispatcher.trouble else []
        return [*problems, "every place is taken"] if self.dispatcher.full else problems


@dataclass(frozen=True)
class Staff:
    """The models and rules that serve customers, any number at once."""

    brain: Brain
    hearing: Hearing
    replier: Replier
    phrasebook: Phrasebook = field(repr=False)

    async def serve(self, line: Line) -> None:
        """One customer, from greeting to leaving. Cancelling it falls silent."""
        settings = self.brain.settings
        await Conversation(
            line,
            self.hearing,
            self.replier,
            self.brain.dialogue(line.room),
            turns=settings.turns,
            vad=settings.vad,
            welcome=settings.conversation.welcome,
        ).run()


async def _open_staff(settings: Sections, files: Files, emit: Emit) -> Staff:
    """All models, loaded side by side; the greeting is synthesised, so that it sounds at once."""
    brain, transcriber, synthesizer, detector, judge = await asyncio.gather(
        _open_brain(settings, files, emit),
        asyncio.to_thread(open_transcriber, settings, files),
        asyncio.to_thread(open_synthesizer, settings, files),
        asyncio.to_thread(open_detector, files),
        asyncio.to_thread(open_judge, files),
    )
    phrasebook = Phrasebook(synthesizer)
    await phrasebook.learn([settings.conversation.welcome, phrases.TROUBLE])
    hearing = Hearing(detector, judge, transcriber)
    return Staff(brain, hearing, brain.replier(phrasebook), phrasebook)


@asynccontextmanager
async def open_service(settings: Sections, events: EventStream) -> AsyncIterator[Service]:
    """Models, LiveKit and rooms; ready when it yields. Raises ModelError before anything listens,
    ConfigError, StoreError, RoomError."""
    from voicebot.rooms.dispatch import Dispatcher
    from voicebot.rooms.livekit import RoomBot
    from voicebot.rooms.livekit_api import LiveKitRooms

    files = Files.of(settings)
    await asyncio.to_thread(files.require, ROLES)
    async with AsyncExitStack() as stack:
        opening = asyncio.ensure_future(_open_staff(settings, files, events.emit))
        try:
            endpoint = await _endpoint(settings, stack)
        except BaseException:
            opening.cancel()
            await asyncio.wait([opening])
            raise
        staff = await opening
        stack.push_async_callback(asyncio.to_thread, staff.brain.desk.close)
        rooms = LiveKitRooms(endpoint)
        stack.push_async_callback(rooms.aclose)

        def make_bot(room: str) -> RoomBot:
            timeout = settings.rooms.empty_timeout
            return RoomBot(room, endpoint, staff.serve, emit=events.emit, empty_timeout=timeout)

        dispatcher = Dispatcher(settings.rooms, rooms, make_bot, events.emit)
        await dispatcher.start()
        stack.push_async_callback(dispatcher.stop)
        learning = asyncio.create_task(staff.phrasebook.learn(phrases.FIXED))
        stack.push_async_callback(_cancelled, learning)
        yield Service(endpoint, dispatcher)


async def _endpoint(settings: Sections, stack: AsyncExitStack) -> Endpoint:
    """The LiveKit server of the settings, or our own, which is started."""
    from voicebot.rooms.names import Endpoint
    from voicebot.rooms.server import OwnServer

    livekit = settings.livekit
    if livekit.url:
        return Endpoint(livekit.url, livekit.api_key, livekit.api_secret.get_secret_value())
    webhook = f"http://127.0.0.1:{settings.http.port}/webhook"
    return await stack.enter_async_context(OwnServer(livekit, webhook_url=webhook))


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
