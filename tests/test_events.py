from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import fields

import pytest

from voicebot import events
from voicebot.events import Event, EventStream, FirstSound, ReplyEnded, Transcribed, without_words


def test_all_who_listen_hear_everything_in_order() -> None:
    stream, one, other = EventStream(), list[Event](), list[Event]()
    with stream.listening(one.append):
        stream.emit(FirstSound(turn=1))
        with stream.listening(other.append):
            stream.emit(FirstSound(turn=2))
        stream.emit(FirstSound(turn=3))
    stream.emit(FirstSound(turn=4))
    assert [event.turn for event in one] == [1, 2, 3]
    assert [event.turn for event in other] == [2]


def test_a_listener_may_leave_while_it_is_told() -> None:
    stream, told = EventStream(), list[int]()

    def once(event: Event) -> None:
        told.append(event.turn)
        listening.__exit__(None, None, None)

    listening = stream.listening(once)
    listening.__enter__()
    with stream.listening(lambda event: told.append(-event.turn)):
        stream.emit(FirstSound(turn=1))
        stream.emit(FirstSound(turn=2))
    assert told == [1, -1, -2]


async def test_who_follows_too_slowly_loses_the_oldest() -> None:
    stream = EventStream()
    async with aclosing(stream.follow(capacity=3)) as following:
        first = asyncio.ensure_future(anext(following))
        await asyncio.sleep(0)
        stream.emit(FirstSound(turn=0))
        assert (await first).turn == 0
        for turn in range(1, 8):
            stream.emit(FirstSound(turn=turn))
        assert [(await anext(following)).turn for _ in range(3)] == [5, 6, 7]
    stream.emit(FirstSound(turn=9))
    assert stream._listeners == []


def test_an_event_as_a_dictionary_says_its_kind_and_whose_it_is() -> None:
    told = ReplyEnded(room="desk", turn=2, at=1.5, user="hi", say="hello", heard="hello")
    assert told.as_dict() == {
        "kind": "ReplyEnded",
        "room": "desk",
        "turn": 2,
        "at": 1.5,
        "user": "hi",
        "say": "hello",
        "heard": "hello",
    }


@pytest.mark.parametrize(
    "event",
    [
        ReplyEnded(user="Doe", say="Doe", heard="Doe"),
        Transcribed(text="Doe", audio_s=1.0, ms=1.0),
        events.ToolRan(name="x", arguments={"reason": "Doe"}, result={"name": "Doe"}, ms=1.0),
        events.PassagesFound(passages=({"text": "Doe"},), ms=1.0),
        events.ClauseReady(text="Doe", ms=1.0, audio_s=1.0),
        events.CutOff(heard="Doe", ms=1.0),
        events.Unanswered(question="Doe"),
        events.StaffCalled(question="Doe"),
    ],
)
def test_without_words_nothing_of_what_was_said_is_left(event: Event) -> None:
    told = without_words(event)
    assert "Doe" not in repr(told)
    assert told["kind"] == event.kind
    assert len(told) < len(event.as_dict())


# Text of an event that no customer has said and that nobody was told.
HARMLESS = {
    "room",
    "host",
    "backend",
    "identity",
    "cause",
    "means",
    "detail",
    "name",
    "stage",
    "error",
    "was",
}


def test_a_new_field_of_text_is_private_or_known_to_be_harmless() -> None:
    kinds = [kind for kind in vars(events).values() if _is_event(kind)]
    assert len(kinds) > 15
    for kind in kinds:
        text = {f.name for f in fields(kind) if "str" in str(f.type) or "dict" in str(f.type)}
        assert text <= HARMLESS | set(events.PRIVATE), kind


def _is_event(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Event)
