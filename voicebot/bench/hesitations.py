"""Customers who stop to think in the middle of a sentence, and go on: said by voices of Flite's.

`|` marks where they stop. Half of what stands before it could be all that they wanted to say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voicebot.audio import Waveform, samples
from voicebot.dialogue.ear import for_the_ear
from voicebot.evaluation import speak

VOICES = ("slt", "rms", "awb")
FADE_S = 0.02
SILENT = "pau"  # Flite's name of a phone without sound

# Nothing was fitted to them, but the constants of turn-taking were picked with a look at them.
SENTENCES = (
    "I would like to find out | what happened to my parcel.",
    "Has my parcel left? | It's order O R D one two five.",
    "The number of the order is | O R D one two three.",
    "The order is O R D | one two four.",
    "O R D one two | six.",
    "It's one | two four.",
    "My order is O R D | one two six.",
    "Have you got speakers | below eighty dollars?",
    "Do you sell any | laptop stands?",
    "I'd like to buy a watch | for my father.",
    "I need a cable | that fits my tablet.",
    "What are the rules | for returning opened software?",
    "How many days do I have | to change my mind?",
    "May I send back | shoes that I have worn?",
    "I would like to return | a keyboard.",
    "I'd like to send back the speaker | that I got for my birthday.",
    "I got my headphones yesterday | and the left side is silent.",
    "The screen is broken | and I want a refund.",
    "How long does | standard delivery take?",
    "What does it cost to send a parcel | to Mexico?",
    "Do you deliver | on Saturdays?",
    "When do I get | my money back?",
    "When do you close | on Friday?",
    "Is the shop open | at Christmas?",
    "Can I swim | with the smart watch?",
    "What does the warranty cover | for the headphones?",
    "Can you find out | if order O R D one two three has shipped?",
    "I'd like to talk to someone | who works here.",
    "My surname is | Garcia.",
    "It's Doe, | D O E.",
    "I paid for three cables | and got only two.",
    "The problem is | that nobody has called me back.",
    "Is there one | in black?",
    "I want something | for making coffee in the office.",
    "If I send it back today, | when do I get the money?",
    "Do you give | a discount for students?",
    "I need some help | with a return.",
    "I wanted to ask | if the store has gift cards.",
    "Could you explain | how to pair the headphones?",
    "What do I do when | the charger gets hot?",
    "I'd like to know | where my order is.",
    "Where is my order? | The number is O R D one two three.",
    "My order number is | O R D one two four.",
    "My order number is O R D | one two six.",
    "It's O R D one | two three.",
    "One two | three.",
    "O R D | one two five.",
    "Do you have headphones | under sixty dollars?",
    "Do you have any | wireless speakers?",
    "I'm looking for a present | for my daughter.",
    "I'm looking for a charger | that works with my phone.",
    "What is your return policy | for opened earbuds?",
    "How long do I have | to send something back?",
    "Can I return | something that I have opened?",
    "I want to return | my headphones.",
    "I want to return the headphones | that I bought last week.",
    "I bought a charger last week | and it gets very hot.",
    "My speaker doesn't work anymore | and I would like my money back.",
    "How much does | express shipping cost?",
    "How much is shipping | to Canada?",
    "Do you ship | to the islands?",
    "When will I get | my refund?",
    "What time do you open | on Sunday?",
    "Are you open | on public holidays?",
    "Is the fitness tracker | water resistant?",
    "How long is the warranty | on the smart watch?",
    "Could you check | whether my parcel has left?",
    "Could you call somebody | from the staff, please?",
    "My name is | Miller.",
    "My last name is Miller, | with two L's.",
    "I ordered two cables | but only one has arrived.",
    "The thing is | my order has not arrived yet.",
    "Do you have this | in blue?",
    "I need something | for listening to music while running.",
    "If I pay now, | when will it arrive?",
    "Do you match | the prices of other stores?",
    "I have a question | about my order.",
    "I was wondering | if you have any tablets.",
    "Can you tell me | how to reset the speaker?",
    "What happens if | the battery is dead after a year?",
)


@dataclass(frozen=True)
class Hesitation:
    """text: with its mark. first: what is said before the pause; whole: all of it without one.
    Both at HEARING_RATE, without silence around them."""

    text: str
    voice: str
    first: Waveform
    whole: Waveform


def hesitation(text: str, voice: str) -> Hesitation:
    """Broken off after the phones of what stands before the mark, with the melody of somebody who
    goes on. Blocks for the synthesis. Raises ConfigError where Flite or the voice is missing."""
    first, rest = (part.strip() for part in text.split("|"))
    said = for_the_ear(f"{first} {rest}")
    wave = speak.synthesized(voice, said)
    count = len([one for one in speak.phones(voice, for_the_ear(first)) if one.name != SILENT])
    phones = speak.phones(voice, said)
    sounding = [one for one in phones if one.name != SILENT]
    # The waveform has no silence in front: it begins where the first phone that sounds does.
    lead = phones[0].end_s if phones[0].name == SILENT else 0.0
    broken = wave[: samples(sounding[min(count, len(sounding)) - 1].end_s - lead)].copy()
    fade = min(samples(FADE_S), len(broken))
    broken[len(broken) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return Hesitation(text, voice, broken, wave)
