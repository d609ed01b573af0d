from __future__ import annotations

import pytest

from voicebot import events as ev
from voicebot.telemetry import presence
from voicebot.telemetry.presence import Presence, Room

JOINED: list[ev.Event] = [
    ev.BotJoined(room="a", cause="spawn"),
    ev.CustomerJoined(room="a", identity="c"),
]


def told(*happened: ev.Event) -> Presence:
    now = Presence()
    for at, event in enumerate(happened):
        now.take(event, float(at))
    return now


def state(*happened: ev.Event) -> str:
    [room] = told(*JOINED, *happened).rooms()
    return room.state


BEGAN = ev.SpeechBegan(room="a", turn=1)
TAKEN = ev.TurnTaken(room="a", turn=1, silence_ms=200, cause="judge")
FIRST, LAST = ev.FirstSound(room="a", turn=1), ev.LastSound(room="a", turn=1)
ENDED = ev.ReplyEnded(room="a", turn=1, user="?", say="Yes.", heard="Yes.")
AGAIN = ev.SpeechBegan(room="a", turn=2)
TAKEN_AGAIN = ev.TurnTaken(room="a", turn=2, silence_ms=200, cause="judge")
COUGH = ev.Transcribed(room="a", turn=1, text="", audio_s=1.0, ms=9.0)


@pytest.mark.parametrize(
    ("happened", "state_then"),
    [
        ([], "listening"),
        ([BEGAN], "hearing"),
        ([BEGAN, TAKEN], "thinking"),
        ([BEGAN, TAKEN, FIRST], "speaking"),
        ([BEGAN, TAKEN, FIRST, LAST], "listening"),
        ([BEGAN, TAKEN, FIRST, AGAIN], "hearing"),
        ([BEGAN, TAKEN, FIRST, AGAIN, ev.CutOff(room="a", turn=1, heard="", ms=9)], "hearing"),
        ([BEGAN, TAKEN, FIRST, AGAIN, ev.WentOn(room="a", was="nothing", silent_ms=9)], "speaking"),
        ([BEGAN, TAKEN, COUGH], "listening"),
        ([ev.CustomerLeft(room="a", identity="c")], "waiting"),
    ],
)
def test_the_state_is_what_happened_last(happened: list[ev.Event], state_then: str) -> None:
    assert state(*happened) == state_then


@pytest.mark.parametrize("late", [LAST, ENDED])
def test_the_end_of_a_former_turn_changes_nothing(late: ev.Event) -> None:
    assert state(BEGAN, TAKEN, FIRST, AGAIN, TAKEN_AGAIN, late) == "thinking"


def test_a_cut_answer_ends_while_the_customer_speaks() -> None:
    assert state(BEGAN, TAKEN, FIRST, AGAIN, ENDED) == "hearing"


def test_a_room_counts_customers_and_answers() -> None:
    now = told(*JOINED, ev.CustomerJoined(room="a", identity="d"), BEGAN, TAKEN)
    now.answered("a", 480.0)
    now.answered("a", None)
    now.answered("never", 1.0)
    assert now.rooms() == (
        Room(
            "a",
            since=0,
            changed=4,
            state="thinking",
            customers=2,
            turn=1,
            turns=2,
            last_delay_ms=480.0,
        ),
    )


def test_a_room_is_there_as_long_as_its_bot() -> None:
    assert told(BEGAN, ev.CustomerJoined(room="a", identity="c")).rooms() == ()
    assert told(*JOINED, ev.BotLeft(room="a", cause="empty"), ENDED).rooms() == ()


def test_rooms_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "ROOMS", 2)
    now = told(*(ev.BotJoined(room=name, cause="spawn") for name in "abc"))
    assert [room.room for room in now.rooms()] == ["b", "c"]
