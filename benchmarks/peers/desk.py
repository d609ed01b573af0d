"""What every peer's agent is given and has in common; the standard library alone.

The driver writes one line of JSON to stdin, the desk, then a line for each room to serve; the
agent writes a line to stdout when it is ready. It ends when stdin does.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass

READY = "ready"
THREADS = 2  # of whisper: as many as the machine that this is measured on has cores
SILENCE_S = 0.3  # that may end a turn; the frameworks' own defaults are 0.5 s and more
MAX_TOKENS = 60
# Greedy, without timestamps and without what was said before: whisper's quickest way.
WHISPER = {
    "language": "en",
    "beam_size": 1,
    "best_of": 1,
    "temperature": 0.0,
    "condition_on_previous_text": False,
    "without_timestamps": True,
}
DIGITS, NAMED = 2, 2  # of an order, words of a product: fewer may be anything


@dataclass(frozen=True)
class Desk:
    """url: of the LiveKit server. whisper: folder. voice: the Piper voice's .onnx. base_url: of the
    language model's server. database: the shop's SQLite file."""

    url: str
    whisper: str
    voice: str
    base_url: str
    instructions: str
    welcome: str
    database: str


@dataclass(frozen=True)
class Place:
    """A room, and what lets the bot in."""

    room: str
    token: str


def take_desk() -> Desk:
    """The first line of stdin."""
    return Desk(**json.loads(sys.stdin.readline()))


async def places() -> AsyncIterator[Place]:
    """The rooms to serve, as they come; says first that the agent is ready."""
    print(READY, flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield Place(**json.loads(line))


# ------------------------------------------------------------------ the shop


def asked(database: str, words: str) -> str:
    """What the model is asked: what the shop knows of it, then the customer's words.

    The program looks it up, not the model by tool calls: that would take it a second pass, and
    with a model of this size mostly yields wrong calls, or JSON read out aloud.
    """
    with closing(sqlite3.connect(database)) as shop:
        known = [*_orders(shop, words), *_products(shop, words)]
    return "".join(f"({one})\n" for one in known) + words


def _orders(shop: sqlite3.Connection, words: str) -> list[str]:
    """By its digits: whisper writes the letters in many ways."""
    digits = "".join(re.findall(r"\d", words))
    if len(digits) < DIGITS:
        return []
    rows = shop.execute(
        "SELECT order_id, status, shipping_eta FROM orders WHERE order_id LIKE ?", (f"%{digits}",)
    )
    return [f"Order {one} is {status}. {eta and f'Arrives {eta}.'}" for one, status, eta in rows]


def _products(shop: sqlite3.Connection, words: str) -> list[str]:
    """The one with most of the words in its name, if two are."""
    said = _words(words)
    rows = shop.execute("SELECT name, price_cents, stock FROM products").fetchall()
    name, cents, stock = max(rows, key=lambda row: len(said & _words(row[0])))
    if len(said & _words(name)) < NAMED:
        return []
    return [f"{name}: ${cents / 100:.2f}, {'in stock' if stock else 'not in stock'}."]


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", text.lower())}
