"""Calls on disk: what is in the two files, what ends them, and what is deleted when."""

from __future__ import annotations

import asyncio
import stat
import wave
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.calls import calling
from tests.fakes import PATIENCE, Journal, Kit, silence
from voicebot import config, recorder
from voicebot.audio import HEARING_RATE, STEP, Waveform, level_db, to_waveform
from voicebot.config import Turns, Vad
from voicebot.dialogue.replay import replayed
from voicebot.dialogue.trace import Input, Trace, parsed
from voicebot.recorder import Recorder, Recording

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEPPED = Input(0, "step", {"probability": 0.5, "level_db": -30.0})


def keeping(folder: Path, **settings: int) -> Recorder:
    return Recorder(config.Recording(calls=True, folder=folder, **settings), clock=lambda: NOON)


def only(folder: Path, suffix: str) -> Path:
    (file,) = folder.glob(f"*{suffix}")
    return file


def trace_of(folder: Path) -> Trace:
    with only(folder, ".jsonl").open() as lines:
        return parsed(lines)


async def until(met: Callable[[], bool]) -> None:
    """While it is not so, threads may work."""
    async with asyncio.timeout(PATIENCE):
        while not met():
            await asyncio.to_thread(lambda: None)


def noise(seed: int) -> Waveform:
    pcm = np.random.default_rng(seed).integers(-32768, 32768, STEP, dtype=np.int16)
    return to_waveform(pcm)


# ------------------------------------------------------------------ what is kept


async def test_a_call_is_replayed_as_it_was(kit: Kit, journal: Journal, tmp_path: Path) -> None:
    """With a turn, a voice over the answer, something typed and a start again in it."""
    async with (
        keeping(tmp_path).recording("desk-1", Turns(), Vad()) as recording,
        calling(kit, journal, recording=recording) as call,
    ):
        call.says("Tell me a joke.")
        await call.ended(1)
        call.says("Where is my order?", pause=0.1)
        call.says("The order from yesterday.")
        await call.ended(2)
        call.line.hear(*silence(0.1))  # what is expected now is told with the next sound
        await call.heard()
        call.line.type("Hello")
        await call.ended(3)
        call.line.reset()
        call.line.hear(*silence(0.5))
        await call.heard()
    trace = trace_of(tmp_path)
    moments = list(replayed(trace, trace.turns, trace.vad))
    assert all(moment.same for moment in moments)
    kinds = [event["event"] for moment in moments for event in moment.recorded]
    assert {"Began", "Paused", "AskJudge", "Resumed", "Ended"} <= set(kinds)
    assert {"expects", "bot_speaks", "judged", "transcribed", "reset"} <= {
        came.name for came in trace.inputs
    }
    assert (trace.ended, trace.room) == ("left", "desk-1")
    assert trace.began == "2026-11-23T12:00:00+00:00"


async def test_the_sound_is_kept_to_the_sample(tmp_path: Path) -> None:
    heard = [noise(seed) for seed in range(5)]
    async with keeping(tmp_path).recording("a:b@c", Turns(), Vad()) as recording:
        assert recording is not None
        for number, step in enumerate(heard):
            recording.hear(step)
            recording.note(Input(number * STEP, "step", {"level_db": level_db(step)}))
    sound, rate = soundfile.read(only(tmp_path, ".wav"), dtype="int16")
    assert rate == HEARING_RATE
    assert np.array_equal(to_waveform(sound), np.concatenate(heard))
    for came in trace_of(tmp_path).inputs:
        step = to_waveform(sound[came.at : came.at + STEP])
        assert came.given["level_db"] == level_db(step)
    assert only(tmp_path, ".wav").name.startswith("20261123T120000Z-a_b_c-")


async def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    async with keeping(folder).recording("desk-1", Turns(), Vad()):
        pass
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())] == [
        0o700, 0o600, 0o600,
    ]  # fmt: skip


async def test_without_being_asked_nothing_is_kept(tmp_path: Path) -> None:
    silent = Recorder(config.Recording(folder=tmp_path / "recordings"))
    async with silent.recording("desk-1", Turns(), Vad()) as recording:
        assert recording is None
    assert names(tmp_path) == set()
    assert not config.Recording().calls


