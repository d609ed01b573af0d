"""Write down what whisper hears when the counters' questions are spoken: heard.json.

    apt-get install flite espeak-ng
    python -m benchmarks.hear_counters

Half of each counter's questions, by one of two voices that no evaluation has, a third of them over
babble 20 dB below. Only what was heard in other words is kept, and only where half of the words or
more are right: of the others nobody could tell what was asked. 0.2 s a question on one thread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein

from benchmarks.fitting.counters import HEARD, Counter, read_counters
from voicebot import assemble
from voicebot.assemble import Files
from voicebot.config import Sections
from voicebot.evaluation.outcome import Condition
from voicebot.evaluation.speak import utterance
from voicebot.evaluation.words import normalised

SHARE = 0.5
VOICES = ("kal16", "espeak-ng")
NOISES = (None, None, 20.0)  # dB of speech over babble
MOST_WRONG = 0.5  # of the words


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.parse_args()
    settings = Sections()
    transcriber = assemble.open_transcriber(settings, Files.of(settings))
    kept: dict[str, dict[str, str]] = {}
    for counter in read_counters():
        kept[counter.name] = {}
        for number, (asked, condition) in enumerate(_spoken(counter)):
            heard = (await transcriber.transcribe(utterance(asked, condition, number))).text
            if _worth_keeping(asked, heard):
                kept[counter.name][asked] = heard
        print(f"{counter.name}: {len(kept[counter.name])} heard in other words", flush=True)
    HEARD.write_text(json.dumps(kept, indent=0, ensure_ascii=False) + "\n", "utf-8")


def _spoken(counter: Counter) -> Iterator[tuple[str, Condition]]:
    """The same ones each time, whatever other counters there are."""
    chosen = random.Random(counter.name)
    asked = [question.written for question in counter.questions]
    for one in chosen.sample(asked, int(SHARE * len(asked))):
        yield one, Condition(chosen.choice(VOICES), chosen.choice(NOISES))


def _worth_keeping(asked: str, heard: str) -> bool:
    said, taken = normalised(asked).split(), normalised(heard).split()
    wrong = Levenshtein.distance(said, taken)
    return 0 < wrong <= MOST_WRONG * len(said)


if __name__ == "__main__":
    asyncio.run(main())
