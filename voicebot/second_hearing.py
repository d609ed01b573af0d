"""What was said, held once more against its sound, where the words leave doubt."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot import events
from voicebot.desk import Desk
from voicebot.dialogue import phrases, requests, steps
from voicebot.dialogue.spoken import closed_set, number_set, similar
from voicebot.dialogue.spoken.identifiers import HeardId, IdIndex
from voicebot.dialogue.spoken.number_set import Verdict
from voicebot.dialogue.steps import State
from voicebot.errors import SttError
from voicebot.reading import Reading
from voicebot.session import Dialogue
from voicebot.stages import Acoustics

ALIKE = 0.7  # likeness of what is heard otherwise to what was heard, as it is spoken
WORSE = 16.0  # natural log probability that it may be less likely by the sound alone


@dataclass(frozen=True)
class SecondHearing:
    """Of a turn's own sound, which dialogue.acoustics keeps; where there is none (typed words),
    nothing is found."""

    desk: Desk
    reading: Reading

    async def words(self, dialogue: Dialogue, state: State, text: str) -> str:
        """What was said, where the words make no sense here, and the sound can be heard as others,
        with the shop's words in mind; else "". At most once a turn."""
        acoustics = dialogue.acoustics
        if acoustics is None or await self.reading.makes_sense(state, text):
            return ""
        dialogue.acoustics, began = None, time.monotonic()
        again = await words_heard(acoustics, text, await self.desk.likely_words(text))
        _tell(dialogue, began, decided=bool(again))
        return again

    async def number(self, dialogue: Dialogue, step: steps.Weigh) -> Verdict:
        """The order numbers that exist and that the sound speaks for."""
        if dialogue.acoustics is None:
            return Verdict()
        began, index = time.monotonic(), self.desk.index()
        verdict = await number_heard(dialogue.acoustics, step.text, step.heard, index)
        _tell(dialogue, began, decided=verdict.sure)
        return verdict

    async def name(self, dialogue: Dialogue, order_id: str, answer: str) -> str:
        """What proves or does not: the words, or the name that their sound decides for."""
        if dialogue.acoustics is None:
            return answer
        rivals = await self.desk.rivals(order_id, answer)
        began = time.monotonic()
        name = await name_heard(dialogue.acoustics, answer, rivals)
        if rivals:
            _tell(dialogue, began, decided=name is not None)
        return name or answer


def _tell(dialogue: Dialogue, began: float, *, decided: bool) -> None:
    ms = (time.monotonic() - began) * 1000
    dialogue.tell(events.HeldAgainstSound(decided=decided, ms=ms))


async def name_heard(acoustics: Acoustics, text: str, rivals: Sequence[str]) -> str | None:
    """Which of the names was said; None where that is not sure, or where the text is no name. What
    it does and how long it takes depends on what was said, not on which name is the right one.
    Cancelling drops the work."""
    if not rivals or closed_set.framing(text) is None:
        return None
    try:
        told = await acoustics.again(", ".join(rivals) + ".")
        if (found := closed_set.named(told, rivals)) is not None:
            return rivals[found]
        framing = closed_set.framing(told) or closed_set.framing(text)
        assert framing is not None
        texts = [text, told or text, *map(framing.around, rivals)]
        heard, again, *scores = await acoustics.score(texts)
    except SttError:  # then the words stand alone
        return None
    found = closed_set.chosen(max(heard, again), scores)
    return None if found is None else rivals[found]


async def words_heard(acoustics: Acoustics, text: str, likely: Sequence[str]) -> str:
    """What was said, if these words are likely, and if it sounds like the text and the sound bears
    it; else "". Cancelling drops the work."""
    try:
        told = await acoustics.again(f"{', '.join((*phrases.LIKELY_WORDS, *likely))}.")
        told = max((told, *requests.requests(told)), key=lambda part: _likeness(part, text))
        if not _another(told, text, likely):
            return ""
        before, after = await acoustics.score([text, told])
    except SttError:
        return ""
    return told if before - after <= WORSE else ""


def _another(told: str, text: str, likely: Sequence[str]) -> bool:
    """Whether it is other words that sound alike, and not just what the listener was told."""
    now, before = _words(told), _words(text)
    repeats = set(now) <= set(_words(" ".join(likely)))
    return now != before and not repeats and _likeness(told, text) >= ALIKE


def _likeness(one: str, other: str) -> float:
    """To the ear."""
    return similar.likeness(*("".join(map(similar.sound, _words(text))) for text in (one, other)))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


async def number_heard(acoustics: Acoustics, text: str, heard: HeardId, index: IdIndex) -> Verdict:
    """Which order number that exists was said, where the one in the text does not. Cancelling drops
    the work."""
    rivals = number_set.rivals(text, heard, index)
    if not rivals:
        return Verdict()
    try:
        transcript, *scores = await acoustics.score([text, *(rival.text for rival in rivals)])
    except SttError:
        return Verdict()
    fits = any(index.fits(reading) for reading in heard.readings)
    return number_set.verdict(transcript, rivals, scores, fits=fits)
