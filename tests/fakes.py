"""Fast stages behind the Protocols, and a line whose clock is turned by the test.

A customer's words are sounds of a loudness of their own, so that the transcriber hears exactly
what is in the piece of sound that it is given.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import SPEAKING_RATE, STEP, Pcm, Speech, Waveform, samples
from voicebot.desk import Desk
from voicebot.dialogue.flow import Flow
from voicebot.dialogue.history import History
from voicebot.errors import EmbeddingError, LlmError, SttError, TtsError
from voicebot.events import Event
from voicebot.grounding import Grounding
from voicebot.reply import Replier
from voicebot.session import Dialogue
from voicebot.small_talk import SmallTalk
from voicebot.speaker import Speaker
from voicebot.stages import (
    AgentState,
    Asked,
    Card,
    Generation,
    Heard,
    Hit,
    Message,
    Reset,
    Sound,
    Transcript,
    Typed,
    Waits,
)
from voicebot.understand import Understander

E = TypeVar("E", bound=Event)
PATIENCE = 5.0  # seconds that a test waits for what must come; it never takes so long
LINE_QUEUE = samples(0.2, SPEAKING_RATE)
PER_WORD = samples(0.1, SPEAKING_RATE)  # of synthesised speech


# ------------------------------------------------------------------ waiting for what happens


class Journal:
    """All that has happened, in order, and a way to wait for more."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Event()

    def emit(self, event: Event) -> None:
        self.events.append(event)
        self.changed()

    def changed(self) -> None:
        self._changed.set()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    async def until(self, met: Callable[[], bool]) -> None:
        """Until it is so. Raises TimeoutError, with what has happened, if it never is."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not met():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"it never came; there were {self.kinds()}") from None

    async def next(self, kind: type[E], nth: int = 1) -> E:
        """The nth event of that kind, from the beginning."""
        await self.until(lambda: len(self.of(kind)) >= nth)
        return self.of(kind)[nth - 1]


async def settled(rounds: int = 50) -> None:
    """Let everything go on that can without anything from outside."""
    for _ in range(rounds):
        await asyncio.sleep(0)


# ------------------------------------------------------------------ the customer's voice

SILENCE: Waveform = np.zeros(STEP, np.float32)


class Voice:
    """Turns words into sound that `ScriptedTranscriber` can read. Shared by customers."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def sound(self, text: str, seconds: float = 0.64) -> list[Sound]:
        if text not in self._texts:
            self._texts.append(text)
        loudness = 0.25 + self._texts.index(text) / 1024
        steps = max(1, round(seconds * 16_000 / STEP))
        return [Sound(np.full(STEP, loudness, np.float32))] * steps

    def words(self, wave: Waveform) -> str:
        changes = np.flatnonzero(np.diff(wave, prepend=np.float32(0)))
        heard = [loudness for loudness in wave[changes].tolist() if loudness > 0.1]
        return " ".join(self._texts[round((loudness - 0.25) * 1024)] for loudness in heard)


def silence(seconds: float) -> list[Sound]:
    return [Sound(SILENCE)] * max(1, round(seconds * 16_000 / STEP))


# ------------------------------------------------------------------ the line


@dataclass
class Segment:
    text: str = ""
    final: bool = False
    updates: int = 0


