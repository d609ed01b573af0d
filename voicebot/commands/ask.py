"""`voicebot ask`: the whole reply path as text."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.commands.common import print_json, settings_of

if TYPE_CHECKING:
    from voicebot.config import Sections
    from voicebot.telemetry.turns import TurnRecord


def ask(
    ctx: typer.Context,
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="The turns of one dialogue.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a turn.")] = False,
) -> None:
    """Ask in text what a customer would ask aloud. Without TEXT: a dialogue on stdin.

    Examples:

        voicebot ask "What is your return policy?"

        voicebot ask --json "Where is order ORD123?" "Doe"

        voicebot ask < questions.txt
    """
    asyncio.run(_ask(settings_of(ctx), texts or [], as_json))


async def _ask(settings: Sections, texts: list[str], as_json: bool) -> None:
    from voicebot.events import EventStream
    from voicebot.service import open_brain
    from voicebot.telemetry.turns import TurnLog

    events = EventStream()
    records: deque[TurnRecord] = deque(maxlen=1)  # of the last turn
    with events.listening(TurnLog(records.append)):
        async with open_brain(settings, events) as brain:
            talk = brain.typed()
            async for text in _lines(texts):
                say = await talk.say(text)
                if as_json:
                    print_json(records[-1].as_json())
                else:
                    typer.echo(say)


async def _lines(texts: list[str]) -> AsyncIterator[str]:
    """The texts, or stdin's lines until its end; empty lines are left out."""
    if texts:
        for text in texts:
            yield text
        return
    terminal = sys.stdin.isatty()

    def prompt() -> None:
        if terminal:
            typer.echo("> ", err=True, nl=False)

    async with aclosing(_typed(prompt)) as lines:
        async for line in lines:
            if line.strip():
                yield line.strip()
    if terminal:
        typer.echo(err=True)


async def _typed(prompt: Callable[[], None]) -> AsyncGenerator[str, None]:
    """Lines of stdin. No thread waits for them: one that does cannot be stopped by Ctrl-C."""
    rest = b""
    while True:
        prompt()
        try:
            await _readable(sys.stdin.fileno())
        except (OSError, ValueError):  # a file, which never makes us wait
            for line in sys.stdin:
                yield line
            return
        piece = os.read(sys.stdin.fileno(), 65536)
        *lines, rest = (rest + piece).split(b"\n")
        for whole in lines if piece else [rest]:
            yield whole.decode(errors="replace")
        if not piece:
            return


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    something = asyncio.Event()
    loop.add_reader(descriptor, something.set)
    try:
        await something.wait()
    finally:
        loop.remove_reader(descriptor)
