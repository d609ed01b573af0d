"""The customer as a program: joins a room, speaks or types, and times what it hears from outside.

It knows nothing of the bot but what is on the wire. The microphone sends 10 ms in real time for
the whole call; the bot's sound is put on the same clock; report.py measures on both afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from livekit import rtc

from voicebot.audio import SPEAKING_RATE, Pcm, Waveform, to_pcm
from voicebot.errors import RoomError
from voicebot.rooms.recording import AUDIBLE_DB, FRAME, Arrivals, Recording, amplitude, voice_bounds
from voicebot.rooms.report import CallReport, Said, TurnTimes, report

log = logging.getLogger(__name__)

TICK_S = 0.01
QUIET_S = 0.8  # so long a silence of the bot means that it has finished
ONSET_GAP_S = 0.2  # silence before what counts as a new beginning
PAUSE_S = 0.5  # a customer thinks before he speaks
TAIL_S = 1.0


@dataclass(frozen=True)
class Turn:
    """What the customer says: speech at SPEAKING_RATE, or typed text.

    barge_in_s: so long after the bot's answer has begun, whether it has finished or not; None: when
    it has finished. name is what the report calls it.
    """

    name: str
    speech: Waveform | None = None
    text: str = ""
    barge_in_s: float | None = None
    pause_s: float = PAUSE_S


@dataclass(frozen=True)
class Patience:
    """Seconds."""

    bot: float = 30.0
    ask_for_bot: float = 3.0  # then `ask` is called
    greeting: float = 15.0
    answer: float = 20.0
    longest_answer: float = 60.0


class Headset(Protocol):
    """A real microphone and loudspeaker instead of turns."""

    def read(self) -> Pcm:
        """The next 10 ms at SPEAKING_RATE, silence where there is none yet."""
        ...

    def write(self, pcm: Pcm) -> None: ...


async def call(
    url: str,
    token: str,
    turns: Sequence[Turn] = (),
    *,
    ask: Callable[[], Awaitable[None]] | None = None,
    headset: Headset | None = None,
    patience: Patience | None = None,
    on_said: Callable[[Said], None] = lambda said: None,
) -> CallReport:
    """One call: hears the greeting, takes every turn, hears the last answer, leaves.

    on_said: every final transcript as it comes. ask: asks for a bot where none came by itself.
    With a headset the call lasts until the bot leaves. Cancelling it leaves the room. Raises
    RoomError when the room cannot be joined or no bot comes.
    """
    return await _Call(tuple(turns), patience or Patience(), headset, on_said).run(url, token, ask)


class _Call:
    def __init__(
        self,
        turns: tuple[Turn, ...],
        patience: Patience,
        headset: Headset | None,
        on_said: Callable[[Said], None],
    ) -> None:
        self._turns, self._patience, self._headset = turns, patience, headset
        self._on_said = on_said
        self._room = rtc.Room()
        self._own, self._bot = Recording(), Recording()
        self._arrivals = Arrivals(self._bot)
        self._zero = time.monotonic()
        self._tick = asyncio.Event()
        self._bot_identity = ""
        self._bot_joined_s: float | None = None
        self._bot_left = False
        self._state = ""
        self._loud = 0  # frames in a row
        self._audible_s = self._begun_s = -1.0  # last audible, and where that began
        self._saying: Waveform | None = None
        self._said_samples = 0
        self._said_from_s = 0.0
        self._said: list[Said] = []
        self._times: list[TurnTimes] = []
        self._track_sid = ""
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(
        self, url: str, token: str, ask: Callable[[], Awaitable[None]] | None
    ) -> CallReport:
        self._listen()
        try:
            await self._join(url, token)
            for who in self._room.remote_participants.values():
                self._note_bot(who)
            source = rtc.AudioSource(SPEAKING_RATE, 1, queue_size_ms=0)  # straight to the wire
            track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
            options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
            published = await self._room.local_participant.publish_track(track, options)
            self._track_sid = published.sid
            self._start_clock()
            microphone = self._spawn(self._microphone(source))
            script = self._spawn(self._script(ask))
            await asyncio.wait({microphone, script}, return_when=asyncio.FIRST_COMPLETED)
            await (script if script.done() else microphone)
        finally:
            await self._room.disconnect()  # first: until then the room may start tasks
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        return report(
            self._room.name,
            self._bot_identity,
            self._bot_joined_s,
            self._times,
            [t.name for t in self._turns],
            self._said,
            self._own,
            self._bot,
        )

    async def _join(self, url: str, token: str) -> None:
        try:
            await self._room.connect(url, token, rtc.RoomOptions(connect_timeout=5.0))
        except Exception as exc:  # ConnectError, and bare ones
            raise RoomError(
                f"no call at {url} ({getattr(exc, 'message', exc)}): is the LiveKit server running?"
            ) from exc

    def _start_clock(self) -> None:
        shift = self._now()
        self._zero += shift
        if self._bot_joined_s is not None:
            self._bot_joined_s -= shift
        self._said = [replace(s, at_s=s.at_s - shift) for s in self._said]
        self._audible_s = self._begun_s = -1.0

    def _now(self) -> float:
        return time.monotonic() - self._zero

    # ---- hearing

    def _listen(self) -> None:
        room = self._room
        room.on("participant_connected", self._note_bot)
        room.on("participant_attributes_changed", lambda changed, who: self._note_bot(who))
        room.on("participant_disconnected", self._note_leaver)
        room.on("disconnected", lambda reason: self._note_end())
        room.on("track_subscribed", self._on_track)
        room.register_text_stream_handler("lk.transcription", self._on_text)

    def _on_text(self, reader: rtc.TextStreamReader, who: str) -> None:
        self._spawn(self._read(reader, who))

    def _note_bot(self, who: rtc.Participant) -> None:
        if who.kind != rtc.ParticipantKind.PARTICIPANT_KIND_AGENT:
            return
        if self._bot_joined_s is None:
            self._bot_joined_s = self._now()
        self._state = who.attributes.get("lk.agent.state", self._state)

    def _note_leaver(self, who: rtc.Participant) -> None:
        self._bot_left = self._bot_left or who.identity == self._bot_identity

    def _note_end(self) -> None:
        self._bot_left = True

    def _on_track(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant
    ) -> None:
        audio = track.kind == rtc.TrackKind.KIND_AUDIO
        if audio and self._bot_identity in ("", who.identity):
            self._bot_identity = who.identity
            self._bot_left = False
            self._spawn(self._hear(track))

    async def _hear(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=SPEAKING_RATE, num_channels=1, capacity=200)
        threshold = amplitude(AUDIBLE_DB)
        try:
            async for event in stream:
                pcm = np.frombuffer(event.frame.data, np.int16)
                now = self._now()
                self._arrivals.put(now, pcm)
                if self._headset is not None:
                    self._headset.write(pcm)
                loud = np.sqrt(np.mean(np.square(pcm, dtype=np.float64))) > threshold
                self._loud = self._loud + 1 if loud else 0
                if self._loud >= 2:
                    if now - self._audible_s > ONSET_GAP_S:
                        self._begun_s = now - TICK_S
                    self._audible_s = now
        finally:
            await stream.aclose()

    async def _read(self, reader: rtc.TextStreamReader, who: str) -> None:
        started = self._now()
        text = ""
        with contextlib.suppress(rtc.StreamError):
            async for chunk in reader:
                text += chunk
        attributes = reader.info.attributes or {}
        bot = who == self._bot_identity or attributes.get("lk.transcribed_track_id", "") not in (
            "",
            self._track_sid,
        )
        said = Said(
            speaker="bot" if bot else "customer",
            text=text,
            segment=attributes.get("lk.segment_id", ""),
            final=attributes.get("lk.transcription_final") == "true",
            at_s=started,
        )
        self._said.append(said)
        if said.final and text:
            self._on_said(said)

    # ---- speaking

    async def _microphone(self, source: rtc.AudioSource) -> None:
        """Frame k goes out at k * 10 ms; after a late one the next ones catch up."""
        frame = 0
        while True:
            wait = frame * TICK_S - self._now()
            if wait > 0:
                await asyncio.sleep(wait)
            pcm = self._next_frame(frame)
            self._own.put(frame * FRAME, pcm)
            await source.capture_frame(rtc.AudioFrame(pcm.tobytes(), SPEAKING_RATE, 1, FRAME))
            self._tick.set()
            frame += 1

    def _next_frame(self, frame: int) -> Pcm:
        if self._headset is not None:
            return self._headset.read()
        pcm = np.zeros(FRAME, np.int16)
        if self._saying is not None:
            if self._said_samples == 0:
                self._said_from_s = frame * TICK_S
            part = self._saying[self._said_samples : self._said_samples + FRAME]
            pcm[: len(part)] = to_pcm(part)
            self._said_samples += FRAME
            if self._said_samples >= len(self._saying):
                self._saying = None
        return pcm

    async def _until(self, ready: Callable[[], bool], patience_s: float) -> bool:
        deadline = self._now() + patience_s
        while not ready():
            if self._now() > deadline or self._bot_left:
                return False
            self._tick.clear()
            await self._tick.wait()
        return True

    async def _say(self, speech: Waveform) -> tuple[float, float]:
        """Says it all; returns the seconds of its first and one past its last voiced sample."""
        first, last = voice_bounds(speech)
        self._said_samples, self._saying = 0, speech
        await self._until(lambda: self._saying is None, len(speech) / SPEAKING_RATE + 5)
        start = self._said_from_s
        return start + first / SPEAKING_RATE, start + last / SPEAKING_RATE

    # ---- the script

    async def _script(self, ask: Callable[[], Awaitable[None]] | None) -> None:
        await self._meet(ask)
        if self._headset is not None:
            await self._until(lambda: False, float("inf"))
            return
        last_end, patience = 0.0, self._patience.greeting
        for turn in self._turns:
            interrupted = await self._wait_for_turn(turn, last_end, patience)
            if self._bot_left:
                return
            if turn.speech is not None:
                start, last_end = await self._say(turn.speech)
            else:
                start = last_end = self._now()
                await self._room.local_participant.send_text(turn.text, topic="lk.chat")
            patience = self._patience.answer
            self._times.append(TurnTimes(turn.name, start, last_end, interrupted))
        await self._until(lambda: self._begun_s > last_end, patience)
        await self._until(self._is_my_turn, self._patience.longest_answer)
        end = self._now() + TAIL_S
        await self._until(lambda: self._now() > end, 2 * TAIL_S)

    async def _meet(self, ask: Callable[[], Awaitable[None]] | None) -> None:
        came = lambda: bool(self._bot_identity)  # noqa: E731
        if ask is not None and not await self._until(came, self._patience.ask_for_bot):
            await ask()
        if not await self._until(came, self._patience.bot):
            raise RoomError(
                f"no bot came to room {self._room.name} within {self._patience.bot:.0f} s:"
                " is `voicebot serve` running, and is a place left?"
            )

    async def _wait_for_turn(self, turn: Turn, last_end: float, patience: float) -> bool | None:
        """Whether the bot was interrupted; None where that was not wanted."""
        begun = await self._until(lambda: self._begun_s > last_end, patience)
        interrupted = None
        if turn.barge_in_s is not None and begun:
            due = self._begun_s + turn.barge_in_s
            await self._until(lambda: self._now() >= due or self._has_finished(), 60)
            interrupted = not self._has_finished()
        if not interrupted:
            await self._until(self._is_my_turn, self._patience.longest_answer)
            due = self._now() + turn.pause_s
            await self._until(lambda: self._now() >= due, turn.pause_s + 5)
        return interrupted

    def _has_finished(self) -> bool:
        return self._now() - self._audible_s > QUIET_S

    def _is_my_turn(self) -> bool:
        return self._has_finished() and self._state in ("", "listening", "idle")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
