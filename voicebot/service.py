"""The stages put to work: a brain that answers in text, a staff that serves rooms."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.closing import close
from voicebot.config import Sections
from voicebot.conversation import Conversation
from voicebot.cross_encoder import CrossEncoder
from voicebot.desk import Desk
from voicebot.dialogue import phrases, prompt
from voicebot.dialogue.flow import Flow
from voicebot.dialogue.history import History
from voicebot.ears import Hearing
from voicebot.endings import Endings
from voicebot.errors import StageError
from voicebot.events import Emit, EventStream
from voicebot.grounding import Grounding
from voicebot.judging import Judge
from voicebot.phrasebook import Phrasebook
from voicebot.recorder import Recorder
from voicebot.reply import Replier
from voicebot.session import Dialogue
from voicebot.small_talk import SmallTalk
from voicebot.speaker import Speaker
from voicebot.stages import Acoustics, Card, Embedder, Knowledge, LanguageModel, Line, Synthesizer
from voicebot.telemetry.turns import TurnLog, TurnRecord
from voicebot.understand import Understander

if TYPE_CHECKING:
    from voicebot.rooms.dispatch import Dispatcher
    from voicebot.rooms.fleet import Fleet
    from voicebot.rooms.names import Endpoint
    from voicebot.rooms.worker import AgentWorker


@dataclass(frozen=True)
class Brain:
    """All that answers, sound left out."""

    settings: Sections
    desk: Desk
    understander: Understander
    model: LanguageModel
    emit: Emit
    judge: Judge | None = None
    endings: Endings | None = None
    cross_encoder: CrossEncoder | None = None

    def replier(self, synthesizer: Synthesizer) -> Replier:
        return Replier(
            rules=Flow(self.desk.index, proof=self.settings.store.verify),
            desk=self.desk,
            understander=self.understander,
            grounding=self.grounding(),
            small_talk=SmallTalk(
                self.model, self.settings.conversation.shop, self.settings.llm.temperature
            ),
            speaker=Speaker(synthesizer),
        )

    def grounding(self) -> Grounding:
        return Grounding(
            self.model,
            threshold=self.settings.knowledge.threshold,
            judge=self.judge,
            writes=self.settings.llm.compose == "checked",
            reads=self.cross_encoder,
        )

    def dialogue(self, room: str) -> Dialogue:
        history = History(self.settings.conversation.history_turns)
        return Dialogue(room, f"{room}:{uuid.uuid4().hex[:12]}", history, self.emit)

    def typed(self) -> TypedDialogue:
        """A dialogue in text."""
        return TypedDialogue(self.replier(_Mute()), self.dialogue("typed"))


class _Mute:
    """Stands where nothing is spoken."""

    def synthesize(self, text: str, *, ahead: bool = False) -> Any:
        raise NotImplementedError("a typed dialogue is not spoken")


@dataclass(frozen=True)
class TypedDialogue:
    """The whole way of a reply but for sound."""

    replier: Replier
    dialogue: Dialogue

    async def say(self, text: str, acoustics: Acoustics | None = None) -> str:
        """The answer; its events go where the brain's go. acoustics: of words that were spoken."""
        self.dialogue.begin_turn(cause="typed")
        self.dialogue.acoustics = acoustics
        parts = [part async for part in self.replier.words(self.dialogue, text)]
        answer = "".join(part for part in parts if not isinstance(part, Card)).strip()
        self.dialogue.end_turn(text, answer, answer)
        return answer


def _close_later(stack: AsyncExitStack, parts: Iterable[object]) -> None:
    """Have each part that can be closed closed when the stack is left."""
    for part in parts:
        stack.push_async_callback(close, part)


async def _open_brain(settings: Sections, files: Files, emit: Emit, stack: AsyncExitStack) -> Brain:
    def knowing() -> tuple[Embedder, Knowledge]:
        embedder = assemble.open_embedder(settings, files, emit)
        return embedder, assemble.open_knowledge(settings, embedder)

    def thinking() -> tuple[LanguageModel, Judge | None]:
        model = assemble.open_model(settings, files, emit)
        return model, assemble.open_answer_judge(settings, files, model)

    (model, judge), (embedder, knowledge), desk = await asyncio.gather(
        asyncio.to_thread(thinking),
        asyncio.to_thread(knowing),
        asyncio.to_thread(assemble.open_desk, settings),
    )
    _close_later(stack, (embedder, knowledge, model, judge, desk))
    understander = Understander(
        embedder,
        knowledge,
        model,
        {tool.name: tool.examples for tool in desk.tools},
        passages=settings.knowledge.passages,
        own=frozenset(tool.name for tool in desk.tools if tool.own),
    )
    await understander.prepare()
    return Brain(
        settings,
        desk,
        understander,
        model,
        emit,
        judge,
        assemble.open_endings(files, embedder),
        assemble.open_cross_encoder(files, embedder),
    )


