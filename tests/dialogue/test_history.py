from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.history import Exchange, History, Played, heard, unfinished
from voicebot.stages import Message

PIECES = (
    Played(1000, 400, "Your order has shipped,"),
    Played(1400, 200, "and arrives on"),
    Played(1600, 100, "Friday."),
)


@pytest.mark.parametrize(
    ("played", "expected"),
    [
        (0, ""),
        (1000, ""),
        (1099, ""),
        (1100, "Your"),
        (1399, "Your order has"),
        (1400, "Your order has shipped,"),
        (1550, "Your order has shipped, and arrives"),
        (1699, "Your order has shipped, and arrives on"),
        (1700, "Your order has shipped, and arrives on Friday."),
        (9999, "Your order has shipped, and arrives on Friday."),
    ],
)
def test_words_count_as_heard_when_their_sound_was_played(played: int, expected: str) -> None:
    assert heard(PIECES, played) == expected


def test_a_piece_whose_sound_is_not_there_yet_was_not_heard() -> None:
    assert heard((Played(0, 0, "Hello."),), 0) == ""
    assert heard((*PIECES, Played(1700, 0, "Goodbye.")), 1500) == "Your order has shipped, and"


@pytest.mark.parametrize(
    ("played", "again"),
    [
        (0, 0),
        (1000, 0),
        (1300, 0),
        (1350, 1),
        (1500, 1),
        (1550, 2),
        (1640, 2),
        (1650, 3),
        (1700, 3),
    ],
)
def test_the_piece_that_was_cut_is_said_again_unless_next_to_nothing_was_left_of_it(
    played: int, again: int
) -> None:
    assert unfinished(PIECES, played, rest=50) == again


@given(st.lists(st.tuples(st.integers(1, 500), st.text("ab ", max_size=20))), st.integers(0, 5000))
def test_what_was_heard_is_a_beginning_of_what_was_said(
    said: list[tuple[int, str]], played: int
) -> None:
    pieces, start = [], 0
    for length, text in said:
        pieces.append(Played(start, length, text))
        start += length
    words, whole = heard(pieces, played).split(), heard(pieces, start).split()
    assert words == whole[: len(words)]
    assert whole == " ".join(text for _, text in said).split()


def test_history_keeps_the_last_turns_only() -> None:
    history = History(2)
    for number in range(4):
        history.add(f"question {number}", f"answer {number}")
    assert history.exchanges == (
        Exchange("question 2", "answer 2"),
        Exchange("question 3", "answer 3"),
    )
    history.clear()
    assert history.messages(9) == ()


def test_messages_alternate_and_leave_out_what_was_not_heard() -> None:
    history = History(3)
    history.add("Hello", "Hi there!")
    history.add("Are you", "")
    assert history.messages(9) == (
        Message("user", "Hello"),
        Message("assistant", "Hi there!"),
        Message("user", "Are you"),
    )


def test_only_the_small_talk_of_the_latest_turns_is_told() -> None:
    history = History(4)
    history.add("Hello", "Hi there!")
    history.add("Where is it?", "It is on its way.", chat=False)
    assert history.messages(99) == ()
    history.add("Tell me a joke", "Knock knock.")
    assert [message.content for message in history.messages(99)] == [
        "Tell me a joke",
        "Knock knock.",
    ]


def test_a_history_of_no_turns_remembers_nothing() -> None:
    history = History(0)
    history.add("Hello", "Hi")
    assert history.messages(9) == ()


def test_messages_are_the_latest_exchanges_that_fit_whole() -> None:
    history = History(3)
    history.add("Hello", "Hi there!")
    history.add("Where is it?", "It is on its way, and is expected on Friday.")
    history.add("Thanks", "With pleasure!")
    assert history.messages(3) == (
        Message("user", "Thanks"),
        Message("assistant", "With pleasure!"),
    )
    assert history.messages(2) == ()
    assert history.messages(15) == history.messages(3)
    assert len(history.messages(16)) == 4
    assert len(history.messages(99)) == 6
