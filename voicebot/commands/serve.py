"""`voicebot serve`: the service, from loading to the last sentence."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.commands.common import console, loaded_of, state_of
from voicebot.errors import ConfigError

if TYPE_CHECKING:
    from voicebot.config import Sections
    from voicebot.events import EventStream

INTERRUPTED = 130
PLACEHOLDERS = {"secret", "devsecret"}  # of `livekit-server --dev` and of examples


def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on (http.host).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (http.port).")] = None,
) -> None:
    """Load the models, open the HTTP port, join rooms. Ends on SIGTERM or Ctrl-C.

    The first signal lets sentences be finished and takes no new rooms, the second ends at once.

    Examples:

        voicebot serve

        voicebot --config shop.toml serve --host 0.0.0.0 --port 8080
    """
    settings = loaded_of(ctx, {"http.host": host, "http.port": port}).settings
    refuse_placeholder_keys(settings)
    console.quiet = state_of(ctx).verbosity < 0
    raise typer.Exit(asyncio.run(_serve(settings)))


def refuse_placeholder_keys(settings: Sections) -> None:
    """Keys that everybody knows are for a server on this box only. Raises ConfigError."""
    from urllib.parse import urlsplit

    host = urlsplit(settings.livekit.url).hostname
    if host in (None, "localhost", "127.0.0.1", "::1"):
        return
    if settings.livekit.api_secret.get_secret_value() in PLACEHOLDERS:
        raise ConfigError(
            f"livekit.api_secret is a placeholder that everybody knows, and {host} is not this"
            " box: give that server a secret of its own (32 characters or more)"
        )


class Signals:
    """SIGTERM and SIGINT: the first asks, the second ends, the third is the system's own."""

    def __init__(self, main: asyncio.Task[object]) -> None:
        self.asked = asyncio.Event()
        self.interrupted = False
        self.serving = False
        self._main = main

    def install(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.take, number)

    def take(self, number: int) -> None:
        self.interrupted = self.interrupted or number == signal.SIGINT or self.asked.is_set()
        if self.serving and not self.asked.is_set():
            console.print("finishing what is being said; once more ends at once")
        else:
            loop = asyncio.get_running_loop()
            for installed in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(installed)
                signal.signal(installed, signal.SIG_DFL)
            self._main.cancel()
        self.asked.set()


async def _serve(settings: Sections) -> int:
    """The exit code: 0 after a drain that SIGTERM asked for; 130 after Ctrl-C, a second signal."""
    from voicebot.events import EventStream
    from voicebot.http.server import bound_socket
    from voicebot.telemetry.logs import log_event, turn_logger
    from voicebot.telemetry.turns import TurnLog

    main = asyncio.current_task()
    assert main is not None
    signals = Signals(main)
    signals.install()
    events = EventStream()
    with ExitStack() as stack:
        taken = stack.enter_context(bound_socket(settings.http))
        stack.enter_context(events.listening(log_event))
        stack.enter_context(events.listening(TurnLog(turn_logger(settings.logging.words))))
        port = taken.getsockname()[1]  # http.port may be 0, any that is free
        http = settings.http.model_copy(update={"port": port})
        settings = settings.model_copy(update={"http": http})
        try:
            await _until_asked(settings, events, taken, signals)
        except asyncio.CancelledError:
            if not signals.asked.is_set():  # else it is the signals' own doing
                raise
    return INTERRUPTED if signals.interrupted else 0


async def _until_asked(
    settings: Sections, events: EventStream, taken: socket.socket, signals: Signals
) -> None:
    from voicebot.http.app import create_app
    from voicebot.http.server import listening, url_of
    from voicebot.service import open_service
    from voicebot.telemetry.keep import keeping, read
    from voicebot.telemetry.questions import Questions

    console.print("loading the models")
    file, url = settings.logging.unanswered, url_of(settings.http)
    async with open_service(settings, events) as service:
        questions = Questions(settings.logging.words, read(file))
        app = create_app(service, settings, events, questions)
        async with keeping(questions, file), listening(app, taken):
            signals.serving = True
            console.print(f"ready: {url}")
            console.print(f"for customers: {url}/  for the shop: {url}/operator")
            if settings.recording.calls:
                console.print(f"calls are recorded into {settings.recording.folder}", markup=False)
            await signals.asked.wait()
            await service.dispatcher.drain(settings.rooms.drain)
