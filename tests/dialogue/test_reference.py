from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue import reference, subjects
from voicebot.dialogue.reference import Meant, Picked, Search
from voicebot.dialogue.spoken.numbers import bag
from voicebot.dialogue.subjects import Good, Goods, OrderNamed, Question, Subject

SMART = Good("RoomFill Smart Speaker", 119.99, "Speakers", "For the living room, with Wi-Fi.")
BOOM = Good("BoomBox Portable Speaker", 69.99, "Speakers", "Bluetooth, IPX7 waterproof.")
MINI = Good("PocketTune Mini Speaker", 29.99, "Speakers", "Palm-sized, with a carabiner.")
CAM = Good("CrystalView Webcam", 64.99, "Accessories", "Full HD with two microphones.")
SPEAKERS, WEBCAM = Goods((SMART, BOOM, MINI), "speakers"), Goods((CAM,), "webcams")


@pytest.mark.parametrize(
    ("about", "text", "meant"),
    [
        (SPEAKERS, "How much is the second one?", Picked(BOOM)),
        (SPEAKERS, "The last one, please.", Picked(MINI)),
        (SPEAKERS, "I'll take number two.", Picked(BOOM)),
        (SPEAKERS, "Is the first one in stock?", Picked(SMART)),
        (SPEAKERS, "The cheaper one, is it in stock?", Picked(MINI)),
        (SPEAKERS, "Which one is cheapest?", Picked(MINI)),
        (SPEAKERS, "And the most expensive one?", Picked(SMART)),
        (SPEAKERS, "How much is the smart one?", Picked(SMART)),
        (SPEAKERS, "The BoomBox.", Picked(BOOM)),
        (SPEAKERS, "Is the BoomBox waterproof?", Picked(BOOM, "Is the BoomBox waterproof?", True)),
        (SPEAKERS, "Are they all in stock?", Search("speakers")),
        (SPEAKERS, "And the blue one?", Search("blue speakers")),
        (SPEAKERS, "Make it under sixty.", Search("speakers", 60.0)),
        (SPEAKERS, "No, under a hundred.", Search("speakers", 100.0)),
        (WEBCAM, "Is it in stock?", Picked(CAM)),
        (WEBCAM, "And how much is that?", Picked(CAM)),
        (WEBCAM, "And in red?", Search("red webcams")),
        (WEBCAM, "Do you have anything cheaper?", Search("webcams", 64.98)),
        (
            WEBCAM,
            "How long is the warranty on it?",
            Picked(CAM, "How long is the warranty on the CrystalView Webcam?", False),
        ),
        (WEBCAM, "And keyboards?", Search("keyboards", new="keyboards", certain=False)),
        (WEBCAM, "Can I return it?", None),
        (WEBCAM, "Where is my order?", None),
        (WEBCAM, "That's great.", None),
        (SPEAKERS, "Give me one second.", None),
        (SPEAKERS, "Do you have umbrellas?", None),
    ],
)
def test_what_the_words_point_to(about: Goods, text: str, meant: Meant | None) -> None:
    assert reference.meant(text, (about,)) == meant


def test_the_list_stands_behind_what_was_picked_from_it() -> None:
    about = (Goods((BOOM,), BOOM.name), SPEAKERS)
    assert reference.meant("And the third one?", about) == Picked(MINI)
    assert reference.meant("How much is it?", about) == Picked(BOOM)


def test_a_price_is_asked_of_goods_whatever_came_between() -> None:
    assert reference.meant("Is it in stock?", (OrderNamed("ORD1"), WEBCAM)) == Picked(CAM)


@pytest.mark.parametrize(
    ("about", "text", "order_id"),
    [
        ((OrderNamed("ORD2"), OrderNamed("ORD1")), "I'd like to return it.", "ORD2"),
        ((OrderNamed("ORD2"), OrderNamed("ORD1")), "Actually the other order.", "ORD1"),
        ((OrderNamed("ORD2"), OrderNamed("ORD1")), "No, the first order.", "ORD1"),
        ((OrderNamed("ORD2"),), "I have another order.", ""),
        ((WEBCAM,), "I'd like to return it.", ""),
    ],
)
def test_which_order_is_meant(about: tuple[Subject, ...], text: str, order_id: str) -> None:
    assert reference.order(text, about) == order_id


def test_only_the_last_turns_count() -> None:
    about: tuple[Subject, ...] = ()
    for new in (WEBCAM, OrderNamed("ORD1"), Question("a"), Question("b")):
        about = subjects.after(about, new)
    assert about == (Question("b"), Question("a"), OrderNamed("ORD1"))


WORDS = sorted(
    bag("the second one cheaper in red and it they how much last under sixty blue BoomBox ?")
)


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.sampled_from((SPEAKERS, WEBCAM)))
def test_what_is_picked_was_told_of(words: list[str], about: Goods) -> None:
    meant = reference.meant(" ".join(words), (about,))
    assert not isinstance(meant, Picked) or meant.good in about.found
    assert not isinstance(meant, Search) or meant.query
