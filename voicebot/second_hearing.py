"""What was said, held once more against its sound, where the words leave doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voicebot.dialogue import phrases, requests
from voicebot.dialogue.spoken import closed_set, number_set, similar
from voicebot.dialogue.spoken.identifiers import HeardId, IdIndex
from voicebot.dialogue.spoken.number_set import Verdict
from voicebot.errors import SttError
from voicebot.stages import Acoustics

ALIKE = 0.7  # likeness of what is heard otherwise to what was heard, as it is spoken
WORSE = 16.0  # natural log probability that it may be less likely by the sound alone


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
