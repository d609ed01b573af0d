"""Text for the ear: what is written for the eye said as a person would read it aloud. Pure.

Tried with Piper's English voices (espeak): they read "$12.99" as "dollar twelve point nine nine",
"9 A M" as "nine uh em" (but "9 AM" well), a single A as "uh" unless a comma follows, "Dr." as the
end of a sentence, "IPX4" as "ipks four". Plain numbers are left to the voice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Rule: TypeAlias = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
_MONTH = "|".join([*_MONTHS, *(f"{name[:3]}\\.?" for name in _MONTHS), "Sept\\.?"])
_DAYS = {"mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday",
         "thu": "Thursday", "thur": "Thursday", "thurs": "Thursday", "fri": "Friday",
         "sat": "Saturday", "sun": "Sunday"}  # fmt: skip
_DAY = "|".join(sorted(_DAYS, key=len, reverse=True))
_CURRENCY = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
_UNITS = {  # after a number: one, several
    "mAh": ("milliamp hour", "milliamp hours"), "Ah": ("amp hour", "amp hours"),
    "Wh": ("watt hour", "watt hours"), "kHz": ("kilohertz",) * 2, "MHz": ("megahertz",) * 2,
    "GHz": ("gigahertz",) * 2, "Hz": ("hertz",) * 2, "mm": ("millimeter", "millimeters"),
    "cm": ("centimeter", "centimeters"), "km/h": ("kilometer per hour", "kilometers per hour"),
    "km": ("kilometer", "kilometers"), "m": ("meter", "meters"), "kg": ("kilogram", "kilograms"),
    "g": ("gram", "grams"), "lbs": ("pound", "pounds"),
    "lb": ("pound", "pounds"), "oz": ("ounce", "ounces"), "ft": ("foot", "feet"),
    "ml": ("milliliter", "milliliters"), "L": ("liter", "liters"),
    "kW": ("kilowatt", "kilowatts"), "W": ("watt", "watts"), "mV": ("millivolt", "millivolts"),
    "V": ("volt", "volts"), "mA": ("milliamp", "milliamps"), "A": ("amp", "amps"),
    "dB": ("decibel", "decibels"), "TB": ("terabyte", "terabytes"), "GB": ("gigabyte", "gigabytes"),
    "MB": ("megabyte", "megabytes"), "KB": ("kilobyte", "kilobytes"), "Ω": ("ohm", "ohms"),
    "ATM": ("atmosphere", "atmospheres"), "ms": ("millisecond", "milliseconds"),
    "hrs": ("hour", "hours"), "hr": ("hour", "hours"), "min": ("minute", "minutes"),
    "sec": ("second", "seconds"), "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "°": ("degree", "degrees"),
    "%": ("percent",) * 2,
}  # fmt: skip
_LETTER = "[AVWL]"  # units that may also be a spelled identifier's letter
_UNIT = "|".join(
    re.escape(unit)
    for unit in sorted(_UNITS, key=len, reverse=True)
    if not re.fullmatch(_LETTER, unit)
)
_SHORT = {
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "approx.": "about",
    "vs.": "versus", "incl.": "including", "excl.": "excluding", "max.": "at most",
    "min.": "at least", "Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Miz",
    "Ave.": "Avenue", "Blvd.": "Boulevard", "Rd.": "Road", "Apt.": "Apartment",
    "Dept.": "Department", "Inc.": "Incorporated", "Ltd.": "Limited", "Co.": "Company",
    "tel.": "telephone", "ext.": "extension", "w/o": "without", "w/": "with", "P.O.": "P O",
    "U.S.": "U S", "USA": "U S A,", "ANC": "A, N C", "AAC": "A, A, C", "LED": "L E D",
    "USB-C": "U S B C", "UPS": "U P S", "FAQ": "F A, Q", "FAQs": "F A, Q's", "aka": "also known as",
}  # fmt: skip
_FRACTIONS = {"1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter",
              "3/4": "three quarters"}  # fmt: skip


def for_the_ear(text: str) -> str:
    """The same text to be spoken: a clause or several sentences. "" where nothing can be said.

    For text that this has made already it changes nothing more.
    """
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text.strip() if re.search(r"\w", text) else ""


# ------------------------------------------------------------------ numbers and names


def _spelled(text: str) -> str:
    """Letters and digits one by one; an A needs its comma, else it is read as an article."""
    return " ".join("A," if c == "A" else c for c in text.upper())


def _grouped(text: str, size: int = 4) -> str:
    """Spelled in groups with a breath between them."""
    groups = [text[at : at + size] for at in range(0, len(text), size)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return ", ".join(_spelled(group).rstrip(",") for group in groups)


def _identifier(match: re.Match[str]) -> str:
    parts = [part for part in re.split(r"[-\s]", match[0]) if part]
    if len(parts) > 1 and not re.search(r"\d", parts[0]) and re.fullmatch(r"\d+", parts[1]):
        parts[:2] = [parts[0] + parts[1]]  # "SP-100" is one thing, "RET-ORD123" two
    spoken = (_grouped(part) if len(part) > 7 else _spelled(part) for part in parts)
    return ", ".join(part.rstrip(",") for part in spoken)


def _phone(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    plus = "plus " if match[0].startswith("+") else ""
    return plus + ", ".join(" ".join(group) for group in groups)


def _money(match: re.Match[str]) -> str:
    whole, cents = match["whole"].replace(",", ""), match["cents"] or ""
    one, small = _CURRENCY[match["sign"]]
    if match["scale"]:
        number = f"{whole}.{cents}" if cents else whole
        return f"{number} {match['scale'].strip()} {one}s"
    if len(cents) not in (0, 2):
        return f"{whole}.{cents} {one}s"
    parts = [f"{int(whole)} {one}{'' if int(whole) == 1 else 's'}"] if int(whole) else []
    if cents.strip("0"):
        several = "pence" if small == "penny" else f"{small}s"
        parts.append(f"{int(cents)} {small if int(cents) == 1 else several}")
    return " and ".join(parts) or f"0 {one}s"


# "a 600 mAh battery", but "the 10 m of cable", "a 5 km away".
_DETERMINER = re.compile(
    r"\b(?:an?|the|this|that|its|their|your|our|my|each|every|one|two|three|four)\s$", re.IGNORECASE
)
_DESCRIBED = re.compile(
    r"\s(?!(?:of|and|or|in|on|at|to|for|from|with|without|per|by|as|than|that|which|when|if|is|are|"
    r"was|were|will|can|must|may|away|long|wide|deep|high|tall|thick|apart|ago|later|before|after|"
    r"above|below|between|each|more|less)\b)[a-z]{3,}"
)


def _unit(match: re.Match[str]) -> str:
    one, several = _UNITS[match["unit"]]
    before, after = match.string[: match.start()], match.string[match.end() :]
    describes = match["link"] == "-" or (_DETERMINER.search(before) and _DESCRIBED.match(after))
    return f"{match['number']} {one if describes or match['number'] == '1' else several}"


def _ordinal(day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _date(year: str, month: str, day: str, written: str) -> str:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return written
    return f"{_MONTHS[int(month) - 1]} {_ordinal(int(day))}" + (f", {year}" if year else "")


def _month_day(match: re.Match[str]) -> str:
    name = next(name for name in _MONTHS if name[:3] == match[1][:3])
    return f"{name} {_ordinal(int(match[2]))}" if 1 <= int(match[2]) <= 31 else match[0]


_NEXT_SENTENCE = re.compile(rf"\s*$|\s+[\"'(]?(?!{_MONTH}|{'|'.join(set(_DAYS.values()))})[A-Z]")


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), match[2] or "00"
    half = match[3]
    if half:
        ends = match[0].endswith(".") and _NEXT_SENTENCE.match(match.string[match.end() :])
        spoken = f"{hour}{'' if minute == '00' else ':' + minute} {half[0].upper()}M"
        return spoken + "." if ends else spoken
    return f"{hour} o'clock" if minute == "00" and hour <= 12 else f"{hour}:{minute}"


def _address(match: re.Match[str]) -> str:
    """Of a page or a mailbox, without what stands in front of every one."""
    text = re.sub(r"^(?:https?://)?(?:www\.)?", "", match[0], flags=re.IGNORECASE).rstrip("/")
    text = re.split(r"[?#]", text)[0]
    for sign, word in (("@", "at"), (".", "dot"), ("/", "slash"), ("-", "dash"),
                       ("_", "underscore"), ("+", "plus")):  # fmt: skip
        text = text.replace(sign, f" {word} ")
    return re.sub(r"\s+", " ", text)


def _abbreviation(match: re.Match[str]) -> str:
    word = _SHORT.get(match[0]) or _SHORT[match[0].lower()]
    may_end = match[0].lower() in ("etc.", "inc.", "ltd.", "co.", "p.o.", "u.s.")
    ends = may_end and _NEXT_SENTENCE.match(match.string[match.end() :])
    return word + "." if ends else word


def _rule(pattern: str, put: str | Callable[[re.Match[str]], str], flags: int = 0) -> Rule:
    return re.compile(pattern, flags), put


_I = re.IGNORECASE
_PART_OF_NAME = r"(?<![\w@./-])"
_SHORTS = "|".join(re.escape(short) for short in sorted(_SHORT, key=len, reverse=True))
_TOP = r"(?:com|org|net|shop|store|info|io|co|us|uk|de|eu|ca|example|test|local)"
_NUMBER = r"\d[\d,]*(?:\.\d+)?"

# In this order: each may count on those before it.
_RULES: tuple[Rule, ...] = (
    # what is no speech
    _rule(r"<\|[^|<>]{0,60}\|>", " "),
    _rule(r"\[\[|\]\]|<\||\|>", ""),
    _rule(r"!?\[([^\]\n]*)\]\([^)\s]*\)", r"\1"),
    _rule(r"```\w*", " "),
    _rule(r"(\*\*|__|~~|`)", ""),
    _rule(r"(?<!\w)[*_](\S[^*_\n]*?)[*_](?!\w)", r"\1"),
    _rule(r"^\s*(?:#{1,6}|[-*+•▪◦>])\s+", "", re.MULTILINE),
    _rule("[\U0001f000-\U0001faff\u2190-\u2193\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200b-\u200f]", " "),
    _rule("[™®©]", ""),
    _rule("[‘’]", "'"),
    _rule("[“”\"«»]", ""),
    _rule("[\u2010\u2011\u2212]", "-"),
    # addresses, before their dots and dashes mean anything else
    _rule(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address),
    _rule(rf"(?:https?://|www\.)[^\s,;)]*[\w/]|{_PART_OF_NAME}[\w-]+(?:\.[\w-]+)*\.{_TOP}\b(?:/[\w/-]*)?",
          _address, _I),
    # dates
    _rule(r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?:T[\d:.]+Z?)?(?![\w-])",
          lambda m: _date(m[1], m[2], m[3], m[0])),
    _rule(r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4})(?![\w/])",
          lambda m: _date(m[3], m[1], m[2], m[0])),
    _rule(rf"\b({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]?\d)", _month_day),
    # telephones, identifiers, long numbers
    _rule(r"(?<![\w-])\+?(?:\d{1,3}[ .-])?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])",
          _phone),
    _rule(r"(?<![\w$€£.,-])\d{3}-\d{4}(?![\w-])", _phone),
    _rule(r"(?<![\w-])(?:[A-Z]{2,5}-)?[A-Z]{2,5}-?\d{2,7}(?![\w-])", _identifier),
    _rule(r"(?<![\w-])[A-Z]{2,4}\d(?![\w-])", lambda m: _spelled(m[0])),
    _rule(r"\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{8,}\b", lambda m: _grouped(m[0])),
    _rule(r"(?<![\d.,$€£])\d{7,}(?![\d.,]\d)", lambda m: _grouped(m[0])),
    # clock
    _rule(r"(?<![\d:.])(\d{1,2})(?::(\d\d))?\s*([ap])\.?\s?m\b\.?(?=\s*[-–—])", _clock, _I),
    _rule(r"(?<![\d:.])(\d{1,2})(?::(\d\d))?\s*([ap])\.m\.", _clock, _I),
    _rule(r"(?<![\d:.])(\d{1,2})(?::(\d\d))?\s?([ap])m\b", _clock, _I),
    _rule(r"(?<![\d:.])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])(?!\s[AP]M)()", _clock),
    _rule(r"(\d|\b[AP]M|o'clock)\s*[-–—]\s*(?=\d{1,2}(?::\d\d| [AP]M| o'clock))", r"\1 to "),
    # money
    _rule(r"([$€£])(\d[\d,.]*)\s*[-–—]\s*(?=\d)", r"\1\2 to \1"),
    _rule(r"([$€£][\d,.]*\d)\s*[-–—]\s*(?=[$€£])", r"\1 to "),
    _rule(r"\bUSD\s?(?=\d)", "$"),
    _rule(rf"({_NUMBER})\s?(€|£)", r"\2\1"),
    _rule(r"(?P<sign>[$€£])\s?(?P<whole>\d[\d,]*(?<!,))(?:\.(?P<cents>\d+))?"
          r"(?P<scale> (?:thousand|million|billion))?", _money),
    _rule(r"(dollars?|cents?|euros?|pounds?|pence)\s?/\s?(?=[a-z])", r"\1 per "),
    # ranges, signs and units
    _rule(rf"\b({_DAY})\.?\s*[-–—]\s*({_DAY})\b\.?",
          lambda m: f"{_DAYS[m[1].lower()]} to {_DAYS[m[2].lower()]}", _I),
    _rule(r"(day)\s*[–—-]\s*(?=\w+day\b)", r"\1 to "),
    _rule(r"(?<=\d)\s*[–—]\s*(?=\d)|(?<=\d)\s?-\s?(?=\d)", " to "),
    _rule(r"(?<=[\d%C])\s*[–—]\s*(?=\d)", " to "),
    _rule(r"(?<![\w-])-(?=\d)", "minus "),
    _rule(r"(?<![\w/])(?:1/[234]|2/3|3/4)(?![\w/])", lambda m: _FRACTIONS[m[0]]),
    _rule(rf"(?<![\w.])(?P<number>{_NUMBER})(?P<link>[\s-]?)(?P<unit>{_UNIT})(?![\w°/])", _unit),
    _rule(rf"(?<![\w.])(?<!\b[A-Z\d] )(?<!\b[A-Z\d], )"
          rf"(?P<number>{_NUMBER})(?P<link>\s?)(?P<unit>{_LETTER})"
          r"(?![\w/]|,? [A-Z\d]\b(?!\.\d))", _unit),
    _rule(r"(?<=\d)\s?[x×](?=\s?\d)", " by "),
    _rule(r"(?<=\d)x\b", " times"),
    _rule(r"\b(?:No\.|#)\s?(?=\d)", "number "),
    _rule(r"#(?=\d)", "number "),
    _rule(r"(?<=\b24)/(?=7\b)", " "),
    # words
    _rule(rf"(?<![\w.])(?:{_SHORTS})(?![\w-])", _abbreviation),
    _rule(r"(?<![\w.])(?:e\.g|i\.e|etc|approx|vs|incl|tel|ext)\.", _abbreviation, _I),
    _rule(r"(?<=[a-z]) St\.(?=\s*(?:,|$|[A-Z]|\d))", " Street"),
    _rule(r"\band/or\b", "and or"),
    _rule(r"(?<=\w)\s?&\s?(?=\w)|&", " and "),
    _rule(r"(?<=[^\W\d])\s?/\s?(?=[^\W\d])", " or "),
    _rule(r"/", " slash "),
    _rule(r"(?<=\w)\s\+(?!\d)|(?<=[a-z])\+", " plus"),
    _rule(r"\s\+\s?|\+(?=\d)", " plus "),
    _rule(r"(?<=\w) -(?=[:,.]|$)", " minus"),
    _rule(r"\s=\s", " equals "),
    _rule(r"[~≈]\s?(?=\d)", "about "),
    _rule(r"(?<=\w)\s*(?:—|–|\s-\s)\s*(?=\w)", ", "),
    _rule(r"\s*\(([^()]*)\)(?=\s*[.,;:!?]|\s*$)", r", \1"),
    _rule(r"\s*\(([^()]*)\)\s*", r", \1, "),
    # spaces and stops
    _rule(r"[\\|*_^~<>{}\[\]()#=]+", " "),
    _rule(r"\.{2,}|…", "."),
    _rule(r"\s+", " "),
    _rule(r"\s+(?=[.,;:!?](?:\s|$))", ""),
    _rule(r",(?=[.;:!?,])", ""),
    _rule(r"^[\s,;:.]+", ""),
)  # fmt: skip