async def test_while_the_call_goes_on_its_files_are_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a kill loses no more than what came since the last time."""
    monkeypatch.setattr(recorder, "EVERY_S", 0.0)
    async with keeping(tmp_path).recording("desk-1", Turns(), Vad()) as recording:
        assert recording is not None
        recording.hear(noise(1))
        recording.note(STEPPED)
        await until(
            lambda: any(file.stat().st_size for file in tmp_path.glob(f"*{recorder.TRACE}"))
        )
        await until(lambda: bool(trace_of(tmp_path).inputs))
        assert trace_of(tmp_path).ended is None
        with wave.open(str(only(tmp_path, ".wav"))) as sound:
            assert sound.getnframes() == STEP


async def test_a_call_that_is_cancelled_is_kept_to_its_end(tmp_path: Path) -> None:
    began = asyncio.Event()

    async def call() -> None:
        async with keeping(tmp_path).recording("desk-1", Turns(), Vad()) as recording:
            assert recording is not None
            recording.hear(noise(1))
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(call())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert trace_of(tmp_path).ended == "left"
    assert soundfile.info(only(tmp_path, ".wav")).frames == STEP


# ------------------------------------------------------------------ what ends it early


def test_when_the_disk_is_too_slow_the_recording_ends() -> None:
    recording = Recording()
    for _ in range(recorder.MOST_WAITING):
        recording.hear(noise(1))
        recording.note(STEPPED)
    batch = recording.taken()
    assert len(batch.waves) + len(batch.inputs) == recorder.MOST_WAITING
    assert recording.stopped == "the disk is too slow"
    recording.hear(noise(1))
    assert recording.taken().waves == []
    assert recording.heard == len(batch.waves) * STEP


async def test_a_long_call_is_kept_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "EVERY_S", 0.0)
    monkeypatch.setattr(recorder, "MOST_BYTES", 20 * STEP)
    async with keeping(tmp_path).recording("desk-1", Turns(), Vad()) as recording:
        assert recording is not None
        recording.hear(np.tile(noise(1), 20))
        await until(lambda: bool(recording.stopped))
    assert trace_of(tmp_path).ended == recording.stopped == "it is too long"


async def test_a_folder_that_cannot_be_written_is_told_and_the_call_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    async with keeping(tmp_path / "file").recording("desk-1", Turns(), Vad()) as recording:
        assert recording is not None
        recording.hear(noise(1))
    assert "20261123T120000Z-desk-1" in caplog.text
    assert recording.stopped == "the disk takes nothing"


# ------------------------------------------------------------------ what is deleted


def kept(folder: Path, age: timedelta, *, size: int = 10) -> str:
    """A call of so long ago, and its size in bytes."""
    name = f"{NOON - age:{recorder.STAMP}}-desk-1-0000"
    for suffix in (".wav", ".jsonl"):
        (folder / f"{name}{suffix}").write_bytes(b"x" * (size // 2))
    return name


def names(folder: Path) -> set[str]:
    """Of the calls that are there with both files, and of all else."""
    found = [file.stem if file.suffix in (".wav", ".jsonl") else file.name
             for file in folder.iterdir()]  # fmt: skip
    assert all(found.count(name) == 2 for name in found if name.startswith("2026"))
    return set(found)


def test_what_is_too_old_is_deleted(tmp_path: Path) -> None:
    kept(tmp_path, timedelta(days=3, seconds=1))
    young = kept(tmp_path, timedelta(days=2, hours=23))
    for other in ("notes.txt", "mine.wav", "20200101T000000Z-a.txt"):
        (tmp_path / other).write_text("")
    keeping(tmp_path, days=3).delete_old()
    assert names(tmp_path) == {young, "notes.txt", "mine", "20200101T000000Z-a.txt"}


def test_of_too_much_the_oldest_go(tmp_path: Path) -> None:
    ages = [timedelta(hours=hours) for hours in (1, 2, 3)]
    calls = [kept(tmp_path, age, size=400_000) for age in ages]
    keeping(tmp_path, megabytes=1).delete_old()
    assert names(tmp_path) == set(calls[:2])


async def test_a_call_that_goes_on_is_never_deleted(tmp_path: Path) -> None:
    ours = keeping(tmp_path, megabytes=1)
    async with ours.recording("desk-1", Turns(), Vad()) as recording:
        assert recording is not None
        for _ in range(600):
            recording.hear(noise(1))
            recording.note(STEPPED)
        await until(lambda: len(list(tmp_path.iterdir())) == 2)
        (going_on,) = names(tmp_path)
        newer = kept(tmp_path, timedelta(seconds=-1), size=1_000_000)
        old = kept(tmp_path, timedelta(days=99))
        ours.delete_old()
        assert names(tmp_path) == {going_on, newer}
        assert old not in names(tmp_path)


async def test_what_is_old_goes_at_the_start_although_nothing_is_recorded(tmp_path: Path) -> None:
    kept(tmp_path, timedelta(days=99))
    off = Recorder(config.Recording(folder=tmp_path), clock=lambda: NOON)
    tidying = asyncio.create_task(off.tidy())
    await until(lambda: not any(tmp_path.iterdir()))
    tidying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await tidying


def test_no_folder_is_no_trouble(tmp_path: Path) -> None:
    keeping(tmp_path / "none").delete_old()
    assert list(tmp_path.iterdir()) == []
