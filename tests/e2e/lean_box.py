"""A box without models: `voicebot serve` as far as rooms go, with a tone for a voice.

python -m tests.e2e.lean_box --config FILE serve
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from tests.rooms.conftest import Parrot, tone
from voicebot.events import EventStream
from voicebot.rooms.names import Endpoint
from voicebot.service import open_rooms
from voicebot.settings import load
from voicebot.telemetry.logs import log_event, set_up_logging


async def serve(config: Path) -> None:
    settings = load(config).settings
    set_up_logging(settings.logging)
    livekit = settings.livekit
    endpoint = Endpoint(livekit.url, livekit.api_key, livekit.api_secret.get_secret_value())
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    events = EventStream()
    async with AsyncExitStack() as stack:
        stack.enter_context(events.listening(log_event))
        # So long a greeting that who is slow to subscribe, on a busy machine, hears of it too.
        parrot = Parrot(tone(3.0))
        service = await open_rooms(settings, endpoint, parrot, events, stack)
        await asked.wait()
        await service.dispatcher.drain(settings.rooms.drain)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[sys.argv.index("--config") + 1])))