@asynccontextmanager
async def open_brain(settings: Sections, events: EventStream) -> AsyncIterator[Brain]:
    """What `ask` needs: no sound, no rooms. Raises ModelError, ConfigError, StoreError."""
    files = Files.of(settings)
    needed = {"llm", "embedding"} & set(assemble.local_roles(settings))
    await asyncio.to_thread(files.require, needed)
    async with AsyncExitStack() as stack:
        brain = await _open_brain(settings, files, events.emit, stack)
        if brain.judge:  # else every question would have to wait for it anew
            await brain.judge.warm()
        yield brain


@dataclass
class Service:
    """Everything that runs under `serve`. endpoint: the LiveKit server that it serves."""

    endpoint: Endpoint
    dispatcher: Dispatcher
    worker: AgentWorker | None = None

    def ready_problems(self) -> list[str]:
        """Why a new customer would not be served; empty: one would be."""
        troubles = [self.dispatcher.trouble, self.worker.trouble if self.worker else ""]
        problems = [trouble for trouble in troubles if trouble]
        return [*problems, "every place is taken"] if self.dispatcher.full else problems


@dataclass(frozen=True)
class Staff:
    """The models and rules that serve customers, any number at once."""

    brain: Brain
    hearing: Hearing
    replier: Replier
    phrasebook: Phrasebook = field(repr=False)
    recorder: Recorder = field(default_factory=Recorder)

    async def serve(self, line: Line) -> None:
        """One customer, from greeting to leaving. Cancelling it falls silent."""
        settings = self.brain.settings
        turns, vad = settings.turns, settings.vad
        try:
            async with self.recorder.recording(line.room, turns, vad) as recording:
                await Conversation(
                    line,
                    self.hearing,
                    self.replier,
                    self.brain.dialogue(line.room),
                    turns=turns,
                    vad=vad,
                    welcome=settings.conversation.welcome,
                    recording=recording,
                ).run()
        finally:
            await asyncio.to_thread(_give_back_memory)

    async def rehearse(self) -> None:
        """What makes later answers quicker and no customer has to wait for: the model's prompts
        and the bot's own phrases. Cancelling keeps what is done."""
        await self.brain.model.warm(prompt.to_sort())
        if self.brain.judge:
            await self.brain.judge.warm()
        await self.brain.model.warm(prompt.to_talk(self.brain.settings.conversation.shop))
        with suppress(StageError):  # what is not learnt now is spoken when it is needed
            await self.phrasebook.learn(phrases.FIXED)
        await asyncio.to_thread(_give_back_memory)


async def _open_staff(settings: Sections, files: Files, emit: Emit, stack: AsyncExitStack) -> Staff:
    """All models, loaded side by side; the greeting is synthesised, so that it sounds at once."""

    async def speaking() -> Phrasebook:
        synthesizer = await asyncio.to_thread(assemble.open_synthesizer, settings, files, emit)
        _close_later(stack, (synthesizer,))
        phrasebook = Phrasebook(synthesizer)
        await phrasebook.learn([settings.conversation.welcome, phrases.TROUBLE])
        return phrasebook

    brain, transcriber, phrasebook, detector, judge = await asyncio.gather(
        _open_brain(settings, files, emit, stack),
        asyncio.to_thread(assemble.open_transcriber, settings, files, emit),
        speaking(),
        asyncio.to_thread(assemble.open_detector, files),
        asyncio.to_thread(assemble.open_judge, files),
    )
    _close_later(stack, (transcriber, judge))
    await asyncio.to_thread(_set_aside)
    await asyncio.to_thread(_give_back_memory)
    hearing = Hearing(detector, judge, transcriber, brain.endings)
    return Staff(brain, hearing, brain.replier(phrasebook), phrasebook)


@asynccontextmanager
async def open_staff(settings: Sections, events: EventStream) -> AsyncIterator[Staff]:
    """All that serves a customer, LiveKit left out. Raises ModelError, ConfigError, StoreError."""
    files = Files.of(settings)
    await asyncio.to_thread(files.require, assemble.local_roles(settings))
    async with AsyncExitStack() as stack:
        yield await _open_staff(settings, files, events.emit, stack)


