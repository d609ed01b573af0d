"""What was said, held once more against its sound, where the words leave doubt."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.dialogue.spoken import closed_set
from voicebot.errors import SttError
from voicebot.stages import Acoustics


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
