"""Order numbers and last names said aloud: how often they are understood, and how often a wrong
name passes.

    python benchmarks/spoken_identifiers.py                    a table
    python benchmarks/spoken_identifiers.py --json > heard.json
    python benchmarks/spoken_identifiers.py --names 20 --numbers 20 --voice slt --snr 10

Flite and eSpeak NG speak, the real transcriber hears. Numbers: right at once, or after one question
of the bot's: "Is that ...?" is answered truthfully, all others digit by digit. Names: accepted
where they are the customer's, and where they are another's; by the words alone, and with the sound
deciding where these leave doubt.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.closing import close
from voicebot.dialogue.flow import Flow
from voicebot.dialogue.spoken import closed_set, names
from voicebot.dialogue.spoken.identifiers import IdIndex
from voicebot.dialogue.spoken.number_set import Verdict
from voicebot.dialogue.spoken.numbers import in_words
from voicebot.dialogue.spoken.surnames import COMMON
from voicebot.dialogue.steps import State, Task, Weigh
from voicebot.evaluation.outcome import Condition
from voicebot.evaluation.speak import check, utterance
from voicebot.evaluation.statistics import Share
from voicebot.second_hearing import name_heard, number_heard
from voicebot.settings import load
from voicebot.stages import Transcriber, Transcript

SEED = 5
RARE = [
    "Okafor",
    "Tanaka",
    "Whitfield",
    "Pemberton",
    "Lindqvist",
    "Abernathy",
    "Castellano",
    "Dubois",
    "Fitzgerald",
    "Haddad",
    "Iyer",
    "Kowalczyk",
    "Lombardi",
    "Mbeki",
    "Nakamura",
    "Okonkwo",
    "Papadakis",
    "Rosenthal",
    "Sokolov",
    "Thackeray",
    "Underwood",
    "Vandenberg",
    "Wojcik",
    "Yamamoto",
    "Zimmermann",
    "Blackwood",
    "Hargreaves",
    "Langley",
    "Middleton",
    "Prescott",
]  # names that are no decoys
NAMED = (
    *("{}.", "It's {}.", "My last name is {}.", "The name is {}."),
    *("It's under {}.", "{}, please.", "That would be {}."),
)


@dataclass(frozen=True)
class NameTrial:
    said: str
    expected: str
    heard: str
    words: bool  # accepted by the words alone
    sound: bool  # accepted with the sound's help
    ms: float  # of the second hearing; 0 where there was none

    @property
    def right(self) -> bool:
        return self.said == self.expected


@dataclass(frozen=True)
class NumberTrial:
    order_id: str
    said: str
    heard: tuple[str, ...]
    outcome: str  # "at once", "asked back", "wrong", "not understood"


def plain(heard: Transcript) -> Transcript:
    """As an answer to a question of the bot's is heard."""
    text = heard.acoustics.plain if heard.acoustics is not None else ""
    return replace(heard, text=text or heard.text)


# ------------------------------------------------------------------ last names


async def name_trials(
    transcriber: Transcriber, condition: Condition, count: int, others: int
) -> list[NameTrial]:
    """Each of `count` customers says their own name: once to their own order, and to the orders of
    so many others."""
    rng = random.Random(f"{SEED} names {condition.voice}")
    customers = rng.sample([*COMMON, *RARE], max(count, others + 1))
    found: list[NameTrial] = []
    for number, said in enumerate(customers[:count]):
        wave = utterance(rng.choice(NAMED).format(said), condition, number)
        heard = plain(await transcriber.transcribe(wave))
        for expected in [said, *rng.sample([c for c in customers if c != said], others)]:
            shop = rng.sample([c for c in customers if c != expected], min(40, len(customers) - 1))
            found.append(await name_trial(heard, said, expected, shop))
    return found


async def name_trial(heard: Transcript, said: str, expected: str, shop: Sequence[str]) -> NameTrial:
    customer = f"Pat {expected}"
    words = names.matches(heard.text, customer)
    began, by_sound = time.monotonic(), None
    if not words and heard.acoustics is not None:
        rivals = closed_set.rivals(customer, [f"Pat {one}" for one in shop])
        by_sound = await name_heard(heard.acoustics, heard.text, rivals)
    ms = 0.0 if words else (time.monotonic() - began) * 1000
    sound = words or (by_sound is not None and names.matches(by_sound, customer))
    return NameTrial(said, expected, heard.text, words, sound, ms)


