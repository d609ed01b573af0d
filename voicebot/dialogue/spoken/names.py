"""The last name in an utterance, held against the one that is expected.

Kept conservative: a name passes when it is the same, is spelled out letter by letter, or sounds
the same to an English speaker; only long names may differ by one sound.
"""

from __future__ import annotations

import re

from voicebot.dialogue.spoken import similar
from voicebot.dialogue.spoken.numbers import bag, tokens
from voicebot.dialogue.spoken.surnames import COMMON
from voicebot.dialogue.spoken.symbols import HESITATIONS, LETTER_NAMES, NATO

LONG = 7  # sounds; from here on one of them may differ
_SURNAMES = frozenset(similar.folded(name).replace("'", "") for name in COMMON)
_MOST_WORDS = 4  # of a name; more words are no name but talk, and would be guesses in a row
_MOST_LETTERS = 25
_CARRIER = re.compile(
    r"\b(?:(?:last|sur|family|second|full|whole)[ -]?name(?: on (?:it|the order|there))?(?:'s)?"
    r"(?: is| was| should be| would be)?|(?:my |the |our |her |his |their )?names?(?: is|'s)"
    r"|it(?: is|'s| was| would be| should be) (?:under|for|on|in)"
    r"|(?:under|on|for) the name(?: of)?|under|it(?: is|'s| was| should be| would be)"
    r"|this is|that(?: is|'s| would be)|i am|i'm|is|yes|yeah|yep|sure|okay|ok|well|sorry|no"
    r"|hi|hello|so|the|mister|mrs|miss|doctor|mr|ms|dr|spelled|spelt|called)\b"
)
_TRAILER = re.compile(
    r"\b(?:please|thanks|thank you|that's it|that is it|i said|i think|sir|madam|ma'am|again"
    r"|is (?:my|the) (?:last |sur|family )?name|with (?:an?|two|one|double) \w.*|like the \w+)$"
)
_TALK = re.compile(
    r"\b(?:don't|do not|can't|cannot|won't|didn't|not sure|no idea|never|why|what|what's|where"
    r"|when|who|how|which|could you|can you|would you|want|wanna|need|tell|help|forgot|forget)\b"
)
_APART = r"\s*(?:[,.;!?]+(?:\s*and\b)?|\band\b)\s*"  # what stands between names of a list
_SUFFIXES = frozenset(("jr", "junior", "sr", "senior", "ii", "iii", "iv", "phd", "md", "esq"))
_PARTICLES = bag(
    "van von der den de del della di da dos du la le las los el al bin ibn mc mac st saint o"
    " ten ter zu san santa"
)


def candidates(text: str) -> tuple[str, ...]:
    """What could be a last name in the utterance, in lower case without accents and spaces, the
    likeliest first; at most 4. Empty where somebody talks instead of naming."""
    said = similar.folded(text).replace("’", "'")
    if _TALK.search(said):
        return ()
    found: list[str] = []
    words = _spelled(said, found)
    rest = _bare(" ".join(words))
    if 0 < len(rest) <= _MOST_WORDS and not _listed(rest, said):
        joined = ("".join(rest), "".join(rest[-2:]), rest[-1])
        # "Doe, John" names the last name first.
        first = (rest[0],) if re.search(rf"\b{re.escape(rest[0])}\s*,\s*\w", said) else ()
        found += [name for name in (joined[2], *first, joined[1], joined[0]) if len(name) > 1]
    return tuple(dict.fromkeys(name for name in found if len(name) <= _MOST_LETTERS))[:4]


def _listed(words: list[str], said: str) -> bool:
    """Whether several names are given, of which one might be right: those are guesses."""
    said = said.replace("'", "")

    def apart(some: list[str]) -> bool:
        pattern = _APART.join(map(re.escape, some))
        return len(set(some)) > 1 and re.search(rf"\b{pattern}\b", said) is not None

    if "or" in words or (len(words) == 2 and _SURNAMES.issuperset(words) and apart(words)):
        return True
    return any(apart(words[first : first + 3]) for first in range(len(words) - 2))


def matches(text: str, expected: str) -> bool:
    """Whether the utterance gives the last name of `expected`, a customer's whole name."""
    wanted = last_names(expected)
    return any(same(said, name) for said in candidates(text) for name in wanted)