class FakeLine:
    """A Line that plays as fast as the test says.

    `instant`: all sound is heard as soon as it is given. Otherwise at most 200 ms are queued, and
    `advance` lets time pass.
    """

    def __init__(self, journal: Journal, room: str = "desk-1", *, instant: bool = True) -> None:
        self.room, self.customer, self.instant = room, f"customer-of-{room}", instant
        self.states: list[AgentState] = []
        self.cards: list[Card] = []
        self.asked: list[Asked] = []
        self.customer_segments: dict[str, Segment] = {}
        self.bot_segments: dict[str, Segment] = {}
        self.flushes = 0
        self.volumes: list[float] = []  # that were set, each other than the one before
        self.queued = 0
        self.most_queued = 0
        self._played = 0
        self._journal = journal
        self.at_once = False  # all that waits is handed over without a breath in between
        self._inbox: asyncio.Queue[Heard | None] = asyncio.Queue()
        self._left = False
        self._waiting = False  # for the customer, having taken all there was
        self._moved = asyncio.Event()

    # ---- what the test does

    def hear(self, *heard: Heard) -> None:
        for one in heard:
            self._inbox.put_nowait(one)

    def type(self, text: str) -> None:
        self.hear(Typed(text))

    def reset(self) -> None:
        self.hear(Reset())

    def leave(self) -> None:
        self._left = True
        self._inbox.put_nowait(None)

    async def advance(self, seconds: float) -> None:
        """So much time passes, in steps of 10 ms."""
        step = SPEAKING_RATE // 100
        await settled()
        for _ in range(round(seconds * 100)):
            taken = min(step, self.queued)
            self.queued -= taken
            self._played += taken
            self._move()
            await settled(5)

    def taken(self) -> bool:
        """Whether all that was heard so far has been taken."""
        return self._inbox.empty() and (self._waiting or self._left)

    @property
    def said(self) -> list[str]:
        """What was captioned, segment by segment."""
        return [segment.text.strip() for segment in self.bot_segments.values()]

    # ---- the Protocol

    async def heard(self) -> AsyncIterator[Heard]:
        while (one := await self._next()) is not None:
            yield one
            if not self.at_once:
                await settled(3)  # frames come one by one, and the loop runs between them

    async def play(self, pcm: Pcm) -> None:
        if self.instant:
            self._played += len(pcm)
            await asyncio.sleep(0)
            return
        left, flushes = len(pcm), self.flushes
        while left:
            taken = min(left, LINE_QUEUE - self.queued)
            self.queued += taken
            self.most_queued = max(self.most_queued, self.queued)
            left -= taken
            if left:
                await self._wait()
            if self.flushes != flushes:
                return

    def flush(self) -> None:
        self.flushes += 1
        self.queued = 0
        self._move()

    def volume(self, gain: float) -> None:
        if gain != ([1.0, *self.volumes])[-1]:
            self.volumes.append(gain)

    @property
    def played(self) -> int:
        return self._played

    async def drained(self) -> None:
        while self.queued:
            await self._wait()

    async def show_state(self, state: AgentState) -> None:
        self.states.append(state)
        self._journal.changed()

    async def show_customer(self, segment: str, text: str, *, final: bool) -> None:
        shown = self.customer_segments.setdefault(segment, Segment())
        shown.text, shown.final, shown.updates = text, final, shown.updates + 1
        self._journal.changed()

    async def show_bot(self, segment: str, delta: str, *, final: bool) -> None:
        shown = self.bot_segments.setdefault(segment, Segment())
        assert not shown.final, "a segment that was closed goes on"
        shown.text += delta
        shown.final, shown.updates = final, shown.updates + 1
        self._journal.changed()

    async def show_bot_cut(self, segment: str, heard: str) -> None:
        shown = self.bot_segments[segment]
        assert not shown.final, "a segment that was closed is cut"
        shown.text, shown.final, shown.updates = heard, True, shown.updates + 1
        self._journal.changed()

    async def show_card(self, card: Card) -> None:
        self.cards.append(card)

    async def show_asked(self, asked: Asked) -> None:
        self.asked.append(asked)
        self._journal.changed()
        self._journal.changed()

    async def _next(self) -> Heard | None:
        if self._inbox.empty():
            self._waiting = True
            self._journal.changed()
        one = await self._inbox.get()
        self._waiting = False
        return one

    def _move(self) -> None:
        self._moved.set()
        self._journal.changed()

    async def _wait(self) -> None:
        self._moved.clear()
        await self._moved.wait()


# ------------------------------------------------------------------ hearing