@asynccontextmanager
async def open_service(settings: Sections, events: EventStream) -> AsyncIterator[Service]:
    """Models, LiveKit and rooms; ready when it yields. Raises ModelError before anything listens,
    ConfigError, StoreError, RoomError."""
    files = Files.of(settings)
    await asyncio.to_thread(files.require, assemble.local_roles(settings))
    async with AsyncExitStack() as stack:
        endpoint = await _endpoint(settings, stack)
        recorder = Recorder(settings.recording)
        tidying = asyncio.create_task(recorder.tidy())
        stack.push_async_callback(partial(_cancelled, tidying))
        staff = await _open_staff(settings, files, events.emit, stack)
        staff = replace(staff, recorder=recorder)
        service = await open_rooms(settings, endpoint, staff.serve, events, stack)
        rehearsal = asyncio.create_task(staff.rehearse())
        stack.push_async_callback(partial(_cancelled, rehearsal))
        yield service


async def open_rooms(
    settings: Sections,
    endpoint: Endpoint,
    serve: Callable[[Line], Awaitable[None]],
    events: EventStream,
    stack: AsyncExitStack,
) -> Service:
    """Bots for the rooms of a LiveKit server, brought as `livekit.dispatch` says; `serve` talks
    with each customer. Raises StoreError."""
    from voicebot.rooms.dispatch import Dispatcher
    from voicebot.rooms.livekit import RoomBot
    from voicebot.rooms.livekit_api import LiveKitRooms

    by_jobs = settings.livekit.dispatch == "worker"
    rooms = LiveKitRooms(endpoint, agent=settings.livekit.agent_name if by_jobs else "")
    stack.push_async_callback(rooms.aclose)

    def make_bot(room: str) -> RoomBot:
        timeout = settings.rooms.empty_timeout
        return RoomBot(room, endpoint, serve, emit=events.emit, empty_timeout=timeout)

    fleet = await _open_fleet(settings, stack) if by_jobs else None
    dispatcher = Dispatcher(settings.rooms, rooms, make_bot, events.emit, fleet)
    if fleet is not None:
        fleet.freed = dispatcher.look_now
    await dispatcher.start()
    stack.push_async_callback(dispatcher.stop)
    worker = _open_worker(settings, endpoint, dispatcher, events, stack) if by_jobs else None
    return Service(endpoint, dispatcher, worker)


async def _open_fleet(settings: Sections, stack: AsyncExitStack) -> Fleet:
    """This box among those that share its database. Raises StoreError."""
    from voicebot.rooms.fleet import Fleet

    book = await asyncio.to_thread(assemble.open_book, settings)
    _close_later(stack, (book,))
    fleet = Fleet(book)
    await fleet.start()
    stack.push_async_callback(fleet.stop)
    return fleet


def _open_worker(
    settings: Sections,
    endpoint: Endpoint,
    dispatcher: Dispatcher,
    events: EventStream,
    stack: AsyncExitStack,
) -> AgentWorker:
    """Registers this box with LiveKit, which from then on gives it jobs."""
    from voicebot.rooms.worker import AgentWorker

    rooms, name = settings.rooms, settings.livekit.agent_name
    worker = AgentWorker(endpoint, dispatcher, name=name, most=rooms.max, box=rooms.box_name)
    dispatcher.watch = worker.told

    def waited(record: TurnRecord) -> None:
        if "voice_to_voice" in record.ms:
            worker.waited(record.ms["voice_to_voice"] / 1000)

    stack.enter_context(events.listening(TurnLog(waited)))
    running = asyncio.create_task(worker.run(), name="agent worker")
    stack.push_async_callback(partial(_cancelled, running))
    return worker


async def _endpoint(settings: Sections, stack: AsyncExitStack) -> Endpoint:
    """The LiveKit server of the settings, or our own, which is started."""
    from voicebot.rooms.names import Endpoint
    from voicebot.rooms.server import OwnServer

    livekit = settings.livekit
    if livekit.url:
        return Endpoint(livekit.url, livekit.api_key, livekit.api_secret.get_secret_value())
    webhook = _webhook(settings) if livekit.dispatch == "webhook" else ""
    return await stack.enter_async_context(OwnServer(livekit, webhook_url=webhook))


def _webhook(settings: Sections) -> str:
    """Where our own livekit-server, on this box, finds our HTTP side."""
    host = settings.http.host
    if host in ("", "0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.http.port}/webhook"


def _set_aside() -> None:
    """What has been loaded stays, libraries and all: each full collection that looked through it
    held up the event loop, for 150 ms."""
    gc.collect()
    gc.freeze()


def _give_back_memory() -> None:
    """Loading models and long answers leave holes in the heap that glibc keeps unless asked."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