def same(said: str, name: str) -> bool:
    """Whether two last names are the same one to the ear. Both as `candidates` gives them."""
    if said == name:
        return True
    if len(said) < 2 or len(name) < 2:
        return False
    one, other = similar.sound(said), similar.sound(name)
    if one == other:
        return bool(one)
    # One sound replaced, none more: Williams is not Williamson.
    if len(one) != len(other) or len(one) < LONG or one[:2] != other[:2]:
        return False
    return similar.edits(one, other, 1) == 1 and similar.edits(said, name, 2) <= 2


def last_names(customer: str) -> tuple[str, ...]:
    """The forms of a customer's last name: with particles and without, a double name whole and in
    halves. "Ana de la Cruz" gives delacruz and cruz."""
    name = similar.folded(customer).replace("’", "'").replace("'", "")
    if "," in name:  # "Doe, John"
        head, tail = name.split(",", 1)
        name = head if tail.strip(" .") in _SUFFIXES else f"{tail} {head}"
    words = [w for w in re.findall(r"[a-z-]+", name) if w.strip("-") not in _SUFFIXES]
    if not words:
        return ()
    last = words[-1].strip("-")
    start = len(words) - 1
    while start > 0 and words[start - 1] in _PARTICLES and start > 1:
        start -= 1
    halves = [half for half in last.split("-") if len(half) > 2] if "-" in last else []
    forms = ["".join(words[start:]).replace("-", ""), last.replace("-", ""), *halves]
    return tuple(dict.fromkeys(form for form in forms if form))


def lead(text: str) -> int:
    """Where the words end that lead to a name: after "is" in "My last name is Doe"."""
    said = similar.folded(text).replace("’", "'").replace(",", " ")
    return _lead(said) if len(said) == len(text) else 0


def _lead(said: str) -> int:
    return max((m.end() for m in _CARRIER.finditer(said) if said[m.end() :].strip()), default=0)


def written(customer: str) -> str:
    """The last name as it is written, with its particles: "Ana de la Cruz" gives "de la Cruz"."""
    head, comma, tail = customer.partition(",")
    if comma and similar.folded(tail).strip(" .") not in _SUFFIXES:
        return head.strip()
    words = [word for word in head.split() if similar.folded(word).strip(" .") not in _SUFFIXES]
    start = max(len(words) - 1, 0)
    while start > 1 and similar.folded(words[start - 1]) in _PARTICLES:
        start -= 1
    return " ".join(words[start:])


def _spelled(said: str, found: list[str]) -> list[str]:
    """The words without the letters spelled among them; what those spell goes to `found`."""
    kept: list[str] = []
    letters = ""
    parts = tokens(said)
    at = 0
    while at < len(parts):
        word = parts[at].text
        ahead = [part.text for part in parts[at : at + 8]]
        letter, length = _letter(ahead)
        if letter and (letters or _letter(ahead[length:])[0]):
            letters += letter
        else:
            if len(letters) > 1:
                found.append(letters)
            letters = ""
            kept.append(word)
            if "," in (parts[at + 1].before if at + 1 < len(parts) else ""):
                kept[-1] += ","
        at += length
    if len(letters) > 1:
        found.append(letters)
    return kept


def _letter(words: list[str]) -> tuple[str, int]:
    """The letter that the words begin with and how many they take ("d", "d as in dog", "dee",
    "delta", "double l"); "" and 1 where they begin with none."""
    if not words:
        return "", 1
    if words[0] == "double" and len(words) > 1:
        letter, length = _letter(words[1:])
        return letter * 2, length + 1 if letter else 1
    if len(words[0]) == 1 and words[0].isalpha():
        letter = words[0]
    else:
        letter = (NATO.get(words[0]) or LETTER_NAMES.get(words[0]) or "").lower()
    for carrier in (["as", "in"], ["for"], ["like"], ["as"]):
        end = 1 + len(carrier)
        named = words[end : end + 1]
        if letter and words[1:end] == carrier and named and named[0][0] == letter:
            return letter, end + 1
    return letter, 1


def _bare(said: str) -> list[str]:
    """The words of the name itself, carriers, politeness and hesitations left out."""
    said = said.replace(",", " ")
    while (shorter := _TRAILER.sub("", said).strip()) != said:
        said = shorter
    said = said[_lead(said) :]
    words = [word.replace("'", "") for word in re.findall(r"[a-z']+", said)]
    drop = HESITATIONS - {"like", "dash", "stroke", "point"} | _SUFFIXES | {"and", "my"}
    return [word for word in words if word and word not in drop]
