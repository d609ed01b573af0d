"""Words that whisper makes out of noise, learnt from subtitles of videos."""

from __future__ import annotations

import re

# Said by nobody to a shop: never believed.
_SUBTITLES = re.compile(
    r"(thank you|thanks)( you)?( so much| very much)? for (watching|listening|viewing)"
    r"|(like|comment)? ?(and )?subscribe|subtitles? by|captions? by|amara ?org"
    r"|hope you enjoyed (this|the) video|see you (in the )?next (time|video)"
    r"|in this video|this video"
)
# Said by customers too: believed when the sound supports it.
_LIKELY = frozenset(
    {
        "thank you", "thank you very much", "thank you so much", "thanks", "thank you thank you",
        "you", "bye", "bye bye", "goodbye", "okay", "ok", "oh", "so", "the", "i", "a", "and",
        "hmm", "mm", "mmm", "uh", "ah", "yeah", "the end", "its", "im sorry", "i dont know",
        "all right", "oh my god", "good night", "music", "applause", "laughter",
    }
)  # fmt: skip
_LEAST_CONFIDENCE = -0.65  # mean log probability of a token
_MOST_NO_SPEECH = 0.3
_LEAST_LEVEL_DB = -42.0  # dBFS of the loudest 100 ms
_LEAST_VOICE_S = 0.2


def invented(
    text: str, *, confidence: float, no_speech: float, level_db: float, voice_s: float
) -> bool:
    """Whether these words were rather made up than heard.

    level_db: of the loudest 100 ms. voice_s: seconds near that level.
    """
    words = _words(text)
    if not words:
        return True
    plain = " ".join(words)
    found = _SUBTITLES.search(plain)
    if found and len(found.group().split()) * 2 >= len(words):
        return True
    return plain in _LIKELY and (
        confidence < _LEAST_CONFIDENCE
        or no_speech > _MOST_NO_SPEECH
        or level_db < _LEAST_LEVEL_DB
        or voice_s < _LEAST_VOICE_S
    )


def _words(text: str) -> list[str]:
    return re.sub(r"[^\w\s]", "", text.lower()).split()
