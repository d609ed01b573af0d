"""Texts made comparable: what is said in words and what is written in figures become the same.

"Thirty dollars" is "$30", "five to seven days" is "5-7 days", "the fifteenth of December" is
"December 15", "nine AM" is "9:00 AM", "O R D one two three" is "ORD123", "years" is "year".
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from voicebot.dialogue.spoken.numbers import MAGNITUDES, TEENS, TENS, UNITS, cardinal

_MONTHS = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
_SHORT = {"sept": "september", **{month[:3]: month for month in _MONTHS if month != "may"}}
_NTH = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth",
]  # fmt: skip
_ORDINALS = {word: place for place, word in enumerate(_NTH, 1)} | {"thirtieth": 30}
_CURRENCIES = {"dollar": "$", "buck": "$", "usd": "$", "euro": "€", "pound": "£", "quid": "£"}
_ARTICLES = frozenset({"a", "an", "the"})
_NOT_NUMBERS = frozenset({"o", "oh", "nil", "nought", "naught", "niner"})

_DIGIT_WORD = "|".join((set(UNITS) | set(TEENS) | set(TENS) | set(MAGNITUDES)) - _NOT_NUMBERS)
_CARDINAL = re.compile(
    rf"\b(?:a[ -]+(?=hundred|thousand))?(?:{_DIGIT_WORD})(?:[ -]+(?:and[ ]+)?(?:{_DIGIT_WORD}))*\b"
)
_ORDINAL = re.compile(rf"\b(?:(twenty|thirty)[ -]+)?({'|'.join(_ORDINALS)})\b")
_SPELLED = re.compile(r"\b[a-z](?: [a-z]){2,}\b")
_ONE_BY_ONE = re.compile(r"(?<![\d.:$€£])\d(?:[ -]\d(?![\d.:])){2,}")
_MONTH = "|".join(_MONTHS)
_ZEROS = re.compile(r"^([$€£]?\d+)(?:(\.\d*[1-9])0+|\.0+)$")  # "5.50" is "5.5", "8.00" is "8"
# Of "tags" and "boxes", not of "bus", "this", "boss"; nor of "does", which would be the name Doe.
_PLURAL = re.compile(r"(?<=[^\W\d_]{3}[^\W\d_sui])s$|(?<=[^\W\d_]{2}[^\W\d_suie])s$")
_TOKEN = re.compile(r"[$€£]?\d+(?:[.:]\d+)*(?:%|am\b|pm\b|th\b)?|[^\W\d_]+")


def normalised(text: str) -> str:
    """The words with one space between them, without articles, punctuation and plural."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"['’]", "", re.sub(r"[‐-―−]", "-", text))
    text = _figures(text)
    text = _dates(text)
    text = _money(text)
    text = re.sub(r"(\d) ?(?:%|percent\b|per cent\b)", r"\1%", text)
    text = _times(text)
    text = re.sub(r"(\d|%|am|pm) ?- ?(?=[$€£]?\d)", r"\1 to ", text)
    words = (word for word in _TOKEN.findall(text) if word not in _ARTICLES)
    return " ".join(_PLURAL.sub("", _ZEROS.sub(r"\1\2", word)) for word in words)


def holds(text: str, phrase: str) -> bool:
    """Whether the words of the phrase stand in the text, one behind the other. A plain number of
    the phrase is also met by an amount of money: "4.95" by "£4.95"."""
    words = [re.escape(word) for word in normalised(phrase).split()]
    pattern = " ".join(f"[$€£]?{word}" if word[0].isdigit() else word for word in words)
    return re.search(f"(?:^| )(?:{pattern})(?: |$)", normalised(text)) is not None


def _figures(text: str) -> str:
    text = _ORDINAL.sub(_ordinal, text)
    text = re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", r"\1th", text)
    text = _CARDINAL.sub(_cardinals, text)
    text = _SPELLED.sub(lambda match: match[0].replace(" ", ""), text)
    text = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])(?!th\b)", " ", text)
    text = _ONE_BY_ONE.sub(lambda match: re.sub(r"[ -]", "", match[0]), text)
    text = re.sub(r"(?<=\d) point (?=\d)", ".", text)
    return re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)


def _ordinal(match: re.Match[str]) -> str:
    return f"{TENS.get(match[1] or '', 0) + _ORDINALS[match[2]]}th"


def _cardinals(match: re.Match[str]) -> str:
    words, said, at = re.split(r"[ -]+", match[0]), [], 0
    while at < len(words):
        value, end = cardinal(words, at) or (words[at], at + 1)
        said.append(str(value))
        at = end
    return " ".join(said)


def _dates(text: str) -> str:
    text = re.sub(r"\b(\d{4})-(\d\d)-(\d\d)\b", _iso, text)
    text = re.sub(rf"\b({'|'.join(_SHORT)})\b\.?(?= \d)", lambda match: _SHORT[match[1]], text)
    text = re.sub(rf"\b(\d\d?)(?:th)?(?: day)?(?: of)? ({_MONTH})\b", r"\2 \1", text)
    return re.sub(rf"\b({_MONTH}) (?:the )?(\d\d?)th\b", r"\1 \2", text)


def _iso(match: re.Match[str]) -> str:
    month = int(match[2])
    return f"{_MONTHS[month - 1]} {int(match[3])} {match[1]}" if 0 < month < 13 else match[0]


def _money(text: str) -> str:
    amount, names = r"\d+(?:\.\d+)?", "|".join(_CURRENCIES)
    text = re.sub(rf"([$€£]) ?({amount})", lambda m: _amount(m[1], m[2]), text)
    text = re.sub(
        rf"\b({amount}) (?:({names})s?)\b(?:(?:,| and)? (\d\d?) cents?\b)?",
        lambda m: _amount(_CURRENCIES[m[2]], m[1], m[3] or "0"),
        text,
    )
    return re.sub(r"\b(\d\d?) cents?\b", lambda m: _amount("$", "0", m[1]), text)


def _amount(sign: str, whole: str, cents: str = "0") -> str:
    return f"{sign}{Decimal(whole) + Decimal(cents) / 100:.2f}"


def _times(text: str) -> str:
    text = re.sub(r"\b(?:12 )?(noon|midnight)\b", _twelve, text)
    text = re.sub(r"(\d) (?:o ?clock )?in the morning\b", r"\1 am", text)
    text = re.sub(r"(\d) (?:o ?clock )?(?:in the (?:afternoon|evening)|at night)\b", r"\1 pm", text)
    return re.sub(r"\b(\d\d?)(?:[:.](\d\d))? ?([ap])\.? ?m\b\.?", _time, text)


def _twelve(match: re.Match[str]) -> str:
    return "12 pm" if match[1] == "noon" else "12 am"


def _time(match: re.Match[str]) -> str:
    return f"{int(match[1])}:{match[2] or '00'}{match[3]}m"
