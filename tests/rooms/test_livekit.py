"""The bot in a room of a real livekit-server, seen by a LiveKit client."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from livekit import rtc

from tests.rooms.conftest import WAIT_S, Parrot, bot_in, tone
from voicebot.audio import SPEAKING_RATE
from voicebot.config import LiveKit
from voicebot.events import CustomerJoined, CustomerLeft, Event
from voicebot.rooms import preconnect
from voicebot.rooms.livekit_api import customer_token
from voicebot.rooms.names import BOT_NAME, Endpoint
from voicebot.rooms.server import OwnServer
from voicebot.stages import Line

LOUD = 300  # of 32767


class Client:
    """A LiveKit client: keeps the levels of what it hears and the texts that it gets."""

    def __init__(self, room: rtc.Room) -> None:
        self.room = room
        self.frames: list[int] = []  # the peak of each 10 ms of the bot's sound
        self.texts: list[tuple[str, str, dict[str, str], str]] = []  # topic, text, attributes, from
        self.changed = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def loud_ms(self) -> int:
        return 10 * sum(peak > LOUD for peak in self.frames)

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not ready():
                self.changed.clear()
                await self.changed.wait()

    async def silence(self, milliseconds: int) -> None:
        """Until so much silence has been heard after what was loud."""
        quiet = milliseconds // 10
        await self.until(lambda: len(self.frames) > quiet and max(self.frames[-quiet:]) <= LOUD)

    def on_track(self, track: rtc.Track) -> None:
        self.spawn(self._hear(track))

    def on_text(self, reader: rtc.TextStreamReader, who: str) -> None:
        self.spawn(self._read(reader, who))

    def spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]
        self.tasks.add(task)

    async def _hear(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=SPEAKING_RATE, num_channels=1, capacity=200)
        try:
            async for event in stream:
                samples = np.frombuffer(event.frame.data, np.int16).astype(np.int32)
                self.frames.append(int(np.abs(samples).max()))
                self.changed.set()
        finally:
            await stream.aclose()

    async def _read(self, reader: rtc.TextStreamReader, who: str) -> None:
        try:
            text = await reader.read_all()
        except rtc.StreamError:  # cut off by the end of the call
            return
        self.texts.append((reader.info.topic, text, dict(reader.info.attributes or {}), who))
        self.changed.set()


@asynccontextmanager
async def client_in(
    endpoint: Endpoint, identity: str = "customer", room: str = "r1"
) -> AsyncIterator[Client]:
    client = Client(rtc.Room())
    client.room.on("track_subscribed", lambda track, pub, who: client.on_track(track))
    for topic in ("lk.transcription", "voicebot.card"):
        client.room.register_text_stream_handler(topic, client.on_text)
    await client.room.connect(endpoint.url, customer_token(endpoint, room, identity))
    try:
        yield client
    finally:
        await client.room.disconnect()  # first: until then the room may start tasks
        for task in client.tasks:
            task.cancel()
        await asyncio.gather(*client.tasks, return_exceptions=True)


async def speak(client: Client, pcm: np.ndarray) -> str:
    """Publishes a microphone and says this at once; returns the track's sid."""
    source = rtc.AudioSource(SPEAKING_RATE, 1, queue_size_ms=1000)
    track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
    published = await client.room.local_participant.publish_track(track, options)
    async with asyncio.timeout(WAIT_S):
        await published.wait_for_subscription()
    for start in range(0, len(pcm), 480):
        part = pcm[start : start + 480]
        await source.capture_frame(rtc.AudioFrame(part.tobytes(), SPEAKING_RATE, 1, len(part)))
    return str(published.sid)


async def test_the_greeting_is_heard_whole_by_who_was_there_first(endpoint: Endpoint) -> None:
    parrot = Parrot(tone(0.5))
    async with client_in(endpoint) as client, bot_in(endpoint, parrot):
        await client.until(lambda: client.loud_ms > 0)
        await client.silence(300)
        assert 490 <= client.loud_ms <= 560
        assert parrot.lines[0].played == len(parrot.greeting)


async def test_the_bot_is_an_agent_with_name_state_and_microphone(endpoint: Endpoint) -> None:
    parrot = Parrot()
    async with client_in(endpoint) as client, bot_in(endpoint, parrot):
        await client.until(lambda: client.loud_ms > 0)
        bot = client.room.remote_participants["bot-r1"]
        assert bot.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        assert bot.name == BOT_NAME
        (track,) = bot.track_publications.values()
        assert track.source == rtc.TrackSource.SOURCE_MICROPHONE
        await client.until(lambda: bot.attributes["lk.agent.state"] == "listening")


