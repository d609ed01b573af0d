"""The settings: frozen sections with every default. `settings.py` reads them from their sources."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class LiveKit(Section):
    url: str = Field("", description="ws:// or wss:// URL; empty: run a livekit-server beside us")
    api_key: str = Field("", description="empty with an empty url: made at start")
    api_secret: SecretStr = SecretStr("")
    port: int = Field(7880, description="of our own livekit-server")
    node_ip: str = Field("127.0.0.1", description="address that our own livekit-server offers")
    server: str = Field("", description="the livekit-server program; empty: PATH, then the cache")
    webhook_url: str = Field("", description="where our livekit-server sends webhooks; empty: us")
    dispatch: Literal["webhook", "worker"] = Field(
        "webhook", description="how we hear of customers; worker: LiveKit spreads rooms over boxes"
    )
    agent_name: str = Field("", description="of workers, for explicit dispatch; empty: every room")


class Http(Section):
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    api_key: SecretStr = Field(SecretStr(""), description="empty: only loopback may spawn, watch")
    public_livekit_url: str = Field("", description="what browsers are told; empty: livekit.url")
    allowed_origins: tuple[str, ...] = ()


class Rooms(Section):
    max: int = Field(4, ge=1)
    empty_timeout: float = Field(5.0, ge=0, description="seconds after the last customer")
    reconcile_interval: float = Field(15.0, gt=0, description="seconds between looks at the rooms")
    prefix: str = Field("", description="serve only rooms whose name begins so")
    drain: float = Field(8.0, ge=0, description="seconds that calls get to end, once asked to stop")
    box: str = Field("", max_length=200, description="our name among boxes; empty: the host's")

    @property
    def box_name(self) -> str:
        return self.box or socket.gethostname()


class Vad(Section):
    threshold: float = Field(0.5, gt=0, lt=1)
    min_level_db: float = Field(-55.0, description="dBFS; below it nothing is speech")


class Turns(Section):
    """Milliseconds of silence or speech."""

    min_speech: int = Field(96, description="voice before it counts as speech")
    listen_after: int = Field(64, description="silence after which it is transcribed and judged")
    judge_after: int = Field(192, description="enough silence after what is judged finished")
    patience: int = Field(1000, description="silence that ends a turn judged unfinished")
    likely_patience: int = Field(800, description="the same where the words may be all")
    expected_silence: int = Field(256, description="enough silence when a short answer is expected")
    whole_silence: int = Field(256, description="enough silence after a bare yes, no or thanks")
    complete_patience: int = Field(480, description="the same after a whole number")
    identifier_patience: int = Field(1600, description="the same while a number is being spoken")
    max_turn: int = Field(30_000, description="a turn is taken after so much, whatever is said")
    barge_in: int = Field(96, description="voice at which the bot stops, to hear what it is")
    judge_threshold: float = Field(0.5, gt=0, lt=1)


class FasterWhisper(Section):
    model: str = Field("", description="a model's name or a folder; empty: the profile's")
    threads: int = Field(1, ge=1, description="CPU threads; more wait for each other at every word")
    device: Literal["auto", "cpu", "cuda"] = "auto"
    min_window: float = Field(8.0, description="seconds; shorter windows make whisper loop")
    margin: float = Field(2.0, description="seconds of window beyond the speech")
    hint: str = Field("", description="what customers of this shop say; empty: our own, in English")


class OpenAI(Section):
    """A server with OpenAI's API. Times in seconds, prices in any one currency."""

    base_url: str = "https://api.openai.com/v1"
    model: str = ""
    api_key_env: str = Field("OPENAI_API_KEY", description="empty: the server wants no key")
    connect_timeout: float = Field(1.0, gt=0)
    first_timeout: float = Field(3.0, gt=0, description="until the first word, sound or the text")
    timeout: float = Field(10.0, gt=0, description="waited for all of an answer")
    headers: dict[str, str] = Field({}, description="sent besides; never shown", repr=False)
    body: dict[str, Any] = Field({}, description="fields that every request gets besides")
    omit: tuple[str, ...] = Field((), description="fields that this server refuses")


class OpenAIStt(OpenAI):
    model: str = "whisper-1"
    prompt: str = Field("", description="words and names that the shop's customers use")
    price_minute: float = Field(0.0, ge=0)


class OpenAILlm(OpenAI):
    model: str = "gpt-4o-mini"
    temperature: float = Field(0.7, ge=0, le=2)
    max_tokens: int = Field(150, ge=1)
    choose_by: Literal["tools", "tool", "schema"] = Field(
        "tools", description="a tool for each choice, one tool with a list, or a JSON schema"
    )
    logprobs: bool = Field(True, description="whether the server tells them")
    price_in: float = Field(0.0, ge=0, description="of a million tokens")
    price_out: float = Field(0.0, ge=0, description="of a million tokens")


class OpenAITts(OpenAI):
    model: str = "tts-1"
    voice: str = "alloy"
    speed: float = Field(1.1, ge=0.25, le=4)
    sample_rate: int = Field(24_000, ge=8000, description="Hz of the server's PCM")
    price_characters: float = Field(0.0, ge=0, description="of a million characters")


class OpenAIEmbedding(OpenAI):
    model: str = "text-embedding-3-small"
    dimensions: int = Field(1536, ge=1, description="of a vector")
    price_in: float = Field(0.0, ge=0, description="of a million tokens")


HEDGE = Field(0, ge=0, description="ms after which the fallback starts beside it; 0: never")


