"""What a customer answers when the bot, unsure of what it heard, asks back instead of answering.

As people do, and truthfully: "Is that order ORD113?" gets a yes only if that was the number; who is
asked for a number once more says it digit by digit, and a name that did not match is said in a
whole sentence, then spelled. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.dialogue import phrases, requests, several, volunteered
from voicebot.dialogue.spoken import answers, identifiers, names

MOST = 2  # questions back to one sentence; then the customer goes on
_MOST_WORDS = 3  # of a sentence that names somebody and says nothing else
_NAME = "what is the last name"
_ASKS_NUMBER = (phrases.ASK_ORDER, phrases.ONCE_MORE)


def objection(said: str, say: str) -> str:
    """To a question about another order than the one that was named; "" where there is none."""
    number = _number(said)
    named = _named(say)
    asks = say.endswith("?") and phrases.ONCE_MORE not in say
    wrong = number and named and number not in named and asks
    return f"No, {_one_by_one(number)}." if wrong else ""


def reply(said: str, say: str, before: Sequence[str] = (), again: int = 1) -> str:
    """said: the customer's sentence; say: what the bot made of it. "" where it did not ask back.
    before: the sentences until then; again: 1 for the first question back to this one."""
    number, named = _number(said), _named(say)
    if number and any(question in say for question in _ASKS_NUMBER):
        return f"{_one_by_one(number)}."
    if number and say.startswith("Is that ") and number in named:
        return "Yes." if len(named) == 1 else f"{_one_by_one(number)}."
    if phrases.NOT_HEARD in say:
        return said
    if phrases.YES_OR_NO in say and (meant := answers.yes_no(said)) is not None:
        return "Yes." if meant else "No."
    told = " ".join((*before, said))
    if _NAME in say.lower() and (name := volunteered.proof(told, "last_name")):
        return f"{name}."
    if phrases.NO_MATCH in say:
        name = next(filter(None, map(_name, (said, *reversed(before)))), "")
        if not name or answers.wants_to_stop(said) or requests.is_request(said):
            return said
        return f"My last name is {name}." if again == 1 else f"{name}, {' '.join(name.upper())}."
    return ""


def _named(say: str) -> set[str]:
    return {_digits(one.order_id) for one in identifiers.heard(say, prefix_known=("ORD",))}


def _number(said: str) -> str:
    """The digits of the order that is meant, "" where none is named."""
    heard = identifiers.heard(said, prefix_known=("ORD",), expected=True)
    meant, _ = several.one_number(said, heard)
    found = identifiers.heard(meant, prefix_known=("ORD",), expected=True)
    return _digits(found[0].order_id) if found else ""


def _name(said: str) -> str:
    """Of a sentence that is nothing but a name."""
    talks = answers.wants_to_stop(said) or requests.is_request(said) or answers.yes_no(said)
    found = names.candidates(said) if len(said.split()) <= _MOST_WORDS and not talks else ()
    return found[0].title() if found else ""


def _digits(order_id: str) -> str:
    return "".join(filter(str.isdigit, order_id))


def _one_by_one(digits: str) -> str:
    return " ".join(digits)