async def test_transcripts_carry_what_livekits_components_expect(endpoint: Endpoint) -> None:
    async with client_in(endpoint) as client, bot_in(endpoint, Parrot()) as _:
        sid = await speak(client, tone(0.02))
        await client.until(lambda: any(t[1] == "Hello!" for t in client.texts))
        topic, _text, attributes, who = next(t for t in client.texts if t[1] == "Hello!")
        bot_track = next(iter(client.room.remote_participants["bot-r1"].track_publications))
        assert (topic, who) == ("lk.transcription", "bot-r1")
        assert attributes == {
            "lk.segment_id": "greeting",
            "lk.transcription_final": "true",
            "lk.transcribed_track_id": bot_track,
        }
        await client.room.local_participant.send_text("hi", topic="lk.chat")
        await client.until(lambda: any(t[0] == "voicebot.card" for t in client.texts))
        mine = [t for t in client.texts if t[3] == "customer"]
        assert [(t[1], t[2]["lk.transcription_final"]) for t in mine] == [
            ("hi", "false"),
            ("hi", "true"),
        ]
        assert {t[2]["lk.segment_id"] for t in mine} == {"c1"}
        assert {t[2]["lk.transcribed_track_id"] for t in mine} == {sid}
        card = next(t for t in client.texts if t[0] == "voicebot.card")
        assert json.loads(card[1]) == {"kind": "order", "data": {"order_id": "ORD123"}}
        bot = client.room.remote_participants["bot-r1"]
        await client.until(lambda: "voicebot.asked" in bot.attributes)
        assert json.loads(bot.attributes["voicebot.asked"]) == {
            "kind": "choice",
            "about": "which_order",
            "options": ["ORD123", "ORD132"],
        }


async def test_the_bot_is_quieter_at_once_and_louder_again_without_a_hole(
    endpoint: Endpoint,
) -> None:
    parrot = Parrot(tone(3.0))  # peaks at 9000
    async with client_in(endpoint) as client, bot_in(endpoint, parrot):
        await client.until(lambda: client.loud_ms >= 500)
        heard = len(client.frames)
        parrot.lines[0].volume(0.25)
        await client.until(lambda: len(client.frames) >= heard + 50)
        parrot.lines[0].volume(1.0)
        await client.until(lambda: client.loud_ms >= 2900)
        ducked = client.frames[heard + 30 : heard + 45]  # the network may hold 300 ms
        assert 1500 < np.median(ducked) < 3500
        assert np.median(client.frames[-40:-10]) > 7000
        first = next(place for place, peak in enumerate(client.frames) if peak > LOUD)
        holes = [peak for peak in client.frames[first : first + 280] if peak <= LOUD]
        assert len(holes) <= 4, f"{len(holes) * 10} ms of silence"
        assert parrot.lines[0].played <= len(parrot.greeting)


async def test_of_a_caption_that_was_cut_a_second_stream_holds_what_was_heard(
    endpoint: Endpoint,
) -> None:
    async def serve(line: Line) -> None:
        await line.show_bot("s1", "One two three four.", final=False)
        await line.show_bot_cut("s1", "One two")
        async for _ in line.heard():
            pass

    async with client_in(endpoint) as client, bot_in(endpoint, serve):
        await client.until(lambda: len(client.texts) == 2)
        told = [
            (text, attributes["lk.transcription_final"]) for _, text, attributes, _ in client.texts
        ]
        assert told == [("One two three four.", "false"), ("One two", "true")]
        assert {attributes["lk.segment_id"] for _, _, attributes, _ in client.texts} == {"s1"}


async def test_the_customer_is_heard_in_steps(endpoint: Endpoint) -> None:
    parrot = Parrot()
    async with client_in(endpoint) as client, bot_in(endpoint, parrot):
        await speak(client, tone(0.6))
        await parrot.until(lambda: sum(p > 0.1 for p in parrot.peaks) >= 15)
        assert parrot.steps >= 15


async def test_typed_and_tapped_input_is_taken_from_the_customer_alone(endpoint: Endpoint) -> None:
    parrot = Parrot()
    async with client_in(endpoint, "first") as first, bot_in(endpoint, parrot):
        await parrot.until(lambda: len(parrot.lines) == 1)
        async with client_in(endpoint, "second") as second:
            await second.until(lambda: "bot-r1" in second.room.remote_participants)
            await second.room.local_participant.send_text("not mine", topic="lk.chat")
            with pytest.raises(rtc.RpcError, match="only the customer"):
                await tap(second, "reset", "")
            assert await tap(first, "keypad", "123") == "ok"
            assert await tap(first, "answer", '"yes"') == "ok"
            with pytest.raises(rtc.RpcError, match="yes or no"):
                await tap(first, "answer", "perhaps")
            assert await tap(first, "reset", "") == "ok"
            await first.room.local_participant.send_text(" mine ", topic="lk.chat")
            await parrot.until(lambda: len(parrot.typed) == 3)
    assert parrot.typed == [("first", "123"), ("first", "yes"), ("first", "mine")]
    assert parrot.resets == 1


async def tap(client: Client, method: str, payload: str) -> str:
    return str(
        await client.room.local_participant.perform_rpc(
            destination_identity="bot-r1", method=method, payload=payload
        )
    )


