"""The unanswered questions' small file: read at start, written whenever there is something new."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from voicebot.telemetry.questions import Question, Questions

log = logging.getLogger(__name__)

LATEST_S = 10.0  # after a question it is on disk; a crash loses no more
VERSION = 1


def read(file: Path) -> list[Question]:
    """What is kept there; nothing where there is no file. One that cannot be read is told of in the
    log and set aside, so that nothing is lost by writing over it."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["version"] != VERSION:
            raise ValueError(f"it is of version {kept['version']}")
        return [Question(**row) for row in kept["questions"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as exc:
        aside = file.with_suffix(".unreadable")
        log.warning("%s cannot be read (%s): it goes to %s, and we begin anew", file, exc, aside)
        with suppress(OSError):
            file.replace(aside)
        return []


def write(file: Path, questions: tuple[Question, ...]) -> None:
    """Wholly or not at all; readable by its owner alone, since customers' words may be in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        rows = [asdict(question) for question in questions]
        json.dump({"version": VERSION, "questions": rows}, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


@asynccontextmanager
async def keeping(questions: Questions, file: Path) -> AsyncIterator[None]:
    """Writes what is new at most every LATEST_S, and at the end. A disk that takes nothing is told
    of once in the log; calls go on. Cancelling still writes the last."""
    written = questions.asked()
    well = True

    async def save() -> None:
        nonlocal written, well
        now = questions.asked()
        if now == written:
            return
        try:
            await asyncio.to_thread(write, file, now)
        except OSError as exc:
            if well:
                log.warning(
                    "%s cannot be written (%s): unanswered questions are not kept", file, exc
                )
            well = False
        else:
            written, well = now, True

    async def again() -> None:
        while True:
            await asyncio.sleep(LATEST_S)
            await save()

    task = asyncio.create_task(again(), name="keeping unanswered questions")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await save()
