"""Turn-taking as a whole: who is cut off while they stop to think, and how long the others wait.

The real models and the real turn-taking, without rooms: sound is fed in step by step, and what a
model finds comes in after as many samples as it has taken in time. So the figures do not depend on
the network, and a run takes less than the calls would.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.audio import HEARING_RATE, STEP, Waveform, samples
from voicebot.bench.hesitations import SENTENCES, VOICES, Hesitation, hesitation
from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples
from voicebot.config import Sections
from voicebot.dialogue.turns import AskJudge, Ended, Paused, Resumed, TurnEvent, Wording
from voicebot.dialogue.wording import wording
from voicebot.ears import Ears, Hearing
from voicebot.evaluation.speak import LEAD_S
from voicebot.evaluation.statistics import Share
from voicebot.events import ignore

SHORTEST_S, LONGEST_S = 0.5, 1.2  # of the pauses
# From the turn's taking until the customer hears something: 80 ms to the first sound, 100 on the
# network (docs/performance.md).
ANSWER_S = 0.18
PATIENT_S = 3.0  # any turn is over after so much silence


async def measure(settings: Sections, count: int) -> Report:
    """`count` sentences, each broken off by a pause and said whole. Cancelling ends it between two
    of them. Raises ModelError, ConfigError."""
    here = machine()
    ears = partial(Ears, open_hearing(settings), settings.turns, settings.vad)
    said = [_said(place) for place in range(count)]
    pauses = _pauses(count)
    cut = {voice: list[bool]() for voice in VOICES}
    ends: list[float] = []
    await _taken_after(ears(), said[0].whole)  # warm
    for one, pause in zip(said, pauses, strict=True):
        broken = await _taken_after(ears(), one.first)
        cut[one.voice].append(broken + ANSWER_S < pause)
        ends.append(await _taken_after(ears(), one.whole))
    everybody = list(itertools.chain(*cut.values()))
    return Report(
        "pauses",
        f"{count} sentences with a pause of {SHORTEST_S:g} to {LONGEST_S:g} s in the middle, and"
        f" without; an answer is taken to sound {ANSWER_S * 1000:.0f} ms after the turn is over",
        here,
        (Samples("end of speech to the turn's end", tuple(end * 1000 for end in ends)),),
        {"cut off": _share(everybody)}
        | {f"cut off, {voice}": _share(found) for voice, found in cut.items() if found},
    )


def _share(found: Sequence[bool]) -> Share:
    return Share(sum(found), len(found))


def _said(place: int) -> Hesitation:
    return hesitation(SENTENCES[place % len(SENTENCES)], _voice(place))


def _voice(place: int) -> str:
    """Another one each time, and for each sentence each time that it comes."""
    return VOICES[(place % len(SENTENCES) + place // len(SENTENCES)) % len(VOICES)]


def _pauses(count: int) -> list[float]:
    """Seconds; all lengths are as frequent."""
    spread = np.linspace(SHORTEST_S, LONGEST_S, count) if count > 1 else np.array([LONGEST_S])
    return [float(pause) for pause in np.random.default_rng(0).permutation(spread)]


def open_hearing(settings: Sections) -> Hearing:
    """The models that hear, as they are set. Raises ModelError."""
    files = Files.of(settings)
    return Hearing(
        assemble.open_detector(files),
        assemble.open_judge(files),
        assemble.open_transcriber(settings, files),
        assemble.open_endings(files, assemble.open_embedder(settings, files)),
    )


# ------------------------------------------------------------------ one customer


@dataclass(order=True)
class _Finding:
    """What a model has found, and the sample at which it comes in."""

    due: int
    number: int
    tell: Callable[[], tuple[TurnEvent, ...]]


class _Customer:
    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._findings: list[_Finding] = []
        self._numbers = itertools.count()
        self._words_due = 0
        self.ended: Ended | None = None

    async def hear(self, wave: Waveform) -> None:
        """The next STEP samples, after whatever is due by now."""
        while self._findings and self._findings[0].due <= self._ears.taker.now:
            await self._follow(heapq.heappop(self._findings).tell())
        await self._follow(self._ears.hear(wave, np.zeros(0, np.int16)))

    async def _follow(self, found: tuple[TurnEvent, ...]) -> None:
        for event in found:
            match event:
                case Paused(start, end):
                    self._words_due = await self._find(self._transcribed(start, end))
                case AskJudge():  # who is asked after the words
                    await self._find(self._judged(event), self._words_due)
                case Resumed():
                    self._findings.clear()
                case Ended():
                    self._findings.clear()
                    self.ended = self.ended or event

    async def _find(
        self, work: Awaitable[Callable[[], tuple[TurnEvent, ...]]], after: int = 0
    ) -> int:
        """The sample at which it comes in, begun at the sample `after` or now."""
        began, asked = time.perf_counter(), max(after, self._ears.taker.now)
        tell = await work
        due = asked + samples(time.perf_counter() - began)
        heapq.heappush(self._findings, _Finding(due, next(self._numbers), tell))
        return due

    async def _transcribed(self, start: int, end: int) -> Callable[[], tuple[TurnEvent, ...]]:
        heard = await self._ears.words(start, end, ignore)
        found = Wording.OPEN if heard is None else wording(heard.text)
        odds = None if heard is None else await self._ears.odds(heard.text, found)
        return lambda: self._ears.taker.transcribed(found, odds)

    async def _judged(self, asked: AskJudge) -> Callable[[], tuple[TurnEvent, ...]]:
        probability = await self._ears.finished(asked, ignore)
        return lambda: () if probability is None else self._ears.taker.judged(probability)


async def _taken_after(ears: Ears, voice: Waveform) -> float:
    """Seconds of silence after which the turn was over; negative where that was before the voice
    had ended, PATIENT_S where it never was."""
    lead = samples(LEAD_S)
    wave = np.pad(voice, (lead, samples(PATIENT_S)))
    customer = _Customer(ears)
    for start in range(0, len(wave) - STEP + 1, STEP):
        await customer.hear(wave[start : start + STEP])
        if (ended := customer.ended) is not None:
            return (ended.end + ended.silence - lead - len(voice)) / HEARING_RATE
    return PATIENT_S
