"""Customers who say anything at any moment, in the real conversation on fast stages: they answer,
or do not, cut the bot off, repeat themselves, begin again, leave, and two of them want the same
orders at the same time."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from tests.fakes import FakeLine, FakeSynthesizer, Journal, Kit, settled, silence
from tests.safety.oracle import Meaning, Record, Said, Verdict, judge
from tests.safety.shop import SURNAMES, Owned, Time, opened, orders
from voicebot.audio import HEARING_RATE, SPEAKING_RATE, Pcm, Speech
from voicebot.config import Turns, Vad
from voicebot.conversation import Conversation
from voicebot.desk import Desk
from voicebot.ears import Hearing
from voicebot.speaker import Speaker
from voicebot.stages import Card, Heard, Reset, Sound, Typed
from voicebot.tools.registry import load_tools

SCENE_ORDERS = 3  # that the two customers of a scene talk about
AT_ONCE = 6  # scenes; each conversation is one of many
ROOMS = 60  # scenes for one set of stages
HANGING_S = 300.0  # what has not come by then never comes
_REASONS = ("They are too loud.", "It is broken.", "Yes.", "I changed my mind.", "No, it is ugly.")
_OTHER = (
    "Tell me a joke.",
    "Do you have headphones?",
    "Say that again.",
    "Thank you!",
    "Yes, but not today.",
    "Wait, stop.",
    "Who painted that?",
    "Hm.",
    "Is the second one in stock?",
    "No wait, where is it?",
    "Actually the other order.",
    "Actually it's broken.",
    "Only the cable.",
    "And do you have headphones?",
)
# After a pause that was long enough to answer in: what was said before does not stand any more.
_SECOND_THOUGHTS = ("Never mind.", "No, wait.", "Hm, no.")


class PatientJournal(Journal):
    """On a busy machine many conversations at once take their time."""

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(HANGING_S):
            while not met():
                self._changed.clear()
                await self._changed.wait()


class Voice(FakeSynthesizer):
    """Its sound tells a line which words it is."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    async def synthesize(self, text: str, *, ahead: bool = False) -> AsyncGenerator[Speech, None]:
        self.texts.append(text)
        sound = np.full(4000, len(self.texts), np.int16)
        await asyncio.sleep(0)
        yield Speech(sound, text)


@dataclass(frozen=True)
class Words:
    text: str
    meaning: Meaning
    surname: str = ""


