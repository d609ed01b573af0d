"""A shop of any size, made up: manuals, and what customers ask about them.

Each product has a manual of its own; each of its sections says one thing, in one sentence, so that
a section is a passage. The same number and seed give the same texts.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass

SECTIONS = 40  # of a manual

_BRANDS = """Nordal Vexa Brightwell Kestrel Ambra Tolvi Fenwick Oriva Castell Lumo Hartig Pascoe
Quillon Rhenus Solvig Tamber Ulmo Verano Wexford Yarrow Zelka Arden Bolero Corvin Delphia Estrel
Fjell Granby Halden Istria""".split()  # noqa: SIM905
_KINDS = {
    "sound": "wireless headphones,earbuds,soundbar,bluetooth speaker,record player,radio",
    "kitchen": "kettle,espresso machine,blender,toaster,rice cooker,air fryer,stand mixer",
    "tools": "cordless drill,jigsaw,angle grinder,leaf blower,hedge trimmer,pressure washer",
    "sport": "fitness tracker,treadmill,bicycle computer,rowing machine,heart rate belt",
    "home": "desk lamp,air purifier,fan heater,robot vacuum,dehumidifier,electric blanket",
    "office": "label printer,paper shredder,webcam,docking station,monitor,keyboard",
    "camping": "tent,sleeping bag,camping stove,head torch,cool box,hiking backpack",
    "baby": "baby monitor,bottle warmer,car seat,high chair,stroller,night light",
}
_COLOURS = (
    *("black", "white", "silver", "graphite", "navy blue"),
    *("forest green", "sand", "copper", "burgundy", "teal"),
)
_TOWNS = """Ashford Barlow Camden Dunmore Easton Fairview Glenwood Harbour Irvine Jasper Kingsley
Lakeside Milton Newbury Oakdale Preston Quincy Riverton Stanford Trenton""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Fact:
    """What a section may say. {a}, {b}: figures; {name}: the product; {colour}, {town}, {part}."""

    heading: str
    says: tuple[str, ...]
    asked: tuple[str, ...]
    a: tuple[int, int] = (1, 90)
    b: tuple[int, int] = (1, 90)


@dataclass(frozen=True)
class Asked:
    """A customer's question and where its answer stands."""

    text: str
    source: str
    heading: str


@dataclass(frozen=True)
class Manual:
    """A Markdown document. code: the product's number, "HX-2040"."""

    source: str
    title: str
    code: str
    markdown: str
    facts: tuple[Fact, ...]


def manuals(passages: int, seed: int = 1) -> Iterator[Manual]:
    """As many as hold so many passages, the last one shortened."""
    codes = _codes(random.Random(seed))
    for number, start in enumerate(range(0, passages, SECTIONS)):
        rng = random.Random(f"{seed}/{number}")
        code, brand = next(codes), rng.choice(_BRANDS)
        family = rng.choice(sorted(_KINDS))
        kind = rng.choice(_KINDS[family].split(","))
        title = f"{brand} {code} {kind}"
        count = min(SECTIONS, passages - start)
        facts = tuple(rng.sample(FACTS, count))
        lines = [f"# {title}"]
        for fact in facts:
            lines += [f"## {fact.heading}", _sentence(fact, kind, code, rng)]
        yield Manual(
            f"{code.lower()}-{kind.replace(' ', '-')}.md",
            title,
            code,
            "\n\n".join(lines) + "\n",
            facts,
        )


