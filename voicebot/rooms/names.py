"""What rooms and bots are called, and where the LiveKit server is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

BOT_NAME = "Customer Service Bot"
# Letters, digits and a few marks: a room's name goes into identities, URLs and logs.
ROOM_NAME = r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}"


@dataclass(frozen=True)
class Endpoint:
    """A LiveKit server and the key to it. url: ws:// or wss://."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)


def valid_room_name(name: str) -> bool:
    """1 to 128 of A-Z a-z 0-9 _ . : @ -, the first of which is a letter or a digit."""
    return re.fullmatch(ROOM_NAME, name) is not None


def bot_identity(room: str) -> str:
    return f"bot-{room}"