class RecordedLine(FakeLine):
    """Writes down what is said and played, in the order in which it is."""

    def __init__(
        self, journal: Journal, room: str, record: Record, time: Time, voice: Voice, instant: bool
    ) -> None:
        super().__init__(journal, room, instant=instant)
        self._record, self._time, self._spoken = record, time, voice

    def says(self, words: Words, *heard: Heard) -> None:
        """What was said counts as said when the conversation gets to hear it."""
        self._inbox.put_nowait(words)  # type: ignore[arg-type]
        self.hear(*heard)

    async def _next(self) -> Heard | None:
        while isinstance(one := await super()._next(), Words):
            self._record.said.append(Said(self._time(), one.text, one.meaning, one.surname))
        if isinstance(one, Sound):  # as long as this takes to say, the bot is heard
            taken = min(len(one.wave) * SPEAKING_RATE // HEARING_RATE, self.queued)
            self.queued -= taken
            self._played += taken
            self._move()
        return one

    async def play(self, pcm: Pcm) -> None:
        self._record.told.append((self._time(), self._spoken.texts[int(pcm[0]) - 1]))
        await super().play(pcm)

    async def show_card(self, card: Card) -> None:
        words = " ".join(str(value) for value in card.data.values())
        self._record.told.append((self._time(), words))
        await super().show_card(card)


class Caller:
    """One customer. `about`: the orders they talk of; their own are those whose name they know."""

    def __init__(
        self, kit: Kit, voice: Voice, time: Time, room: str, about: Sequence[Owned], random: Random
    ) -> None:
        self.record = Record(f"{room}:1")
        self._kit, self._time, self._random, self._about = kit, time, random, about
        self._journal = PatientJournal()
        self._speaks = random.random() < 0.5
        # In no time at all nobody could speak over an answer.
        instant = not self._speaks and random.random() < 0.7
        self._line = RecordedLine(self._journal, room, self.record, time, voice, instant)
        self._conversation = Conversation(
            self._line,
            Hearing(kit.detector, kit.judge, kit.transcriber),
            kit.replier,
            kit.dialogue(self._journal, room),
            turns=Turns(),
            vad=Vad(),
            welcome="Hello!",
        )
        self._order = random.choice(about)
        self._honest = random.random() < 0.7  # knows the name on the order

    async def call(self) -> None:
        running = asyncio.ensure_future(self._conversation.run())
        try:
            for _ in range(self._random.randint(5, 16)):
                if self._random.random() < 0.04:
                    self._line.says(Words("", "again"), Reset())
                if self._random.random() < 0.06:
                    self._order = self._random.choice(self._about)
                self._say(self._choose())
                await self._pause()
            self._line.leave()
            await running
        finally:
            running.cancel()
            await asyncio.wait([running])

    # ------------------------------------------------------------ what they say

    def _choose(self) -> Words:
        """What the bot asked for, mostly; else anything."""
        random, order = self._random, self._order
        heard = self.record.told[-1][1] if self.record.told else ""
        number = random.choice((f"{order.order_id}.", f"Order {' '.join(order.order_id[3:])}."))
        if random.random() < 0.15:
            heard = random.choice(("order number", "last name", "reason", "Shall I open", ""))
        if random.random() < 0.12:
            return Words(random.choice(_OTHER), "other")
        if "order number" in heard:
            return Words(number, "other")
        if "name" in heard:
            return self._name()
        if "reason" in heard:
            reason = random.choice(_REASONS)
            # A plain yes is one wherever it is said; as a reason it must not do anything.
            return Words(reason, "yes" if reason == "Yes." else "other")
        if "Shall I open" in heard or "yes or a no" in heard or "Is that order" in heard:
            return self._yes_or_no()
        start = random.choice(("I want to return my order.", f"I'd like to return order {number}"))
        if random.random() < 0.15:  # two things in one breath; the later one waits
            start = f"Do you have headphones and {start[0].lower()}{start[1:]}"
        if random.random() < 0.1:
            another = random.choice(self._about).order_id
            start = f"I want to return order {order.order_id} and order {another}."
        if random.random() < 0.1:
            start = "I'd like to return it."
        if random.random() < 0.15:
            name = self._name()
            return Words(f"{start.rstrip('.')}, name is {name.surname}.", "name", name.surname)
        return Words(random.choice((start, start, f"Where is my order {number}")), "other")

    def _name(self) -> Words:
        random = self._random
        surname = self._order.surname if self._honest else random.choice(SURNAMES)
        if random.random() < 0.1:
            surname = random.choice(SURNAMES)
        if random.random() < 0.05:
            return Words(f"{', '.join(random.sample(SURNAMES, 3))}.", "other")
        return Words(random.choice((f"{surname}.", f"It's {surname}.")), "name", surname)

    def _yes_or_no(self) -> Words:
        said = self._random.choice(("Yes.", "Yes, please.", "Yes.", "No.", "Never mind.", "Maybe."))
        if self._random.random() < 0.08:  # a yes with more in it is none
            return Words("Yes, and where is my other order?", "other")
        meaning: Meaning = (
            "yes" if said.startswith("Yes") else "other" if said == "Maybe." else "no"
        )
        return Words(said, meaning)

    def _say(self, words: Words) -> None:
        """Typed or spoken, now and then with a second thought after a pause, or twice in a row."""
        sound = self._kit.voice.sound
        spoken = [*sound(words.text, 0.32), *silence(0.4)]
        if self._speaks and self._random.random() < (0.4 if words.meaning == "yes" else 0.1):
            second = self._random.choice(_SECOND_THOUGHTS)
            self._kit.judge.probability = 0.1 if self._random.random() < 0.3 else 0.95
            spoken = [*spoken[:10], *silence(0.16), *sound(second, 0.32), *silence(1.3)]
            meaning: Meaning = "name" if words.meaning == "name" else "other"
            words = Words(f"{words.text} {second}", meaning, words.surname)
        heard = spoken if self._speaks and self._random.random() < 0.8 else [Typed(words.text)]
        for _ in range(2 if self._random.random() < 0.06 else 1):
            self._line.says(words, *heard)

    # ------------------------------------------------------------ when they say it

    async def _pause(self) -> None:
        """Until the answer is over, or until some moment in the middle of it."""
        if self._random.random() < 0.25:
            await settled(self._random.choice((0, 1, 3, 10, 30, 100, 300)))
            return
        while True:
            await self._journal.until(self._line.taken)
            await settled(60)
            if self._line.states[-1:] == ["listening"]:
                return
            self._line.hear(*silence(0.25))  # a line is never without frames


def _kit(desk: Desk) -> tuple[Kit, Voice]:
    kit, voice = Kit(desk), Voice()
    object.__setattr__(kit.replier, "speaker", Speaker(voice, None))
    return kit, voice


async def dialogues(
    url: str, count: int, seed: int, *, progress: Callable[[int], None] = lambda done: None
) -> Verdict:
    """So many, two to a scene; judged."""
    random, time = Random(seed), Time()
    scenes = (count + 1) // 2
    known = orders(random, scenes * SCENE_ORDERS)
    records: list[Record] = []
    with tempfile.TemporaryDirectory() as folder:
        store = await asyncio.to_thread(opened, url, known, Path(folder), time)
    desk = Desk(store, load_tools())
    try:
        for first in range(0, scenes, ROOMS):
            kit, voice = _kit(desk)
            await kit.understander.prepare()
            free = asyncio.Semaphore(AT_ONCE)

            async def scene(
                number: int, kit: Kit = kit, voice: Voice = voice, free: asyncio.Semaphore = free
            ) -> None:
                about = known[number * SCENE_ORDERS :][:SCENE_ORDERS]
                async with free:
                    both = [
                        Caller(
                            kit,
                            voice,
                            time,
                            f"room-{number}-{who}",
                            about,
                            Random(f"{seed}:{number}:{who}"),
                        )
                        for who in "ab"
                    ]
                    await asyncio.gather(*(caller.call() for caller in both))
                    records.extend(caller.record for caller in both)

            async with asyncio.TaskGroup() as group:
                for number in range(first, min(first + ROOMS, scenes)):
                    group.create_task(scene(number))
            progress(len(records))
    finally:
        await asyncio.to_thread(desk.close)
    return judge(url, known, records)