def questions(of: list[Manual], count: int, seed: int = 2) -> list[Asked]:
    """About one product each, its number said or typed in one of the ways that customers have."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        manual = rng.choice(of)
        fact = rng.choice(manual.facts)
        name = rng.choice(_ways(manual))
        text = rng.choice(fact.asked).format(name=name)
        found.append(Asked(text, manual.source, fact.heading))
    return found


def _ways(manual: Manual) -> tuple[str, ...]:
    """ "HX-2040", "hx2040", "h x 20 40", "Nordal HX 2040", "the Nordal HX-2040 kettle" """
    letters, figures = manual.code.split("-")
    spoken = " ".join([*letters.lower(), figures[:2], figures[2:]])
    brand = manual.title.split()[0]
    return (
        manual.code,
        f"{letters}{figures}".lower(),
        spoken,
        f"{brand} {letters} {figures}",
        f"the {manual.title}",
    )


def _codes(rng: random.Random) -> Iterator[str]:
    seen = set()
    while True:
        letters = "".join(rng.choices(string.ascii_uppercase, k=2))
        code = f"{letters}-{rng.randrange(1000, 9999)}"
        if code not in seen:
            seen.add(code)
            yield code


def _sentence(fact: Fact, kind: str, code: str, rng: random.Random) -> str:
    said = rng.choice(fact.says).format(
        name=rng.choice((kind, kind, "device", code)),
        a=rng.randint(*fact.a),
        b=rng.randint(*fact.b),
        colour=rng.choice(_COLOURS),
        town=rng.choice(_TOWNS),
        part=f"{rng.choice(string.ascii_uppercase)}{rng.randrange(100, 999)}",
    )
    return said[0].upper() + said[1:]


def _fact(
    heading: str,
    says: str,
    asked: str,
    a: tuple[int, int] = (1, 90),
    b: tuple[int, int] = (1, 90),
) -> Fact:
    """says, asked: forms, parted by " | "."""
    return Fact(heading, tuple(says.split(" | ")), tuple(asked.split(" | ")), a, b)


FACTS: tuple[Fact, ...] = (
    _fact(
        "Battery life",
        "One charge lasts up to {a} hours in normal use. | The {name} runs for about {a} hours "
        "between charges, {b} minutes less in the cold.",
        "How long does the battery of {name} last? | How many hours does {name} run?",
    ),
    _fact(
        "Charging",
        "A full charge takes {a} minutes with the cable in the box. | Charge the {name} for at "
        "least {a} minutes before you use it, and never with more than {b} watts.",
        "How long does {name} take to charge? | When is {name} fully charged?",
        (30, 600),
    ),
    _fact(
        "Cleaning",
        "Wipe the {name} with a damp cloth every {a} days. | Use {a} ml of vinegar in warm water; "
        "scouring powder scratches the surface of the {name}.",
        "How do I clean {name}? | What can I wipe {name} with?",
    ),
    _fact(
        "Guarantee",
        "The guarantee runs for {a} months from the day you bought it. | We repair the {name} for "
        "free during the first {a} months.",
        "How long is the guarantee on {name}? | Is {name} still under warranty?",
        (6, 60),
    ),
    _fact(
        "Weight",
        "It weighs {a} grams without its accessories. | The {name} weighs {a}.{b} kg.",
        "How heavy is {name}? | What does {name} weigh?",
        (1, 40),
    ),
    _fact(
        "Dimensions",
        "The {name} is {a} cm wide and {b} cm deep. | Leave {a} cm of room above it and {b} cm "
        "behind it.",
        "How big is {name}? | Will {name} fit into a narrow cupboard?",
    ),
    _fact(
        "Spare parts",
        "The filter has the part number {part} and costs ${a}. | Order part {part} when the "
        "{name} needs a new seal; we keep {b} of them.",
        "Which part number has the filter of {name}? | Can I buy spare parts for {name}?",
    ),
    _fact(
        "Colours",
        "It comes in {colour}, for ${a} more with a pattern. | The {name} is sold in {colour} "
        "only, {b} of them in {town}.",
        "What colours does {name} come in? | Do you have {name} in another color?",
    ),
    _fact(
        "Noise",
        "At full power it makes {a} decibels. | The {name} is as quiet as {a} decibels on its "
        "lowest step.",
        "How loud is {name}? | Is {name} quiet enough for a bedroom?",
        (18, 95),
    ),
    _fact(
        "Water",
        "It survives rain and splashes for {a} minutes. | The {name} may be held under water for "
        "{a} minutes, at most {b} cm deep.",
        "Is {name} waterproof? | Can {name} get wet?",
    ),
    _fact(
        "Children",
        "Children under {a} years may not use the {name} alone. | It is made for children from {a} "
        "years on who weigh at least {b} kg.",
        "From what age may children use {name}? | Is {name} safe for kids?",
        (2, 16),
    ),
    _fact(
        "Power",
        "It draws {a} watts while it works and {b} milliwatts when it waits. | The {name} needs a "
        "socket with {a} watts to spare.",
        "How much electricity does {name} use? | How many watts does {name} need?",
        (5, 2400),
    ),
    _fact(
        "Temperature",
        "Keep it between {a} and {b} degrees. | The {name} switches itself off above {b} degrees.",
        "Can {name} stand the cold? | At what temperatures does {name} work?",
        (-20, 10),
        (25, 70),
    ),
    _fact(
        "First use",
        "Hold the button for {a} seconds until the light turns {colour}. | Take off the {colour} "
        "film, then let the {name} rest for {a} minutes.",
        "How do I switch on {name} for the first time? | How do I set up {name}?",
    ),
    _fact(
        "Reset",
        "Press both buttons for {a} seconds to start again from the beginning. | The {name} "
        "forgets everything when its pin is pressed for {a} seconds.",
        "How do I reset {name}? | How can I put {name} back to its factory state?",
    ),
    _fact(
        "Error lights",
        "A {colour} light that blinks {a} times means that the motor is blocked. | When the "
        "{colour} light stays on for {a} seconds, the {name} is too hot.",
        "Why is a light blinking on {name}? | What do the error lights of {name} mean?",
    ),
    _fact(
        "Delivery",
        "It leaves our warehouse in {town} within {a} days. | We bring the {name} to {town} for "
        "${a}, on weekdays before {b} minutes past nine.",
        "When would {name} be delivered? | How quickly do you ship {name}?",
    ),
    _fact(
        "Returns",
        "Bring the {name} back within {a} days in its box. | An opened {name} can be given back "
        "for {a} days, less ${b} for wear.",
        "Can I return {name}? | How many days do I have to send back {name}?",
    ),
    _fact(
        "Repairs",
        "A repair takes {a} days in our workshop in {town}. | We ask ${a} to look at a broken "
        "{name}, and ${b} more to mend it.",
        "What does it cost to repair {name}? | How long does mending {name} take?",
    ),
    _fact(
        "Renting",
        "You can rent the {name} for ${a} a day in {town}. | Renting costs ${a} for a weekend and "
        "a deposit of ${b}.",
        "Can I rent {name}? | What is the daily price for borrowing {name}?",
    ),
    _fact(
        "Storage",
        "Store the {name} dry and dark, for {a} months at most. | Before winter take out the "
        "battery and leave it at {a} percent.",
        "How should I store {name}? | Where do I keep {name} in winter?",
    ),
    _fact(
        "Software",
        "Version {a}.{b} of the software came out for the {name}. | The app wants Android {a} or "
        "newer and {b} MB of room.",
        "How do I update {name}? | Which phones work with {name}?",
    ),
    _fact(
        "Range",
        "It reaches {a} metres indoors and {b} metres in the open. | Within {a} metres the {name} "
        "keeps its connection.",
        "How far does {name} reach? | What is the range of {name}?",
    ),
    _fact(
        "Pairing",
        "Choose {part} in the list of devices and enter the code {a}. | The {name} remembers {a} "
        "phones and talks to {b} of them at once.",
        "How do I pair {name} with my phone? | How do I connect {name}?",
    ),
    _fact(
        "Oil",
        "Put {a} drops of oil on the bearing after {b} hours of work. | The {name} wants grease of "
        "grade {part} once in {a} months.",
        "Do I have to oil {name}? | What lubricant does {name} need?",
    ),
    _fact(
        "Filter",
        "Change the filter after {a} uses. | The filter of the {name} is washed every {a} days and "
        "lasts for {b} weeks.",
        "When do I change the filter of {name}? | How often is the filter of {name} replaced?",
    ),
    _fact(
        "Capacity",
        "It holds {a}.{b} litres. | Never fill the {name} with more than {a} litres.",
        "How much fits into {name}? | How many litres does {name} hold?",
    ),
    _fact(
        "Material",
        "Its housing is {a} percent recycled aluminium. | The {name} is made of {colour} steel, "
        "{b} mm thick.",
        "What is {name} made of? | Is {name} plastic or metal?",
    ),
    _fact(
        "In the box",
        "You get the {name}, {a} screws and a bag in {colour}. | The box holds {a} adapters and a "
        "cable of {b} cm.",
        "What comes in the box with {name}? | Does {name} come with a cable?",
    ),
    _fact(
        "Old devices",
        "We take an old {name} back and pay ${a} for it. | Trade in your {name} in {town} and save "
        "{a} percent.",
        "Do you take back an old {name}? | How much would you pay for my used {name}?",
    ),
    _fact(
        "Mounting",
        "Two screws of {a} mm hold the {name} on the wall. | Drill at {a} cm from the edge, and "
        "never into a {colour} cable.",
        "How do I mount {name} on the wall? | Which screws does {name} need?",
    ),
    _fact(
        "Light",
        "Its lamp gives {a} lumens in {colour}. | The light of the {name} goes out after {a} "
        "minutes.",
        "How bright is {name}? | Does the light of {name} switch itself off?",
    ),
    _fact(
        "Display",
        "The display measures {a} inches and shows {b} lines. | The {name} shows the time in "
        "{colour} figures for {a} seconds.",
        "How big is the screen of {name}? | What does the display of {name} show?",
    ),
    _fact(
        "Speed",
        "It turns {a} times a second on step {b}. | The {name} has {a} speeds.",
        "How fast does {name} go? | How many speeds does {name} have?",
    ),
    _fact(
        "Load",
        "It carries {a} kg, or {b} kg on a slope. | More than {a} kg bends the frame of the "
        "{name}.",
        "How much weight can {name} take? | What is the most that {name} carries?",
    ),
    _fact(
        "Safety",
        "Unplug the {name} before you open it and wait {a} minutes. | Wear gloves and keep {a} "
        "metres away from the {name} while it runs.",
        "Is {name} dangerous? | What do I have to mind for my safety with {name}?",
    ),
    _fact(
        "Discount",
        "Students get {a} percent off the {name}. | With a member's card the {name} is ${a} "
        "cheaper until the {b}th.",
        "Is there a discount on {name}? | Do students pay less for {name}?",
        (3, 40),
        (4, 20),
    ),
    _fact(
        "Stores",
        "The {name} is on show in {town}, aisle {a}. | Try the {name} at our counter in {town}; "
        "{a} are in stock.",
        "Where can I see {name}? | Which of your stores has {name} on show?",
    ),
    _fact(
        "Installation",
        "Our people install the {name} in {town} for ${a}. | Putting it up takes {a} minutes and "
        "two persons.",
        "Will you install {name} for me? | Who puts up {name}?",
    ),
    _fact(
        "Smell",
        "A smell of plastic goes away after {a} hours. | If the {name} smells burnt, leave it off "
        "for {a} hours and call the number {b}.",
        "Why does {name} smell? | My {name} smells burnt, what now?",
    ),
    _fact(
        "Language",
        "The voice of the {name} speaks {a} languages. | Turn the wheel to {a} for English and to "
        "{b} for Spanish.",
        "Which languages does {name} speak? | How do I change the language of {name}?",
    ),
    _fact(
        "Gift wrapping",
        "We wrap the {name} in {colour} paper for ${a}. | Wrapping the {name} takes {a} minutes at "
        "the counter in {town}.",
        "Can you wrap {name} as a gift? | What does gift wrapping cost for {name}?",
    ),
)