class Stt(Section):
    backend: Literal["faster_whisper", "openai"] = "faster_whisper"
    fallback: Literal["", "faster_whisper", "openai"] = ""
    hedge_ms: int = HEDGE
    faster_whisper: FasterWhisper = FasterWhisper()
    openai: OpenAIStt = OpenAIStt()


class LlamaCpp(Section):
    model: str = Field("", description="a model's name or a .gguf file; empty: the profile's")
    threads: int = Field(2, ge=1)
    context: int = Field(2048, ge=256, description="tokens")
    gpu_layers: int = Field(-1, description="layers on the GPU where there is one; -1: all")


class Llm(Section):
    backend: Literal["llama_cpp", "openai"] = "llama_cpp"
    fallback: Literal["", "llama_cpp", "openai"] = ""
    hedge_ms: int = HEDGE
    temperature: float = Field(0.7, ge=0, le=2)
    max_tokens: int = Field(150, ge=1)
    compose: Literal["never", "checked"] = Field(
        "never", description="answer from documents in its own words, held against their text"
    )
    llama_cpp: LlamaCpp = LlamaCpp()
    openai: OpenAILlm = OpenAILlm()


class Piper(Section):
    voice: str = Field("", description="a voice's name or its .onnx file; empty: the profile's")
    speed: float = Field(1.1, gt=0.3, lt=3)
    threads: int = Field(2, ge=1)


class Tts(Section):
    backend: Literal["piper", "openai"] = "piper"
    fallback: Literal["", "piper", "openai"] = ""
    hedge_ms: int = HEDGE
    piper: Piper = Piper()
    openai: OpenAITts = OpenAITts()


class Embedding(Section):
    backend: Literal["sentence_transformers", "openai"] = "sentence_transformers"
    model: str = Field("", description="a model's name or folder; empty: the profile's")
    threads: int = Field(2, ge=1)
    openai: OpenAIEmbedding = OpenAIEmbedding()


class Models(Section):
    profile: str = "small"
    folder: Path | None = Field(None, description="empty: the cache folder's models")


class Knowledge(Section):
    folder: Path = Path("data/pdfs")
    index: Path = Path("data/index")
    threshold: float = Field(
        0.45, gt=0, lt=1, description="chance of being right below which we say that we don't know"
    )
    judge: Literal["auto", "always", "never"] = Field(
        "auto", description="ask the llm whether a sentence answers; auto: if it is good at it"
    )
    passages: int = Field(8, ge=1)


class Store(Section):
    url: str = Field("sqlite:///data/store.db", repr=False)  # it may hold a password
    shop: Path | None = Field(None, description="a Python file that reads the shop's own system")
    verify: Literal["last_name", "postcode", "email", "none"] = "last_name"
    return_days: int = Field(30, ge=0, description="0: no limit")
    attempts: int = Field(3, ge=1, description="wrong answers before an order is locked")
    lockout: float = Field(900.0, description="seconds that an order stays locked")


class Tools(Section):
    files: tuple[Path, ...] = Field((), description="Python files with tools of the shop's own")
    timeout: float = Field(5.0, gt=0, description="seconds that a tool may take")


class Conversation(Section):
    welcome: str = "Hello! How can I help you today?"
    history_turns: int = Field(3, ge=0)
    language: str = "en"
    shop: str = Field("the shop", description="its name, as spoken")


class Kiosk(Section):
    """How the page looks and what it says."""

    name: str = Field("", description="of the shop, on the page; empty: conversation.shop")
    welcome: str = Field("How can we help?", description="above the button that begins")
    colour: str = Field("#0f5c4c", pattern=r"^#[0-9a-fA-F]{6}$", description="of the shop, #rrggbb")
    appearance: Literal["auto", "light", "dark"] = Field(
        "auto", description="auto: as the screen's system is set"
    )
    logo: Path | None = Field(None, description="an .svg or .png file")
    questions: tuple[str, ...] = Field(
        (
            "Where is my order?",
            "I want to return my order",
            "Which headphones do you have?",
            "How long does delivery take?",
        ),
        max_length=6,
        description="offered to be tapped",
    )
    idle_timeout: int = Field(
        90, ge=0, description="seconds without a word or a touch; then the customer is forgotten"
    )


class Logging(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = False
    words: bool = Field(False, description="write what customers say into the log")
    unanswered: Path = Field(
        Path("data/unanswered.json"), description="where questions without an answer are counted"
    )


class Recording(Section):
    """Calls kept on disk, with customers' voices in them."""

    calls: bool = Field(False, description="keep what is heard, and the turn-taking in it")
    folder: Path = Path("data/recordings")
    days: int = Field(7, ge=1, description="a recording is deleted after so many")
    megabytes: int = Field(1000, ge=1, description="of all recordings; the oldest go first")


class Sections(Section):
    livekit: LiveKit = LiveKit()
    http: Http = Http()
    rooms: Rooms = Rooms()
    models: Models = Models()
    vad: Vad = Vad()
    turns: Turns = Turns()
    stt: Stt = Stt()
    llm: Llm = Llm()
    tts: Tts = Tts()
    embedding: Embedding = Embedding()
    knowledge: Knowledge = Knowledge()
    store: Store = Store()
    tools: Tools = Tools()
    conversation: Conversation = Conversation()
    kiosk: Kiosk = Kiosk()
    logging: Logging = Logging()
    recording: Recording = Recording()