async def test_the_next_customer_gets_a_line_of_his_own(endpoint: Endpoint) -> None:
    parrot = Parrot()
    events: list[Event] = []
    async with (
        client_in(endpoint, "first") as first,
        client_in(endpoint, "second") as second,
        bot_in(endpoint, parrot, events=events),
    ):
        await parrot.until(lambda: len(parrot.lines) == 1)
        assert parrot.lines[0].customer == "first"
        await second.until(lambda: second.loud_ms > 0)
        await second.silence(300)
        before = second.loud_ms
        await first.room.disconnect()
        await parrot.until(lambda: len(parrot.lines) == 2)
        assert parrot.lines[1].customer == "second"
        assert parrot.ended == 1
        await second.until(lambda: second.loud_ms > before + 200)
    assert [(type(e), getattr(e, "identity", "")) for e in events][:3] == [
        (CustomerJoined, "first"),
        (CustomerLeft, "first"),
        (CustomerJoined, "second"),
    ]


async def test_flush_silences_the_bot(endpoint: Endpoint) -> None:
    flushed = asyncio.Event()
    at: dict[str, int] = {}

    async def talk(line: Line) -> None:
        playing = asyncio.create_task(line.play(tone(10)))
        while line.played < SPEAKING_RATE // 2:  # noqa: ASYNC110 - played has no event
            await asyncio.sleep(0.01)
        line.flush()
        playing.cancel()
        at["played"] = line.played
        flushed.set()
        await asyncio.Event().wait()

    async with client_in(endpoint) as client, bot_in(endpoint, talk):
        await asyncio.wait_for(flushed.wait(), WAIT_S)
        await client.silence(300)
        assert client.loud_ms <= at["played"] / 48 + 100
        assert client.loud_ms >= at["played"] / 48 - 50


async def test_the_bot_leaves_an_empty_room(endpoint: Endpoint) -> None:
    parrot = Parrot()
    async with AsyncExitStack() as customer:
        await customer.enter_async_context(client_in(endpoint))
        async with bot_in(endpoint, parrot, empty_timeout=0.2) as bot:
            await parrot.until(lambda: len(parrot.lines) == 1)
            assert not bot.done()
            await customer.aclose()
            # A client's goodbye can get lost; then the server waits for its connection to die.
            assert await asyncio.wait_for(bot, 3 * WAIT_S) == "empty"
    assert parrot.ended == 1


async def test_a_failed_conversation_is_begun_again(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[Line] = []
    again = asyncio.Event()

    async def fails_once(line: Line) -> None:
        tries.append(line)
        if len(tries) == 1:
            raise ValueError("a mistake of ours")
        again.set()
        await asyncio.Event().wait()

    async with client_in(endpoint), bot_in(endpoint, fails_once):
        await asyncio.wait_for(again.wait(), WAIT_S)
    assert "a mistake of ours" in caplog.text


async def test_what_was_said_before_the_connection_stood_comes_first(endpoint: Endpoint) -> None:
    parrot = Parrot()
    async with client_in(endpoint) as client, bot_in(endpoint, parrot):
        await parrot.until(lambda: len(parrot.lines) == 1)
        writer = await client.room.local_participant.stream_bytes(
            "buffer",
            topic=preconnect.TOPIC,
            mime_type="audio/pcm",
            attributes={"sampleRate": "48000", "channels": "1"},
        )
        await writer.write(tone(1.0).tobytes())
        await writer.aclose()
        source = rtc.AudioSource(SPEAKING_RATE, 1, queue_size_ms=100)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_MICROPHONE, preconnect_buffer=True
        )
        await client.room.local_participant.publish_track(track, options)
        await parrot.until(lambda: sum(p > 0.1 for p in parrot.peaks) >= 30)
        assert min(parrot.peaks[1:30]) > 0.1


async def test_a_customer_is_served_again_when_the_server_was_killed() -> None:
    """Both sides reconnect by themselves, to the restarted server with the same keys."""
    server = OwnServer(LiveKit(port=0))
    parrot = Parrot()
    async with server as endpoint, client_in(endpoint) as client, bot_in(endpoint, parrot):
        await client.until(lambda: client.loud_ms > 0)
        await client.silence(300)
        before = client.loud_ms
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await parrot.until(lambda: len(parrot.lines) == 2)
        await client.until(lambda: client.loud_ms > before + 100)


async def test_churn_leaves_nothing_behind(endpoint: Endpoint) -> None:
    parrot = Parrot(tone(0.05))

    def counts() -> tuple[int, int, int]:
        gc.collect()
        threads = len(list(Path("/proc/self/task").iterdir()))
        return len(asyncio.all_tasks()), threads, len(list(Path("/proc/self/fd").iterdir()))

    seen: list[tuple[int, int, int]] = []
    for turn in range(20):
        room = f"c{turn}"
        async with client_in(endpoint, room=room), bot_in(endpoint, parrot, room=room):
            await parrot.until(lambda: len(parrot.lines) == len(seen) + 1)
        seen.append(counts())
    # The least of the last five: a room's last tasks may still be ending when it is counted.
    early, late = seen[5], tuple(map(min, zip(*seen[-5:], strict=True)))
    assert late[0] <= early[0], seen
    assert late[1] <= early[1] + 2, seen
    assert late[2] <= early[2] + 4, seen
