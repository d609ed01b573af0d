"""Calls kept on disk, where the shop asks for it: the customer's sound, and the turn-taking in it.

Two files a call, `20261123T120000Z-desk-1-3f1a.wav` (mono, 16 kHz, int16, as voice detection was
given it) and the same with `.jsonl` (`dialogue/trace.py`), readable by their owner alone. A call
only appends to lists; once a second a thread writes them, so that a kill loses no more.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import numpy as np

from voicebot import config
from voicebot.audio import HEARING_RATE, Waveform
from voicebot.config import Turns, Vad
from voicebot.dialogue.trace import Input, first_line, last_line, line

log = logging.getLogger(__name__)

EVERY_S = 1.0
MOST_WAITING = 4096  # pieces of sound and inputs: those of a minute
MOST_BYTES = 64_000_000  # of one call: half an hour
TIDY_EVERY_S = 3600.0
SOUND, TRACE = ".wav", ".jsonl"
STAMP = "%Y%m%dT%H%M%SZ"
OURS = re.compile(r"(\d{8}T\d{6}Z)-.+\.(?:wav|jsonl)")


@dataclass(frozen=True)
class Batch:
    waves: list[Waveform]
    inputs: list[Input]


class Recording:
    """Of one call. Whoever holds it tells what is heard and what comes of it; that neither waits
    nor fails."""

    def __init__(self) -> None:
        self._batch = Batch([], [])
        self.heard = 0  # samples
        self.stopped = ""  # why, if that was before the call ended

    def hear(self, sound: Waveform) -> None:
        if self._goes_on():
            self._batch.waves.append(sound)
            self.heard += len(sound)

    def note(self, came: Input) -> None:
        if self._goes_on():
            self._batch.inputs.append(came)

    def _goes_on(self) -> bool:
        # When the disk has taken nothing for so long, the recording ends and the call goes on.
        waiting = len(self._batch.waves) + len(self._batch.inputs)
        if waiting >= MOST_WAITING and not self.stopped:
            self.stopped = "the disk is too slow"
        return not self.stopped

    def taken(self) -> Batch:
        """What is to be written. Call it on the thread that `hear` and `note` are called on."""
        batch, self._batch = self._batch, Batch([], [])
        return batch


class Recorder:
    """Keeps calls in a folder, and the folder within its limits; by default it keeps none."""

    def __init__(
        self,
        settings: config.Recording | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings, self._clock = settings or config.Recording(), clock
        self._open: set[str] = set()  # names of the calls that go on

    @asynccontextmanager
    async def recording(self, room: str, turns: Turns, vad: Vad) -> AsyncIterator[Recording | None]:
        """Of the call that goes on inside; None where calls are not recorded. Leaving it, cancelled
        too, writes the last. A disk that takes nothing is told of in the log; the call goes on."""
        if not self._settings.calls:
            yield None
            return
        began = self._clock()
        head = first_line(room, began.isoformat(timespec="seconds"), turns, vad)
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", room)
        name = f"{began:{STAMP}}-{plain}-{secrets.token_hex(2)}"
        recording, left = Recording(), asyncio.Event()
        writing = asyncio.create_task(self._write(recording, name, head, left))
        try:
            yield recording
        finally:
            left.set()
            await writing

    async def _write(self, recording: Recording, name: str, head: str, left: asyncio.Event) -> None:
        self._open.add(name)
        try:
            await asyncio.to_thread(self.delete_old)
            files = await asyncio.to_thread(_Files, self._settings.folder / name, head)
            try:
                await _write_on(recording, files, left)
            finally:
                await asyncio.to_thread(files.close)
        except OSError as exc:
            recording.stopped = "the disk takes nothing"
            log.warning("recording of call %s ends: %s", name, exc)
        finally:
            self._open.discard(name)

    # ------------------------------------------------------------ limits

    async def tidy(self) -> None:
        """Deletes what has been kept too long, now and every hour, whether or not calls are
        recorded. Until cancelled."""
        while True:
            await asyncio.to_thread(self.delete_old)
            await asyncio.sleep(TIDY_EVERY_S)

    def delete_old(self) -> None:
        """What is too old goes, then the oldest until the rest is within `recording.megabytes`.
        What has no name of ours stays, and so does a call that goes on. It blocks."""
        since = f"{self._clock() - timedelta(days=self._settings.days):{STAMP}}"
        left = self._settings.megabytes * 1_000_000
        found = [file for file in self._settings.folder.glob("*") if OURS.fullmatch(file.name)]
        # The newest first: names begin with the time. A call's two files go together.
        calls = sorted({file.stem for file in found}, reverse=True)
        for call in calls:
            files = [file for file in found if file.stem == call]
            left -= sum(_size(file) for file in files)
            if call not in self._open and (left < 0 or call < since):
                for file in files:
                    _delete(file)


async def _write_on(recording: Recording, files: _Files, left: asyncio.Event) -> None:
    """Until the customer has left, or the recording has stopped."""
    while not (left.is_set() or recording.stopped):
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY_S):
                await left.wait()
        await asyncio.to_thread(files.write, recording.taken())
        if files.bytes >= MOST_BYTES:
            recording.stopped = "it is too long"
    await asyncio.to_thread(files.write, recording.taken())
    end = last_line(recording.heard, recording.stopped or "left")
    await asyncio.to_thread(files.finish, end)


class _Files:
    """A call's two files. All of it blocks; raises OSError."""

    def __init__(self, path: Path, head: str) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._trace = _created(path.with_suffix(TRACE))
        self._raw = _created(path.with_suffix(SOUND))
        self._sound = wave.open(self._raw, "wb")  # noqa: SIM115
        self._sound.setparams((1, 2, HEARING_RATE, 0, "NONE", ""))
        self.bytes = 0
        self._put(head)

    def write(self, batch: Batch) -> None:
        """The sound goes first, so that nothing is told of sound that is not there."""
        if batch.waves:
            sound = np.rint(np.concatenate(batch.waves) * 32768)
            pcm = np.clip(sound, -32768, 32767).astype("<i2").tobytes()
            self._sound.writeframes(pcm)  # and how long it is by now, in front
            self._raw.flush()
            self.bytes += len(pcm)
        self._put("".join(line(came) for came in batch.inputs))

    def finish(self, end: str) -> None:
        self._put(end)

    def close(self) -> None:
        with self._trace, self._raw:
            self._sound.close()

    def _put(self, text: str) -> None:
        data = text.encode()
        self._trace.write(data)
        self._trace.flush()
        self.bytes += len(data)


def _created(path: Path) -> BinaryIO:
    """For its owner's eyes alone: a customer's voice is in it."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _delete(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as exc:
        log.warning("recording %s cannot be deleted: %s", file, exc)
