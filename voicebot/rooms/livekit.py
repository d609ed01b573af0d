"""The bot in one LiveKit room: joins, links one customer after the other, leaves when all are gone.

What LiveKit's web clients expect of an agent (docs.livekit.io, "Agents" and "Text streams") is met
here and in line.py: kind, state, transcripts, typed input, pre-connect audio.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Literal, TypeAlias

import numpy as np
from livekit import rtc
from livekit.protocol.models import AudioTrackFeature

from voicebot.audio import HEARING_RATE, SPEAKING_RATE, Pcm
from voicebot.errors import RoomError
from voicebot.events import CustomerJoined, CustomerLeft, Emit
from voicebot.rooms import preconnect
from voicebot.rooms.line import LiveKitLine, Steps
from voicebot.rooms.livekit_api import bot_token, tapped_text
from voicebot.rooms.names import Endpoint
from voicebot.rooms.playout import QUEUE_MS, Playout
from voicebot.stages import Line, Reset, Sound, Typed

log = logging.getLogger(__name__)

Serve: TypeAlias = Callable[[Line], Awaitable[None]]
Left: TypeAlias = Literal["empty", "ended", "lost"]

CONNECT_S = 15.0
HEARING_S = 1.0  # longest wait until the customer is subscribed to our track
FRAME_MS = 32  # STEP samples a frame: a third of the wakeups of WebRTC's own 10 ms
HEARD_FRAMES = 32  # 1 s behind; then the library drops the oldest
PRECONNECT_S = 3.0  # longest wait for what was said before the connection stood
RESTART_S = 1.0
RESTARTS = 3  # of a conversation that failed, for one customer
PRECONNECT_FEATURE: int = AudioTrackFeature.TF_PRECONNECT_BUFFER
TYPED_CHARACTERS = 2000
FINISHED = (
    rtc.DisconnectReason.CLIENT_INITIATED,
    rtc.DisconnectReason.ROOM_DELETED,
    rtc.DisconnectReason.ROOM_CLOSED,
    rtc.DisconnectReason.PARTICIPANT_REMOVED,
    rtc.DisconnectReason.DUPLICATE_IDENTITY,
)


class RoomBot:
    """One stay in one room: make it, await run() once."""

    def __init__(
        self, room: str, endpoint: Endpoint, serve: Serve, *, emit: Emit, empty_timeout: float
    ) -> None:
        self._name = room
        self._endpoint = endpoint
        self._serve = serve
        self._emit = emit
        self._empty_timeout = empty_timeout
        self._room = rtc.Room()
        self._changed = asyncio.Event()  # somebody came or went, or the room is gone
        self._heard_by_some = False  # a first subscription to our track is all that LiveKit tells
        self._audible = asyncio.Event()  # the customer can hear us
        self._gone: Left | None = None
        self._line: LiveKitLine | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._before: asyncio.Future[Pcm] | None = None  # pre-connect audio of the customer
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, joined: Callable[[], None] = lambda: None) -> Left:
        """Stays until the room has been empty for a while ("empty"), has ended or thrown us out
        ("ended"), or the connection is lost for good ("lost"). Raises RoomError when it cannot
        join. Cancelling it ends the conversation and leaves the room before it returns.
        """
        self._listen()
        await self._connect()
        source = rtc.AudioSource(SPEAKING_RATE, 1, queue_size_ms=QUEUE_MS)
        playout = Playout(source, _frame)
        try:
            self._offer_methods()
            await self._publish(source)
            joined()
            return await self._customers(playout)
        finally:
            await self._leave(playout, source)

    # ---- joining and leaving

    async def _connect(self) -> None:
        options = rtc.RoomOptions(auto_subscribe=False, connect_timeout=CONNECT_S / 3)
        token = bot_token(self._endpoint, self._name)
        connecting = asyncio.create_task(self._room.connect(self._endpoint.url, token, options))
        try:
            # Never cancelled: the native side would join all the same, and stay as a ghost.
            await asyncio.shield(connecting)
        except asyncio.CancelledError:
            await asyncio.wait({connecting}, timeout=CONNECT_S)
            await self._disconnect()
            raise
        except Exception as exc:  # ConnectError, and bare ones
            raise RoomError(
                f"room {self._name} at {self._endpoint.url} cannot be joined"
                f" ({getattr(exc, 'message', exc)}): is the LiveKit server running?"
            ) from exc

    async def _publish(self, source: rtc.AudioSource) -> None:
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        try:
            async with asyncio.timeout(CONNECT_S):
                self._voice = await self._room.local_participant.publish_track(track, options)
        except Exception as exc:  # PublishTrackError, TimeoutError
            raise RoomError(f"the bot's voice cannot be published in {self._name}: {exc}") from exc

    async def _leave(self, playout: Playout, source: rtc.AudioSource) -> None:
        await self._end_tasks()
        await playout.aclose()
        await self._disconnect()
        await self._end_tasks()  # what the room still told while we left
        await source.aclose()

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _disconnect(self) -> None:
        try:
            async with asyncio.timeout(5):
                await self._room.disconnect()
        except Exception as exc:  # the room is given up either way
            log.warning("leaving room %s: %s", self._name, str(exc) or type(exc).__name__)

    # ---- what the room tells

    def _listen(self) -> None:
        room = self._room
        room.on("participant_connected", self._somebody)
        room.on("participant_active", self._on_active)
        room.on("participant_disconnected", self._somebody)
        room.on("track_published", self._on_published)
        room.on("track_subscribed", self._on_track)
        room.on("track_unsubscribed", self._on_track_gone)
        room.on("local_track_subscribed", self._on_subscribed)
        room.on("local_track_republished", self._on_republished)
        room.on("disconnected", self._on_disconnected)
        room.register_text_stream_handler("lk.chat", self._on_chat)
        room.register_byte_stream_handler(preconnect.TOPIC, self._on_preconnect)

    def _somebody(self, who: rtc.RemoteParticipant) -> None:
        self._changed.set()

    def _on_active(self, who: rtc.RemoteParticipant) -> None:
        if self._heard_by_some and self._is_customer(who.identity):
            self._audible.set()

    def _on_published(self, track: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant) -> None:
        if self._line is not None and who.identity == self._line.customer:
            self._subscribe(track)

    def _on_track(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant
    ) -> None:
        if self._line is not None and who.identity == self._line.customer:
            self._stop_hearing()
            self._line.customer_track = publication.sid
            self._hearing = self._spawn(self._hear(self._line, track, publication))

    def _on_track_gone(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant
    ) -> None:
        if self._line is not None and publication.sid == self._line.customer_track:
            self._stop_hearing()

    def _on_subscribed(self, track: rtc.Track) -> None:
        self._heard_by_some = True
        self._audible.set()

    def _on_republished(self, publication: rtc.LocalTrackPublication, old_sid: str) -> None:
        if self._line is not None:
            self._line.bot_track = publication.sid

    def _on_disconnected(self, reason: Any) -> None:
        self._gone = "ended" if reason in FINISHED else "lost"
        self._changed.set()

    # ---- customers, one after the other

    async def _customers(self, playout: Playout) -> Left:
        while self._gone is None:
            self._changed.clear()
            if (customer := self._first_customer()) is not None:
                await self._customer(customer, playout)
                continue
            try:
                async with asyncio.timeout(self._empty_timeout):
                    while self._first_customer() is None and self._gone is None:
                        await self._changed.wait()
                        self._changed.clear()
            except TimeoutError:
                return "empty"
        return self._gone

    def _first_customer(self) -> rtc.RemoteParticipant | None:
        standard = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
        people = [p for p in self._room.remote_participants.values() if p.kind == standard]
        return min(people, key=lambda p: (p.joined_at is None, p.joined_at, p.sid), default=None)

    async def _customer(self, who: rtc.RemoteParticipant, playout: Playout) -> None:
        """From link to leave."""
        line = LiveKitLine(self._name, who.identity, self._room.local_participant, playout)
        line.bot_track = self._voice.sid
        self._line = line
        self._audible = asyncio.Event()
        if self._heard_by_some and who.state == rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE:
            self._audible.set()
        self._before = asyncio.get_running_loop().create_future()
        self._emit(CustomerJoined(room=self._name, identity=who.identity))
        for publication in who.track_publications.values():
            self._subscribe(publication)
        talk = self._spawn(self._talk(line))
        try:
            while self._is_here(who):
                self._changed.clear()
                await self._changed.wait()
        finally:
            line.inbox.close()
            self._stop_hearing()
            talk.cancel()
            await asyncio.gather(talk, return_exceptions=True)
            self._line = None
            await line.aclose()
            self._emit(CustomerLeft(room=self._name, identity=who.identity))

    def _is_here(self, who: rtc.RemoteParticipant) -> bool:
        here = self._room.remote_participants.get(who.identity)
        return self._gone is None and here is not None and here.sid == who.sid

    async def _talk(self, line: LiveKitLine) -> None:
        """The conversation; a failed one is begun again, a finished one is not."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARING_S):
                await self._audible.wait()
        for _ in range(1 + RESTARTS):
            try:
                await self._serve(line)
                return
            except Exception:
                log.exception("the conversation in room %s failed", self._name)
                line.flush()
            await asyncio.sleep(RESTART_S)

    # ---- hearing

    def _subscribe(self, publication: rtc.RemoteTrackPublication) -> None:
        if publication.kind == rtc.TrackKind.KIND_AUDIO and not publication.subscribed:
            publication.set_subscribed(True)

    def _stop_hearing(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            self._hearing = None

    async def _hear(
        self, line: LiveKitLine, track: rtc.Track, publication: rtc.RemoteTrackPublication
    ) -> None:
        steps = Steps()
        async with _frames(track) as frames:
            if PRECONNECT_FEATURE in list(publication.audio_features):
                for wave in steps.cut(await self._said_before()):
                    line.inbox.put(Sound(wave))
            async for event in frames:
                for wave in steps.cut(np.frombuffer(event.frame.data, np.int16)):
                    line.inbox.put(Sound(wave))

    async def _said_before(self) -> Pcm:
        nothing: Pcm = np.zeros(0, np.int16)
        if self._before is None:
            return nothing
        try:
            async with asyncio.timeout(PRECONNECT_S):
                return await asyncio.shield(self._before)
        except TimeoutError:
            log.info("room %s: no audio from before the connection came", self._name)
            return nothing

    def _on_preconnect(self, reader: rtc.ByteStreamReader, identity: str) -> None:
        self._spawn(self._read_preconnect(reader, identity))

    async def _read_preconnect(self, reader: rtc.ByteStreamReader, identity: str) -> None:
        data = bytearray()
        try:
            async for chunk in reader:
                data += chunk
                if len(data) > preconnect.MOST_BYTES:
                    raise preconnect.DecodeError("it is too long")
            info = reader.info
            sound = await asyncio.to_thread(
                preconnect.decode, bytes(data), info.mime_type, info.attributes or {}
            )
        except (preconnect.DecodeError, rtc.StreamError) as exc:
            log.warning("room %s: audio from before the connection is lost: %s", self._name, exc)
            sound = np.zeros(0, np.int16)
        finally:
            reader.close()
        waiting = self._before
        if self._is_customer(identity) and waiting is not None and not waiting.done():
            waiting.set_result(sound)

    # ---- typed and tapped

    def _is_customer(self, identity: str) -> bool:
        return self._line is not None and self._line.customer == identity

    def _on_chat(self, reader: rtc.TextStreamReader, identity: str) -> None:
        if self._is_customer(identity):
            self._spawn(self._read_chat(reader, identity))
        else:
            reader.close()

    async def _read_chat(self, reader: rtc.TextStreamReader, identity: str) -> None:
        text = ""
        try:
            async for chunk in reader:
                text += chunk
                if len(text) > TYPED_CHARACTERS:
                    break
        except rtc.StreamError as exc:
            log.info("room %s: typed text was cut off: %s", self._name, exc)
            return
        finally:
            reader.close()
        if self._line is not None and self._is_customer(identity) and text.strip():
            self._line.inbox.put(Typed(text[:TYPED_CHARACTERS].strip()))

    def _offer_methods(self) -> None:
        for method in ("reset", "keypad", "answer"):
            self._room.local_participant.register_rpc_method(method, self._on_tapped)

    async def _on_tapped(self, call: rtc.RpcInvocationData) -> str:
        if self._line is None or not self._is_customer(call.caller_identity):
            raise rtc.RpcError(1500, "only the customer being served may do this")
        if call.method == "reset":
            self._line.inbox.put(Reset())
            return "ok"
        text = tapped_text(call.payload)[:TYPED_CHARACTERS]
        if not text or (call.method == "answer" and text.lower() not in ("yes", "no")):
            raise rtc.RpcError(1500, "answer takes yes or no; keypad takes what was keyed in")
        self._line.inbox.put(Typed(text))
        return "ok"

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("room %s: %s", self._name, error, exc_info=error)


def _frame(pcm: Pcm) -> rtc.AudioFrame:
    return rtc.AudioFrame(pcm.tobytes(), SPEAKING_RATE, 1, len(pcm))


@contextlib.asynccontextmanager
async def _frames(track: rtc.Track) -> AsyncIterator[rtc.AudioStream]:
    stream = rtc.AudioStream(
        track,
        sample_rate=HEARING_RATE,
        num_channels=1,
        capacity=HEARD_FRAMES,
        frame_size_ms=FRAME_MS,
    )
    try:
        yield stream
    finally:
        await stream.aclose()