class _LoudIsVoice:
    def __init__(self, detector: ScriptedDetector) -> None:
        self._detector = detector

    def probability(self, step: Waveform) -> float:
        self._detector.asked += 1
        return 0.95 if float(np.max(np.abs(step))) > 0.1 else 0.02

    def reset(self) -> None:
        pass


class ScriptedDetector:
    """Whatever is loud is voice. streams: how many were opened; asked: steps it has judged."""

    def __init__(self) -> None:
        self.streams = self.asked = 0

    def stream(self) -> _LoudIsVoice:
        self.streams += 1
        return _LoudIsVoice(self)


@dataclass
class Gate:
    """Holds back whoever passes while it is shut, and counts."""

    shut: bool = False
    entered: int = 0
    left: int = 0
    cancelled: int = 0
    _opened: asyncio.Event = field(default_factory=asyncio.Event)
    _reached: asyncio.Event = field(default_factory=asyncio.Event)

    def close(self) -> None:
        self.shut = True
        self._opened.clear()
        self._reached.clear()

    def open(self) -> None:
        self.shut = False
        self._opened.set()

    async def reached(self) -> None:
        """Until somebody has come to it since it was closed."""
        async with asyncio.timeout(PATIENCE):
            await self._reached.wait()

    async def passed(self) -> None:
        self.entered += 1
        self._reached.set()
        try:
            if self.shut:
                await self._opened.wait()
            else:
                await asyncio.sleep(0)
            self.left += 1
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    @property
    def inside(self) -> int:
        return self.entered - self.left - self.cancelled


class ScriptedJudge:
    """`probability` is its answer; `gate` holds it back."""

    def __init__(self, probability: float = 0.95) -> None:
        self.probability = probability
        self.gate = Gate()

    async def finished(self, utterance: Waveform) -> float:
        await self.gate.passed()
        return self.probability


class ScriptedAcoustics:
    """Fits `scores`, and nothing else; heard again it is `told`."""

    def __init__(
        self,
        scores: Mapping[str, float],
        *,
        told: str = "",
        broken: bool = False,
        confidence: float = 0.0,
        plain: str = "",
    ) -> None:
        self._scores, self._told, self._broken = scores, told, broken
        self.confidence, self.plain = confidence, plain
        self.hints: list[str] = []
        self.scored: list[str] = []

    async def again(self, hint: str) -> str:
        if self._broken:
            raise SttError("the sound cannot be heard")
        self.hints.append(hint)
        return self._told

    async def score(self, texts: Sequence[str]) -> tuple[float, ...]:
        if self._broken:
            raise SttError("the sound cannot be scored")
        self.scored += texts
        return tuple(self._scores.get(text, -50.0) for text in texts)


class ScriptedTranscriber:
    """Reads the sound of `voice`; `broken` makes it fail. acoustics: of all that is heard."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.gate = Gate()
        self.broken = False
        self.heard: list[str] = []
        self.after: list[str] = []  # what was said before each
        self.acoustics: ScriptedAcoustics | None = None

    async def transcribe(
        self, utterance: Waveform, *, after: str = "", waits: Waits | None = None
    ) -> Transcript:
        await self.gate.passed()
        if self.broken:
            raise SttError("the transcriber is broken")
        text = self._voice.words(utterance)
        self.heard.append(text)
        self.after.append(after)
        return Transcript(text, acoustics=self.acoustics)


# ------------------------------------------------------------------ deciding, knowing, speaking


class ScriptedModel:
    """Says `deltas`, one by one through `gate`; `fails_after` that many it fails. `open` counts
    the generations that were neither finished nor closed."""

    def __init__(self, *deltas: str) -> None:
        self.deltas: Sequence[str] = deltas
        self.requests: list[Generation] = []
        self.judged: list[str] = []
        self.odds: dict[str, float] = {}  # of yes, for texts that hold the key
        self.fails_after: int | None = None
        self.gate = Gate()
        self.open = 0
        self.given = 0

    async def generate(self, request: Generation) -> AsyncGenerator[str, None]:
        self.requests.append(request)
        self.open += 1
        try:
            for place, delta in enumerate(self.deltas):
                await self.gate.passed()
                if place == self.fails_after:
                    raise LlmError("the model is broken")
                self.given += 1
                yield delta
            if self.fails_after is not None and self.fails_after >= len(self.deltas):
                raise LlmError("the model is broken")
        finally:
            self.open -= 1

    async def weigh(
        self, prompts: Sequence[tuple[Message, ...]], words: Sequence[str]
    ) -> AsyncGenerator[tuple[float, ...], None]:
        self.open += 1
        try:
            for messages in prompts:
                await self.gate.passed()
                if self.fails_after == 0:
                    raise LlmError("the model is broken")
                self.judged.append(messages[-1].content)
                yes = next((odds for text, odds in self.odds.items() if text in self.judged[-1]), 0)
                yield (float(yes), 0.0)
        finally:
            self.open -= 1

    async def warm(self, messages: Sequence[Message]) -> None:
        pass


class LengthEmbedder:
    """A text's length, and 1; breaks where it is to fail."""

    dimension = 2
    name = "length"

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if any("fail" in text for text in texts):
            raise EmbeddingError("broken")
        return np.array([[len(text), 1.0] for text in texts], np.float32)


