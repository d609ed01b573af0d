"""The stages of a conversation as Protocols: what the core needs, and nothing of how it is done.

Adapters in `backends/`, `knowledge/` and `rooms/` satisfy them by shape, local and remote alike;
tests put fast ones in their place. Every coroutine may be cancelled: work that is queued is then
dropped, work that runs on a model's thread is told to stop and ends by itself within its bound
(llama.cpp 50 ms, a TTS sentence, a whisper attempt); the caller is free at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import Pcm, Speech, Waveform

# ------------------------------------------------------------------ hearing


class VoiceStream(Protocol):
    """Voice detection for one participant: it keeps that participant's state."""

    def probability(self, step: Waveform) -> float:
        """Speech probability of the next STEP samples at 16 kHz. Under a millisecond: it is called
        on the event loop."""
        ...

    def reset(self) -> None: ...


class VoiceDetector(Protocol):
    """The shared voice model."""

    def stream(self) -> VoiceStream: ...


class TurnJudge(Protocol):
    """Whether somebody who has fallen silent has finished, from the sound alone."""

    async def finished(self, utterance: Waveform) -> float:
        """Probability that the turn is over; utterance at 16 kHz, silence at its end included."""
        ...


class Acoustics(Protocol):
    """The sound of an utterance, kept so that it can be heard once more. plain: the
    words as they were heard by who expected nothing; confidence: in these."""

    @property
    def confidence(self) -> float: ...

    @property
    def plain(self) -> str: ...

    async def again(self, hint: str) -> str:
        """The words, by a listener who was told what is likely. Raises SttError."""
        ...

    async def score(self, texts: Sequence[str]) -> tuple[float, ...]:
        """Natural log probability of each text, as if it had been all that was said (forced
        decoding). Raises SttError."""
        ...


@dataclass(frozen=True)
class Transcript:
    """What was heard. text is empty when nothing but noise was. confidence: mean log probability of
    a token, 0 is certain. window_s: the encoder window that was enough. acoustics: None where a
    transcriber keeps none, or heard more than it can at once."""

    text: str
    confidence: float = 0.0
    no_speech: float = 0.0
    window_s: float = 0.0
    attempts: int = 1
    acoustics: Acoustics | None = field(default=None, compare=False, repr=False)


# Whether a customer waits for it; asked whenever it may be its turn, on any thread.
Waits: TypeAlias = Callable[[], bool]


class Transcriber(Protocol):
    async def transcribe(
        self, utterance: Waveform, *, after: str = "", waits: Waits | None = None
    ) -> Transcript:
        """utterance at 16 kHz. after: what was said just before it. waits: None if the customer
        does. Raises SttError."""
        ...


# ------------------------------------------------------------------ deciding


