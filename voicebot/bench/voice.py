"""Voice to voice: real calls in real rooms, ours and the plain way, measured from outside."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count as numbers
from pathlib import Path

from voicebot.audio import HEARING_RATE, SPEAKING_RATE
from voicebot.bench.customers import serve
from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples
from voicebot.bench.spoken import clips
from voicebot.config import Sections
from voicebot.evaluation.scenario import ShopFiles
from voicebot.evaluation.shops import Shops
from voicebot.evaluation.statistics import Share
from voicebot.resampling import resample
from voicebot.rooms.customer import Patience, Turn
from voicebot.rooms.report import CallReport
from voicebot.store import Store
from voicebot.telemetry.turns import TurnRecord

POLICIES = (
    "What is your return policy?",
    "How much does express shipping cost?",
    "How long is the warranty?",
    "What time do you open on Sunday?",
)
SMALL_TALK = ("Hello there, how are you?", "You have a nice voice.", "Tell me a joke, please.")
PATIENCE = Patience(bot=60, ask_for_bot=60, greeting=40, answer=40, longest_answer=90)
STAGES = ("silence", "judge", "stt", "understand", "tool", "first_clause", "first_token")


@dataclass(frozen=True)
class Asked:
    """A turn of the script. kind: policy, status, name, search or small talk."""

    kind: str
    text: str


async def measure(settings: Sections, count: int, plain: int, rooms: int) -> Report:
    """At least `count` turns of mixed kinds with `rooms` customers at once, then `plain` turns with
    one by the plain way (0: none). The shop is a copy of the one in force, so nothing is changed.
    Cancelling ends the calls. Raises ModelError, StoreError, RoomError."""
    here = machine()
    with tempfile.TemporaryDirectory(prefix="voicebot-bench-") as folder:
        settings, script = await scripted(settings, Path(folder))
        ours, noted = await _measured(settings, script, count, rooms, plain=False)
        plainly: list[CallReport] = []
        if plain:
            plainly, _ = await _measured(settings, script, plain, 1, plain=True)
    kinds = list(dict.fromkeys(one.kind for one in script))
    total, other = Samples("ours", delays(ours)), Samples("plain", delays(plainly))
    return Report(
        "voice",
        f"true end of speech to the first sound, {rooms} rooms at once, about 100 ms of WebRTC in"
        f" it; plain waits 0.7 s of silence, then takes one step after the other",
        here,
        (
            total,
            *(Samples(f"ours, {kind}", delays(ours, kind)) for kind in kinds),
            other,
            Samples("ours, greeting", greetings(ours)),
            *(Samples(f"ours, stage {stage}", _stage(noted, stage)) for stage in STAGES),
        ),
        {"ours, answered": answered(ours), "plain, answered": answered(plainly)},
        {"times faster": total.times(other)} if other.values and total.values else {},
    )


async def copied(settings: Sections, folder: Path) -> Sections:
    """The settings for a copy of the shop in that folder, so that nothing is changed. Raises
    StoreError."""
    shops = Shops(settings, folder)
    index = await shops.index(None)
    url = await asyncio.to_thread(shops.copy, ShopFiles())
    at = {
        "store": settings.store.model_copy(update={"url": url, "shop": None}),
        "knowledge": settings.knowledge.model_copy(update={"index": index}),
    }
    return settings.model_copy(update=at)


async def scripted(settings: Sections, folder: Path) -> tuple[Sections, list[Asked]]:
    """Settings for a copy of the shop, and what its customers ask."""
    settings = await copied(settings, folder)
    with closing(Store(settings.store.url)) as store:
        orders, products = store.orders(), store.products()
    script: list[Asked] = []
    for place in range(max(len(POLICIES), len(SMALL_TALK))):
        script.append(Asked("policy", POLICIES[place % len(POLICIES)]))
        if orders:
            order = orders[place % len(orders)]
            script.append(Asked("status", f"Where is my order {order.order_id}?"))
            script.append(Asked("name", f"My last name is {order.customer.split()[-1]}."))
        if products:
            name = products[place % len(products)].name
            script.append(Asked("search", f"Do you have {name}?"))
        script.append(Asked("small talk", SMALL_TALK[place % len(SMALL_TALK)]))
    return settings, script


async def _measured(
    settings: Sections, script: Sequence[Asked], count: int, rooms: int, *, plain: bool
) -> tuple[list[CallReport], list[TurnRecord]]:
    turns = await spoken_turns(settings, script)
    return await serve(settings, calls_of(turns, count), PATIENCE, rooms=rooms, plain=plain)


async def spoken_turns(settings: Sections, script: Sequence[Asked]) -> list[Turn]:
    """The script, said aloud. Cancelling drops it."""
    said = await clips(settings, len(script), [one.text for one in script])
    return [
        Turn(one.kind, speech=resample(clip.wave, HEARING_RATE, SPEAKING_RATE))
        for one, clip in zip(script, said, strict=True)
    ]


def calls_of(turns: Sequence[Turn], count: int) -> Iterator[Sequence[Turn]]:
    """A call for each round of kinds, until there are `count` turns."""
    size = len({turn.name for turn in turns})
    for number in numbers():
        if number * size >= count:
            return
        at = number * size % len(turns)
        yield turns[at : at + size]


def delays(reports: Sequence[CallReport], kind: str = "") -> tuple[float, ...]:
    return tuple(
        turn.delay_ms
        for report in reports
        for turn in report.turns
        if turn.delay_ms is not None and kind in ("", turn.name)
    )


def greetings(reports: Sequence[CallReport]) -> tuple[float, ...]:
    """Milliseconds from the moment at which both were in the room."""
    return tuple(report.greeting_ms for report in reports if report.greeting_ms is not None)


def _stage(noted: Sequence[TurnRecord], stage: str) -> tuple[float, ...]:
    return tuple(turn.ms[stage] for turn in noted if turn.turn and stage in turn.ms)


def answered(reports: Sequence[CallReport]) -> Share:
    """Turns after which the bot was heard, and had not been speaking anyway."""
    outcomes = [turn.outcome for report in reports for turn in report.turns]
    return Share(outcomes.count("answered"), len(outcomes))