def name_figures(trials: Sequence[NameTrial]) -> dict[str, Any]:
    right = [trial for trial in trials if trial.right]
    others = [trial for trial in trials if not trial.right]
    spent = sorted(trial.ms for trial in trials if trial.ms)
    return {
        "right, by words": share(trial.words for trial in right),
        "right, with the sound": share(trial.sound for trial in right),
        "others, by words": share(trial.words for trial in others),
        "others, with the sound": share(trial.sound for trial in others),
        "second hearing ms": {
            "n": len(spent),
            "p50": round(spent[len(spent) // 2]) if spent else 0,
            "p95": round(spent[int(len(spent) * 0.95)]) if spent else 0,
        },
    }


# ------------------------------------------------------------------ order numbers


def shop_of(rng: random.Random) -> tuple[str, ...]:
    """Twenty numbers in a row, which are easily taken for one another, and five-digit ones."""
    row = [f"ORD{number}" for number in range(123, 143)]
    return (*row, *(f"ORD{number}" for number in rng.sample(range(10_000, 100_000), 300)))


def spoken_forms(order_id: str, rng: random.Random) -> str:
    digits = order_id.removeprefix("ORD")
    one_by_one = " ".join(in_words(int(digit)) for digit in digits)
    pairs = in_pairs(digits)
    return rng.choice(
        [
            f"O R D {one_by_one}.",
            f"It's order {one_by_one}.",
            f"The order number is {one_by_one}.",
            f"{one_by_one}.".capitalize(),
            f"Order {pairs}.",
            f"It's O R D {pairs}.",
        ]
    )


def in_pairs(digits: str) -> str:
    """As people say them: 123 as one twenty-three, 48213 as four eighty-two thirteen."""
    head = len(digits) % 2
    pairs = [digits[at : at + 2] for at in range(head, len(digits), 2)]
    said = [in_words(int(digits[:head]))] if head else []
    for pair in pairs:
        oh = "oh " if pair[0] == "0" else ""
        said.append(f"{oh}{in_words(int(pair))}" if pair != "00" else "hundred")
    return " ".join(said)


async def number_trials(
    transcriber: Transcriber, condition: Condition, count: int
) -> list[NumberTrial]:
    rng = random.Random(f"{SEED} numbers {condition.voice}")
    shop = shop_of(rng)
    index = IdIndex(shop)
    rules = Flow(lambda: index)
    found: list[NumberTrial] = []
    for number in range(count):
        order_id = rng.choice(shop[:20] if number % 2 else shop[20:])
        said = spoken_forms(order_id, rng)
        found.append(await number_trial(transcriber, rules, condition, order_id, said, number))
    return found


async def number_trial(
    transcriber: Transcriber,
    rules: Flow,
    condition: Condition,
    order_id: str,
    said: str,
    seed: int,
) -> NumberTrial:
    state = State("order_id", Task("check_order_status"))
    heard: list[str] = []
    one_by_one = " ".join(in_words(int(digit)) for digit in order_id.removeprefix("ORD"))
    for turn in range(2):
        if turn:
            said_yes = state.task is not None and state.task.options == (order_id,)
            said = "Yes." if said_yes else f"{one_by_one}.".capitalize()
        wave = await asyncio.to_thread(utterance, said, condition, seed * 2 + turn)
        came = await transcriber.transcribe(wave)
        if not rules.names_order(state, came.text):
            came = plain(came)
        heard.append(came.text)
        step = rules.answer(state, came.text) or rules.again(state)
        if isinstance(step, Weigh):
            verdict = Verdict()
            if came.acoustics is not None:
                verdict = await number_heard(came.acoustics, step.text, step.heard, rules.ids())
            step = rules.weighed(step, verdict)
        state = step.state
        if state.task is not None and state.task.order_id:
            right = state.task.order_id == order_id
            outcome = ("at once", "asked back")[turn] if right else "wrong"
            return NumberTrial(order_id, said, tuple(heard), outcome)
        if state.asked is None:  # it was taken for a goodbye, or the like
            break
    return NumberTrial(order_id, said, tuple(heard), "not understood")


def number_figures(trials: Sequence[NumberTrial]) -> dict[str, Any]:
    counts = Counter(trial.outcome for trial in trials)
    return {
        "right after one question at most": share(
            trial.outcome in ("at once", "asked back") for trial in trials
        ),
        **counts,
    }


# ------------------------------------------------------------------ all of it


def share(passed: Iterable[bool]) -> dict[str, Any]:
    listed = list(passed)
    return Share(sum(listed), len(listed)).as_dict()


async def measured(options: argparse.Namespace) -> dict[str, Any]:
    settings = load().settings
    transcriber = assemble.open_transcriber(settings, Files.of(settings))
    found: dict[str, Any] = {}
    for snr in options.snr or (None, 10.0):
        told: list[NameTrial] = []
        numbers: list[NumberTrial] = []
        for voice in options.voice or ("slt", "rms", "awb"):
            condition = Condition(voice, snr)
            told += await name_trials(transcriber, condition, options.names, options.others)
            numbers += await number_trials(transcriber, condition, options.numbers)
            print(f"{voice} at {snr or 'no noise'}", file=sys.stderr)
        found["clean" if snr is None else f"{snr:g} dB"] = {
            "names": name_figures(told),
            "numbers": number_figures(numbers),
            "lost": [*map(asdict, lost(told)), *map(asdict, failed(numbers))],
        }
    await close(transcriber)
    return found


def lost(trials: Sequence[NameTrial]) -> list[NameTrial]:
    return [trial for trial in trials if trial.sound != trial.right]


def failed(trials: Sequence[NumberTrial]) -> list[NumberTrial]:
    return [trial for trial in trials if trial.outcome in ("wrong", "not understood")]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--names", type=int, default=70, help="said by each voice")
    parser.add_argument("--others", type=int, default=2, help="orders that each name is tried on")
    parser.add_argument("--numbers", type=int, default=70, help="said by each voice")
    parser.add_argument("--voice", action="append")
    parser.add_argument("--snr", type=float, action="append", help="else none, and 10 dB")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    check(options.voice or ())
    found = asyncio.run(measured(options))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for condition, figures in found.items():
        for part in ("names", "numbers"):
            for what, value in figures[part].items():
                print(f"{condition:8} {part:8} {what:34} {value}")


if __name__ == "__main__":
    main()
