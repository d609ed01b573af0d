"""What was heard is counted, whatever is flushed or cancelled; a virtual clock."""

from __future__ import annotations

import asyncio

import numpy as np

from voicebot.audio import Pcm
from voicebot.rooms.playout import FRAME, PUSH, Playout, louder


class Speaker:
    """Takes sound as LiveKit's source does: it holds a push while the queue is full."""

    def __init__(self) -> None:
        self.now = 0.0
        self.taken: list[Pcm] = []
        self.outstanding = self.most = self.cleared = 0
        self.free = asyncio.Event()
        self.free.set()

    def clock(self) -> float:
        return self.now

    async def capture_frame(self, frame: Pcm) -> None:
        self.outstanding += 1
        self.most = max(self.most, self.outstanding)
        self.taken.append(frame)
        await self.free.wait()
        self.outstanding -= 1

    def clear_queue(self) -> None:
        self.cleared += 1
        self.free.set()


def playout(speaker: Speaker) -> Playout:
    return Playout(speaker, lambda pcm: pcm, speaker.clock)


def ramp(samples: int) -> Pcm:
    return (np.arange(samples) % 30_000).astype(np.int16)


async def test_played_follows_the_clock_in_frames() -> None:
    speaker = Speaker()
    voice = playout(speaker)
    await voice.play(ramp(10 * FRAME))
    assert voice.played == 0
    speaker.now = 0.025
    assert voice.played == 2 * FRAME
    speaker.now = 5.0
    assert voice.played == 10 * FRAME


async def test_sound_is_cut_into_frames_and_nothing_is_lost() -> None:
    speaker = Speaker()
    voice = playout(speaker)
    await voice.play(ramp(1000))
    await voice.play(ramp(700))
    speaker.now = 60.0
    draining = asyncio.create_task(voice.drained())
    while not draining.done() and len(speaker.taken) < 3:  # noqa: ASYNC110
        await asyncio.sleep(0)
    speaker.now = 120.0
    await draining
    heard = np.concatenate(speaker.taken)
    assert all(len(x) % FRAME == 0 and len(x) <= PUSH for x in speaker.taken)
    assert heard[:1700].tolist() == [*ramp(1000).tolist(), *ramp(700).tolist()]
    assert not heard[1700:].any()


async def test_flush_drops_what_was_not_heard() -> None:
    speaker = Speaker()
    voice = playout(speaker)
    await voice.play(ramp(20 * FRAME))
    speaker.now = 0.05
    voice.flush()
    assert speaker.cleared == 1
    assert voice.played == 5 * FRAME
    speaker.now = 9.0
    assert voice.played == 5 * FRAME
    await voice.drained()


async def test_cancelled_play_never_has_two_pushes_outstanding() -> None:
    speaker = Speaker()
    voice = playout(speaker)
    speaker.free.clear()
    for _ in range(3):
        playing = asyncio.create_task(voice.play(ramp(100 * FRAME)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    assert speaker.most == 1
    voice.flush()
    await voice.play(ramp(FRAME))
    assert speaker.most == 1
    assert voice.queued == FRAME
    await voice.aclose()


async def test_a_source_that_refuses_is_no_error_of_the_conversation(caplog: object) -> None:
    class Broken(Speaker):
        async def capture_frame(self, frame: Pcm) -> None:
            raise Exception("InvalidState")

    await playout(Broken()).play(ramp(FRAME))
    assert "InvalidState" in caplog.text  # type: ignore[attr-defined]


# ------------------------------------------------------------------ quieter


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_change_of_volume_takes_a_frame_and_clicks_nowhere() -> None:
    sound = np.full(4 * FRAME, 10_000, np.int16)
    quiet = louder(sound, 1.0, 0.25)
    assert quiet[0] == 10_000
    assert quiet[FRAME:].tolist() == [2500] * (3 * FRAME)
    assert np.abs(np.diff(quiet.astype(int))).max() < 20
    assert louder(sound, 1.0, 1.0) is sound
    assert louder(np.full(FRAME, -30_000, np.int16), 2.0, 2.0).min() == -32768  # no overflow


async def test_what_is_queued_is_quieter_at_once() -> None:
    speaker = Speaker()
    voice = playout(speaker)
    sound = np.arange(1, 20 * FRAME + 1).astype(np.int16)
    await voice.play(sound)
    speaker.now = 0.05
    voice.volume(0.5)
    await settled()
    assert speaker.cleared == 1
    assert voice.played == 5 * FRAME
    again = speaker.taken[-1]
    assert again[0] == sound[5 * FRAME]
    assert again[FRAME:].tolist() == (sound[6 * FRAME :] // 2).tolist()
    await voice.play(np.full(FRAME, 1000, np.int16))
    assert speaker.taken[-1].tolist() == [500] * FRAME
    speaker.now = 9.0
    assert voice.played == 21 * FRAME


async def test_volume_that_is_changed_while_nothing_is_queued_ramps_with_what_comes_next() -> None:
    speaker = Speaker()
    voice = playout(speaker)
    voice.volume(0.0)
    await voice.play(np.full(2 * FRAME, 1000, np.int16))
    assert (speaker.taken[0][0], speaker.taken[0][-1]) == (1000, 0)
    assert speaker.cleared == 0


async def test_down_and_up_again_says_nothing_twice() -> None:
    speaker = Speaker()
    voice = playout(speaker)
    await voice.play(ramp(10 * FRAME))
    before = len(speaker.taken)
    voice.volume(0.5)
    voice.volume(1.0)
    await settled()
    assert len(speaker.taken) == before + 1
    assert speaker.most == 1
    speaker.now = 9.0
    assert voice.played == 10 * FRAME


async def test_a_flush_ends_what_is_being_played() -> None:
    speaker = Speaker()
    voice = playout(speaker)
    speaker.free.clear()
    playing = asyncio.create_task(voice.play(ramp(100 * FRAME)))
    await settled()
    voice.flush()
    async with asyncio.timeout(5):
        await playing
    assert len(speaker.taken) == 1
    assert voice.queued == 0
    await voice.aclose()