class WordEmbedder:
    """Words in common are similarity. Deterministic: a place of the vector for each word."""

    dimension = 4096
    name = "words"

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        await asyncio.sleep(0)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                vectors[row, zlib.crc32(word.encode()) % self.dimension] += 1.0
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


class FakeKnowledge:
    """What is found for each question; nothing for others."""

    def __init__(self, found: Mapping[str, Iterable[Hit]] | None = None) -> None:
        self.found = {question: list(hits) for question, hits in (found or {}).items()}

    async def search(self, question: str, count: int = 8) -> list[Hit]:
        await asyncio.sleep(0)
        return self.found.get(question, [])[:count]


class FakeSynthesizer:
    """A tenth of a second a word, in `pieces`. `broken`: words whose texts cannot be spoken."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.pieces = 1
        self.broken: tuple[str, ...] = ()
        self.asked: list[str] = []
        self.ahead: list[str] = []  # of these, what may wait
        self.open = self.most_open = 0

    async def synthesize(self, text: str, *, ahead: bool = False) -> AsyncGenerator[Speech, None]:
        self.asked.append(text)
        self.ahead += [text] if ahead else []
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self.gate.passed()
            if any(word in text for word in self.broken):
                raise TtsError("the voice is broken")
            sound = np.full(max(1, len(text.split())) * PER_WORD, 1000, np.int16)
            for place, piece in enumerate(np.array_split(sound, self.pieces)):
                yield Speech(piece, "" if place else text)
        finally:
            self.open -= 1


# ------------------------------------------------------------------ put together


class Kit:
    """A replier on fast stages over a real shop; conversations share it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.voice = Voice()
        self.detector, self.judge = ScriptedDetector(), ScriptedJudge()
        self.transcriber = ScriptedTranscriber(self.voice)
        self.model, self.knowledge = ScriptedModel("Fine, ", "thank you!"), FakeKnowledge()
        self.synthesizer = FakeSynthesizer()
        self.understander = Understander(
            WordEmbedder(),
            self.knowledge,
            self.model,
            {tool.name: tool.examples for tool in desk.tools},
            passages=8,
        )
        self.replier = Replier(
            rules=Flow(desk.index, proof="last_name"),
            desk=desk,
            understander=self.understander,
            grounding=Grounding(self.model, threshold=0.3),
            small_talk=SmallTalk(self.model, "Corner Audio", temperature=0.0),
            # A busy machine is no slow tool.
            speaker=Speaker(self.synthesizer, filler_after_s=None),
        )

    def dialogue(self, journal: Journal, room: str = "desk-1") -> Dialogue:
        return Dialogue(room, f"{room}:1", History(3), journal.emit)