@dataclass(frozen=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Option:
    """One of the answers that a request admits. word: the text that is answered; tool and
    description: what it stands for, for a model that is offered tools instead of a grammar."""

    word: str
    tool: str
    description: str


@dataclass(frozen=True)
class Generation:
    """One request to the language model. grammar: GBNF that the text must follow, or None.
    options: the same as a list, where the grammar admits nothing but their words."""

    messages: tuple[Message, ...]
    grammar: str | None = None
    options: tuple[Option, ...] = ()
    max_tokens: int = 150
    temperature: float = 0.0
    stop: tuple[str, ...] = ()


class LanguageModel(Protocol):
    def generate(self, request: Generation) -> AsyncGenerator[str, None]:
        """Text deltas as they are sampled. Closing the iterator (cancelling its task) stops
        the model within 50 ms, in prefill too. Raises LlmError."""
        ...

    def weigh(
        self, prompts: Sequence[tuple[Message, ...]], words: Sequence[str]
    ) -> AsyncGenerator[tuple[float, ...], None]:
        """For each prompt in turn, how likely its answer begins with each of the words (natural
        log probabilities; of words that begin with the same token, the same one). Nothing is
        sampled. The prompts are alike but for their last message; what these have in common at
        their ends is the question, and the texts in front of it may be kept for other questions.
        Closing it stops the model within 50 ms. Raises LlmError."""
        ...

    async def warm(self, messages: Sequence[Message]) -> None:
        """Prefill what every request begins with."""
        ...


class Embedder(Protocol):
    dimension: int
    name: str  # of the model: an index made with another cannot be used

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension). Raises EmbeddingError."""
        ...


# ------------------------------------------------------------------ knowing


@dataclass(frozen=True)
class Hit:
    """One sentence of the shop's documents. score: cosine similarity with the question, or with
    a broad one ("What is your ... policy?") that the sentence answers, whichever is larger.
    keywords: 0 to 1, how much of the question's words (rare ones count for more) the sentence, its
    title and its heading have. modified: of the file, seconds since 1970; 0 where not known.

    passage: the text around it (the sentence itself included); title and heading belong to the
    document and its section. position: the sentence's place in its passage.
    """

    sentence: str
    score: float
    source: str  # file name
    page: int  # from 1
    title: str = ""
    heading: str = ""
    passage: str = ""
    passage_id: str = ""
    position: int = 0
    keywords: float = 0.0
    modified: float = 0.0


class Knowledge(Protocol):
    async def search(self, question: str, count: int = 8) -> list[Hit]:
        """Best sentences first. An index that is missing or empty yields none."""
        ...


# ------------------------------------------------------------------ speaking


class Synthesizer(Protocol):
    def synthesize(self, text: str, *, ahead: bool = False) -> AsyncGenerator[Speech, None]:
        """text for the ear, a clause or a sentence; pieces of sound in order, the first of which
        carries the text. ahead: other sound is played first, so that whoever has none yet may go
        before it. Raises TtsError."""
        ...


# ------------------------------------------------------------------ the line to a customer

AgentState = Literal["initializing", "listening", "thinking", "speaking"]


@dataclass(frozen=True)
class Sound:
    """STEP samples of the customer at 16 kHz."""

    wave: Waveform


@dataclass(frozen=True)
class Typed:
    """Typed or tapped by the customer."""

    text: str


@dataclass(frozen=True)
class Reset:
    """The customer wants to start again."""


Heard: TypeAlias = Sound | Typed | Reset


@dataclass(frozen=True)
class Card:
    """What the page shows beside the words: kind is "order", "products", "return" or "quote"."""

    kind: str
    data: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What the open question wants: keys, yes or no, one of the options, or words. about: which
    question it is ("order_id", "last_name", "reason", "confirm", ...)."""

    kind: Literal["nothing", "number", "yes_no", "choice", "text"]
    about: str = ""
    options: tuple[str, ...] = ()


NOTHING_ASKED = Asked("nothing")


class Line(Protocol):
    """The line to one customer: what is heard in, speech and text out."""

    room: str
    customer: str  # identity

    def heard(self) -> AsyncIterator[Heard]:
        """Until the customer leaves. Its queue is bounded; when full the oldest sound goes."""
        ...

    async def play(self, pcm: Pcm) -> None:
        """Queue 48 kHz sound; returns when all of it has been taken, which is at most the queue's
        200 ms before it is heard. Cancelling it leaves what was taken in the queue: flush it."""
        ...

    def flush(self) -> None:
        """Fall silent at once: what is queued is dropped, and `play` returns."""
        ...

    def volume(self, gain: float) -> None:
        """How loud all is that sounds from now on, what is queued included; 1 at first."""
        ...

    @property
    def played(self) -> int:
        """Samples at 48 kHz that were heard since the line was opened (flushed ones were not)."""
        ...

    async def drained(self) -> None:
        """Until what is queued has been played."""
        ...

    async def show_state(self, state: AgentState) -> None: ...

    async def show_customer(self, segment: str, text: str, *, final: bool) -> None:
        """The transcript of the customer so far, whole; the same segment id replaces it."""
        ...

    async def show_bot(self, segment: str, delta: str, *, final: bool) -> None:
        """The next words of the bot's segment; final closes it."""
        ...

    async def show_bot_cut(self, segment: str, heard: str) -> None:
        """Closes the bot's segment, of which only these words were heard."""
        ...

    async def show_card(self, card: Card) -> None: ...

    async def show_asked(self, asked: Asked) -> None: ...
