"""Settings to stages: the one place that knows the backends' names.

Libraries are imported inside the branches that need them, and models are loaded in parallel, each
in a thread of its own, once for all rooms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from voicebot import cross_encoder, endings, judging
from voicebot.config import Llm, Sections, Stt, Tts
from voicebot.cross_encoder import CrossEncoder
from voicebot.desk import Desk
from voicebot.dialogue import phrases
from voicebot.endings import Endings
from voicebot.errors import LlmError, StageError, SttError, TtsError
from voicebot.events import Emit, ignore
from voicebot.judging import Fitted, Judge, Prompted
from voicebot.models import ModelStore
from voicebot.models.low_rank import read_head
from voicebot.models.places import voices_dir
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


REMOTE = {"openai", ""}
# What further outputs of the embedder are fitted for.
ANSWERING, ENDING, VERDICT = "answering", "ending", "verdict"
B = TypeVar("B")

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
        if role == "embedding" and self.settings.embedding.backend == "openai":
            return self.settings.embedding.openai.model
        return chosen or str(getattr(self.store.profile(self.settings.models.profile), role))

    def require(self, roles: Iterable[str]) -> None:
        """Raises ModelError, one line, if any file is missing or wrong."""
        names = [self.name(role) for role in roles]
        self.store.require([name for name in names if not _is_path(name)])

    def folder(self, role: str) -> Path:
        name = self.name(role)
        return Path(name).expanduser() if _is_path(name) else self.store.directory(name)

    def beside(self, pattern: str, role: str) -> Path:
        """What was fitted for the model in that role, beside the manifest, where there is any."""
        name = Path(self.name(role)).name.removesuffix(".gguf")
        return self.store.manifest.path.with_name(pattern.format(name))

    def indexer(self) -> str:
        """What an index that these models can use was made with."""
        name = self.name("embedding")
        remote = self.settings.embedding.backend == "openai"
        if remote or _is_path(name):
            return Path(name).name if _is_path(name) else name
        return self.store.fitted_name(name, ANSWERING)

    def file(self, role: str, suffix: str) -> Path:
        name = self.name(role)
        return Path(name).expanduser() if _is_path(name) else self.store.file(name, suffix)


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name


def local_roles(settings: Sections) -> tuple[str, ...]:
    """The roles for which these settings need model files."""
    stages: dict[str, Stt | Llm | Tts] = {
        "stt": settings.stt,
        "llm": settings.llm,
        "tts": settings.tts,
    }
    local = [role for role, stage in stages.items() if {stage.backend, stage.fallback} - REMOTE]
    embedding = [] if settings.embedding.backend == "openai" else ["embedding"]
    return (*local, *embedding, "turn", "vad")


def open_embedder(settings: Sections, files: Files, emit: Emit = ignore) -> Embedder:
    if settings.embedding.backend == "openai":
        from voicebot.backends.openai.embedding import OpenAIEmbedder

        return OpenAIEmbedder(settings.embedding.openai, emit)
    from voicebot.backends.sentence_transformers import OnnxEmbedder

    return OnnxEmbedder(files.folder("embedding"), threads=settings.embedding.threads)


def open_model(settings: Sections, files: Files, emit: Emit = ignore) -> LanguageModel:
    def local() -> LanguageModel:
        from voicebot.backends.llama_cpp import LlamaCpp

        how = settings.llm.llama_cpp
        return LlamaCpp(
            files.file("llm", ".gguf"),
            threads=how.threads,
            context=how.context,
            gpu_layers=how.gpu_layers,
        )

    def remote() -> LanguageModel:
        from voicebot.backends.openai.llm import OpenAIModel

        return OpenAIModel(settings.llm.openai, emit)

    from voicebot.backends.fallback import FallbackModel

    choices = {"llama_cpp": local, "openai": remote}
    return _chosen("llm", settings.llm, choices, FallbackModel, LlmError, emit)


def open_answer_judge(settings: Sections, files: Files, model: LanguageModel) -> Judge | None:
    """None where the language model is not asked if a sentence answers a question. model: what
    `open_model` gave; it has to live as long. Raises ModelError."""
    from voicebot.backends.fallback import FallbackModel
    from voicebot.backends.llama_cpp import LlamaCpp

    wanted = settings.knowledge.judge
    first = model.first if isinstance(model, FallbackModel) else model
    if wanted == "never":
        return None
    known = files.store.manifest.models.get(files.name("llm"))
    if not isinstance(first, LlamaCpp) or known is None:
        return Prompted(model) if wanted == "always" else None
    if known.derived is not None:
        from voicebot.backends.answer_judge import OnnxJudge

        file, threads = files.file("llm", ".onnx"), settings.llm.llama_cpp.threads
        worth = judging.WORTH.get(known.name, judging.SMALL)
        return Fitted(OnnxJudge(file, first.tokens, threads=threads), worth)
    return Prompted(model) if known.judges or wanted == "always" else None


def open_transcriber(settings: Sections, files: Files, emit: Emit = ignore) -> Transcriber:
    language = settings.conversation.language

    def local() -> Transcriber:
        from voicebot.backends.faster_whisper import FasterWhisper

        how = settings.stt.faster_whisper
        return FasterWhisper(
            files.folder("stt"),
            threads=how.threads,
            language=language,
            min_window_s=how.min_window,
            margin_s=how.margin,
            device=how.device,
            hint=how.hint or (phrases.LIKELY_SENTENCES if language == "en" else ""),
        )

    def remote() -> Transcriber:
        from voicebot.backends.openai.stt import OpenAITranscriber

        return OpenAITranscriber(settings.stt.openai, emit, language=language)

    from voicebot.backends.fallback import FallbackTranscriber

    choices = {"faster_whisper": local, "openai": remote}
    return _chosen("stt", settings.stt, choices, FallbackTranscriber, SttError, emit)


def open_synthesizer(settings: Sections, files: Files, emit: Emit = ignore) -> Synthesizer:
    def local() -> Synthesizer:
        from voicebot.backends.piper import PiperSynthesizer

        how = settings.tts.piper
        return PiperSynthesizer(
            files.file("tts", ".onnx"), kept=voices_dir(), speed=how.speed, threads=how.threads
        )

    def remote() -> Synthesizer:
        from voicebot.backends.openai.tts import OpenAISynthesizer

        return OpenAISynthesizer(settings.tts.openai, emit)

    from voicebot.backends.fallback import FallbackSynthesizer

    choices = {"piper": local, "openai": remote}
    return _chosen("tts", settings.tts, choices, FallbackSynthesizer, TtsError, emit)


def _chosen(
    role: str,
    stage: Stt | Llm | Tts,
    choices: Mapping[str, Callable[[], B]],
    both: Callable[..., B],
    error: type[StageError],
    emit: Emit,
) -> B:
    """The stage's backend, with its fallback where the settings name another."""
    first = choices[stage.backend]()
    if stage.fallback in ("", stage.backend):
        return first
    second = choices[stage.fallback]()
    return both(
        role,
        (stage.backend, first),
        (stage.fallback, second),
        error=error,
        emit=emit,
        hedge_s=stage.hedge_ms / 1000,
    )


