"""What it was that sounded over the bot's own voice, from its words: the bot has stopped, and
either goes on or has been interrupted.

Listeners say "uh-huh" and "right" without wanting the floor (backchannels; Yngve 1970), cough and
laugh. None of that ends an answer. An "um" does not either, but announces what may.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from enum import Enum, auto

from voicebot.dialogue.spoken import answers
from voicebot.dialogue.spoken.numbers import bag

MOST_BACKCHANNEL = 4  # words
LEAST_OWN = 3  # words; fewer are easily the same by chance
MOST_MISHEARD = 5  # words; more are hardly made out of an "mm-hmm"
UNSURE = -0.8  # mean log probability of a token; words that are meant are heard better
OWN_SHARE = 0.75  # of the words heard, in the order in which we said them

# As whisper writes them.
_NOISES = bag(
    "ah aha ahem argh cough coughs coughing clears throat ha haha hahaha heh hehe he huh laughs"
    " laughing laughter sigh sighs sneezes music applause"
)
_HESITATIONS = bag("um umm uhm uh er erm eh well so hm hmm hmmm and but")
_AGREEING = bag(
    "yeah yes yep yup ya yah okay ok kay alright all right sure fine good great cool nice oh wow mm"
    " mmm mhm mhmm mmhm mmhmm hm hmm uh huh uhhuh aha i see got it of course exactly indeed really"
    " true"
)
_NOT_ALONE = bag("i it all of course see got")  # but in "I see", "got it"


class Heard(Enum):
    NOTHING = auto()  # noise, or no words
    BACKCHANNEL = auto()
    HESITATION = auto()  # the customer may be about to speak
    OWN = auto()  # our voice from the customer's loudspeaker
    MEANT = auto()  # for us


def judged(text: str, *, confidence: float, asking: bool, over: bool, own: str = "") -> Heard:
    """What the words over our voice are.

    confidence: mean log probability of a token, as the transcriber tells it; a few words that it is
    unsure of are rather a sound without words. asking: what was being said when they came is a
    question, so that a yes is its answer, and a name may be. over: nothing of the answer was left
    to be said, so that nothing is gained by going on. own: what we said lately, where it may come
    back as an echo; else empty.
    """
    said = re.sub(r"\buh[- ]?huh\b", "uhhuh", re.sub(r"\bn?uh[- ]uh\b", "nope", text.lower()))
    words = re.findall(r"[a-z0-9']+", said)
    unsure = confidence < UNSURE and len(words) <= MOST_MISHEARD
    if (unsure and not asking and not over) or all(word in _NOISES for word in words):
        return Heard.NOTHING
    if own and is_own(words, re.findall(r"[a-z0-9']+", own.lower())):
        return Heard.OWN
    if asking and answers.yes_no(text) is not None:
        return Heard.MEANT
    if all(word in _HESITATIONS or word in _NOISES for word in words):
        return Heard.HESITATION
    if over:
        return Heard.MEANT
    return Heard.BACKCHANNEL if _is_backchannel(words) else Heard.MEANT


def is_own(words: list[str], spoken: list[str]) -> bool:
    """Whether the words are those that were spoken, but for some that were misheard."""
    if len(words) < LEAST_OWN:
        return False
    blocks = SequenceMatcher(None, words, spoken, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= OWN_SHARE * len(words)


def _is_backchannel(words: list[str]) -> bool:
    small = _AGREEING | _HESITATIONS | _NOISES
    agrees = all(word in small for word in words) and (len(words) > 1 or words[0] not in _NOT_ALONE)
    return agrees and len(words) <= MOST_BACKCHANNEL
