"""What customers say at length, and how long its words take: heard whole, or head first."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.audio import HEARING_RATE, STEP, Pcm, Waveform, samples
from voicebot.bench.spoken import Clip, clips
from voicebot.config import Sections
from voicebot.dialogue.turns import Paused
from voicebot.ears import LEAD_IN, LEAD_OUT, Ears, Hearing
from voicebot.evaluation.speak import LEAD_S, TAIL_S
from voicebot.events import ignore
from voicebot.stages import Transcriber

T = TypeVar("T")

# "/": where people breathe, or stop to think; twice in each.
SENTENCES = (
    "I bought a pair of headphones from you about three weeks ago / and since yesterday the left"
    " side makes no sound at all / so I would like to know what I can do.",
    "My sister gave me a coffee machine for my birthday / but we already have one at home / and I"
    " wonder whether I can exchange it without the receipt.",
    "I ordered a charger and two cables last Monday / and the page said they would be here by"
    " Thursday / but nothing has come so far.",
    "We are moving to another town at the end of the month / so could you tell me whether the"
    " guarantee still counts / if I bring the washing machine to another of your stores?",
    "I am looking for a fitness tracker for my father / it should be easy to read and survive a"
    " shower / and it must not cost more than a hundred dollars.",
    "The box was already open when it arrived / and one of the screws was missing / so I would"
    " rather have my money back than wait for another one.",
    "I wanted to pay with a gift card and the rest in cash / but your colleague said that this is"
    " not possible / is that really the case?",
    "My neighbor told me that you take back old batteries / and I have a whole bag of them in the"
    " car / where can I leave them?",
    "I would like to buy a tablet for my daughter who starts school in autumn / and I wonder"
    " whether there is a discount for students / or for buying two at once.",
    "When I plug in the lamp it works for a minute or two / then it starts to flicker and goes out"
    " / and the light on its foot turns red.",
    "I have been waiting for an answer to my letter for two weeks now / and nobody picks up the"
    " phone / so I came here to ask somebody in person.",
    "Could you send the parcel to my office instead of my home / because nobody is there during"
    " the day / and the last one was stolen from the door?",
    "The shoes fit well but the left one hurts after an hour / and I have worn them only twice"
    " inside the house / can I still bring them back?",
    "I need a cable that is at least five meters long / for the screen in our meeting room / and"
    " an adapter for the old computer that we use there.",
    "Last winter I got a heater from you that smelled of smoke / and you replaced it for free / now"
    " the new one does exactly the same.",
    "If I order this evening and choose the express shipping / would the present be here on"
    " Saturday morning / or should I better pick it up in the store?",
)
PAUSE_S = 0.4
_NOTHING: Pcm = np.zeros(0, np.int16)


@dataclass(frozen=True)
class Heard:
    """text, ms after the customer had fallen silent."""

    text: str
    ms: float


async def fluent(settings: Sections, count: int) -> list[Clip]:
    """The first `count` sentences, over and over, without a single pause."""
    return await clips(settings, count, [text.replace(" /", "") for text in SENTENCES])


async def with_pauses(settings: Sections, count: int) -> list[Clip]:
    """The same with PAUSE_S of silence where people breathe."""
    parts = list(zip(*(text.split(" / ") for text in SENTENCES), strict=True))
    said = [await clips(settings, count, list(part)) for part in parts]
    return [_joined(pieces) for pieces in zip(*said, strict=True)]


def _joined(pieces: Sequence[Clip]) -> Clip:
    """One behind the other, with a pause in between."""
    lead, tail = samples(LEAD_S), samples(TAIL_S)
    pause = np.zeros(samples(PAUSE_S), np.float32)
    waves = [pieces[0].wave[:lead]]
    for piece in pieces:
        waves += [piece.wave[lead:-tail], pause]
    waves[-1] = pieces[-1].wave[-tail:]
    text = " ".join(piece.text for piece in pieces)
    return replace(pieces[0], text=text, wave=np.concatenate(waves))


class Listener:
    """Hears clips as in a call, but as fast as it can."""

    def __init__(self, settings: Sections, transcriber: Transcriber) -> None:
        """Raises ModelError."""
        files = Files.of(settings)
        detector, judge = assemble.open_detector(files), assemble.open_judge(files)
        self._hearing = Hearing(detector, judge, transcriber)
        self._turns, self._vad = settings.turns, settings.vad

    async def in_parts(self, wave: Waveform) -> Heard:
        """Its head heard while it went on: only what was then still to come of it is waited for."""
        ears = Ears(self._hearing, self._turns, self._vad)
        known_at, last = 0.0, Paused(0, 0)  # ms of the clip; its end, so far
        for place in range(0, len(wave) - STEP + 1, STEP):
            found = ears.hear(wave[place : place + STEP], _NOTHING)
            last = next((event for event in found if isinstance(event, Paused)), last)
            if ears.cut is not None:
                _, ms = await _timed(ears.hear_head(ears.cut, ignore))
                known_at = max(known_at, _ms(ears.taker.now)) + ms
        heard, ms = await _timed(ears.words(last.start, last.end, ignore))
        waited = known_at - _ms(last.end) - self._turns.listen_after
        return Heard("" if heard is None else heard.text, max(0.0, waited) + ms)

    async def whole(self, wave: Waveform) -> Heard:
        """Without the silence around it. Raises SttError."""
        said = wave[samples(LEAD_S) - LEAD_IN : len(wave) - samples(TAIL_S) + LEAD_OUT]
        heard, ms = await _timed(self._hearing.transcriber.transcribe(said))
        return Heard(heard.text, ms)


async def _timed(work: Awaitable[T]) -> tuple[T, float]:
    """What it gives, and the milliseconds that it took."""
    began = time.perf_counter()
    return await work, (time.perf_counter() - began) * 1000


def _ms(place: int) -> float:
    return place * 1000 / HEARING_RATE