def open_detector(files: Files) -> VoiceDetector:
    from voicebot.backends.silero import SileroDetector

    return SileroDetector(files.file("vad", ".onnx"))


def open_judge(files: Files) -> TurnJudge:
    from voicebot.backends.smart_turn import SmartTurn

    return SmartTurn(files.file("turn", ".onnx"))


def open_endings(files: Files, embedder: Embedder) -> Endings | None:
    """None for an embedding model that nobody has fitted it to."""
    head = read_head(files.beside(endings.FILE, "embedding"))
    fitted = _fitted(embedder, ENDING)
    return None if fitted is None or head is None else Endings(fitted, head)


def open_cross_encoder(files: Files, embedder: Embedder) -> CrossEncoder | None:
    """None for an embedding model that nobody has fitted it to."""
    head = read_head(files.beside(cross_encoder.FILE, "embedding"))
    fitted = _fitted(embedder, VERDICT)
    return None if fitted is None or head is None else CrossEncoder(fitted, head)


def for_answers(embedder: Embedder) -> Embedder:
    """The one that indexes documents and looks into them: fitted to put a question near the
    sentence that answers it, where one is."""
    return _fitted(embedder, ANSWERING) or embedder


def _fitted(embedder: Embedder, output: str) -> Embedder | None:
    from voicebot.backends.sentence_transformers import OnnxEmbedder

    return embedder.fitted(output) if isinstance(embedder, OnnxEmbedder) else None


def open_knowledge(settings: Sections, embedder: Embedder) -> Knowledge:
    from voicebot.knowledge.index import ChromaKnowledge

    return ChromaKnowledge(settings.knowledge.index, for_answers(embedder))


def open_desk(settings: Sections) -> Desk:
    from voicebot.store import Store
    from voicebot.tools.registry import load_tools

    tools = load_tools(settings.tools.files)  # first: what is wrong in them is told at once
    return Desk(Store.of(settings.store), tools, timeout=settings.tools.timeout)


def open_book(settings: Sections) -> BoxBook:
    """Which box serves which room, in the database that the boxes share."""
    from voicebot.store.boxes import BoxBook

    return BoxBook(settings.store.url, settings.rooms.box_name)
