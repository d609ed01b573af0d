from __future__ import annotations

from collections.abc import Iterable

from voicebot import events as ev
from voicebot.telemetry import turns
from voicebot.telemetry.turns import Span, TurnLog, TurnRecord

PASSAGE = {"source": "returns.pdf", "page": 2, "text": "Thirty days.", "score": 0.7}


def spoken_turn(room: str = "r", turn: int = 1) -> list[ev.Event]:
    """Voice ends at 10.0, the turn is taken at 10.2, sound begins at 10.5."""
    return [
        ev.SpeechBegan(room=room, turn=turn, at=8.0),
        ev.SpeechEnded(room=room, turn=turn, at=9.0),
        ev.SpeechBegan(room=room, turn=turn, at=9.5),
        ev.SpeechEnded(room=room, turn=turn, at=10.0),
        ev.Transcribed(
            room=room, turn=turn, at=10.1, text="Where", audio_s=2, ms=250, speculative=True
        ),
        ev.TurnJudged(room=room, turn=turn, at=10.2, probability=0.9, silence_ms=192, ms=88.04),
        ev.TurnTaken(room=room, turn=turn, at=10.2, silence_ms=192, cause="judge"),
        ev.Transcribed(room=room, turn=turn, at=10.25, text="Where is it?", audio_s=2, ms=180),
        ev.PassagesFound(room=room, turn=turn, at=10.26, passages=(PASSAGE,), ms=12),
        ev.MeansChosen(room=room, turn=turn, at=10.28, means="tool", detail="status", ms=24),
        ev.ToolRan(room=room, turn=turn, at=10.29, name="a", arguments={"x": 1}, result={}, ms=3),
        ev.ToolRan(room=room, turn=turn, at=10.3, name="b", arguments={}, result={"y": 2}, ms=4),
        ev.FirstToken(room=room, turn=turn, at=10.35),
        ev.ClauseReady(room=room, turn=turn, at=10.45, text="It", ms=80, audio_s=0.5),
        ev.ClauseReady(room=room, turn=turn, at=10.6, text="is", ms=99, audio_s=0.5),
        ev.FirstSound(room=room, turn=turn, at=10.5),
        ev.FirstSound(room=room, turn=turn, at=10.9),
        ev.ReplyEnded(
            room=room,
            turn=turn,
            at=12.0,
            user="Where is it?",
            say="It is here.",
            heard="It is here.",
        ),
    ]


def records_of(happened: Iterable[ev.Event]) -> list[TurnRecord]:
    stream = ev.EventStream()
    records: list[TurnRecord] = []
    with stream.listening(TurnLog(records.append)):
        for event in happened:
            stream.emit(event)
    return records


def test_a_spoken_turn_becomes_one_record() -> None:
    [record] = records_of(spoken_turn())
    assert record == TurnRecord(
        room="r",
        turn=1,
        user="Where is it?",
        say="It is here.",
        heard="It is here.",
        means="tool",
        detail="status",
        tools=(
            {"name": "a", "arguments": {"x": 1}, "result": {}},
            {"name": "b", "arguments": {}, "result": {"y": 2}},
        ),
        passages=(PASSAGE,),
        ms={
            "judge": 88.0,
            "silence": 192,
            "stt": 180,
            "retrieval": 12,
            "understand": 24,
            "tool": 7,
            "first_token": 150.0,
            "first_clause": 80,
            "voice_to_voice": 500.0,
        },
        spans=(
            Span("stt", -150, 250),
            Span("judge", 112, 88),
            Span("silence", 8, 192),
            Span("stt", 70, 180),
            Span("retrieval", 248, 12),
            Span("understand", 256, 24),
            Span("tool", 287, 3),
            Span("tool", 296, 4),
            Span("first_token", 200, 150),
            Span("first_clause", 370, 80),
            Span("voice_to_voice", 0, 500),
        ),
        at=12.0,
    )


def test_what_was_over_before_the_voice_ended_is_not_in_the_waterfall() -> None:
    happened = spoken_turn()
    happened.insert(2, ev.Transcribed(room="r", turn=1, at=9.3, text="", audio_s=1, ms=200))
    assert records_of(happened)[0].spans == records_of(spoken_turn())[0].spans


def test_a_waterfall_is_bounded() -> None:
    happened = spoken_turn()
    ear = ev.Transcribed(room="r", turn=1, at=10.2, text="", audio_s=1, ms=200)
    happened[2:2] = [ear] * (turns.SPANS + 1)
    assert len(records_of(happened)[0].spans) == turns.SPANS


def test_json_has_the_contracts_shape() -> None:
    [record] = records_of(spoken_turn())
    shape = record.as_json()
    assert {"user", "say", "tools", "passages", "ms"} <= set(shape)
    assert set(shape["tools"][0]) == {"name", "arguments", "result"}
    assert set(shape["passages"][0]) == {"source", "page", "text", "score"}


def test_a_typed_turn_counts_from_its_taking() -> None:
    [record] = records_of(
        [
            ev.TurnTaken(room="r", turn=1, at=5.0, silence_ms=0, cause="typed"),
            ev.FirstSound(room="r", turn=1, at=5.25),
            ev.ReplyEnded(room="r", turn=1, at=6.0, user="?", say="Yes.", heard="Yes."),
        ]
    )
    assert record.ms["voice_to_voice"] == 250


def test_the_greeting_is_a_turn_without_a_customer() -> None:
    [record] = records_of(
        [
            ev.FirstSound(room="r", at=1.0),
            ev.ReplyEnded(room="r", at=2.0, user="", say="Hello!", heard="Hello!"),
        ]
    )
    assert (record.turn, record.user, record.ms) == (0, "", {})


def test_an_interrupted_answer_says_what_was_heard() -> None:
    happened = spoken_turn()
    happened.insert(-1, ev.CutOff(room="r", turn=1, at=11.0, heard="It", ms=200))
    happened[-1] = ev.ReplyEnded(room="r", turn=1, at=11.1, user="?", say="It is here.", heard="It")
    [record] = records_of(happened)
    assert (record.interrupted, record.say, record.heard) == (True, "It is here.", "It")


def test_the_next_turn_may_begin_before_this_one_ends() -> None:
    first, second = spoken_turn(turn=1), spoken_turn(turn=2)
    happened = [*first[:-1], *second[:3], first[-1], *second[3:]]
    assert [record.turn for record in records_of(happened)] == [1, 2]
    assert records_of(happened)[1].ms == records_of(spoken_turn())[0].ms


def test_rooms_do_not_mix() -> None:
    both = [e for pair in zip(spoken_turn("a"), spoken_turn("b"), strict=True) for e in pair]
    records = records_of(both)
    assert [record.room for record in records] == ["a", "b"]
    assert records[0].ms == records[1].ms


def test_turns_without_an_answer_are_forgotten() -> None:
    stream = ev.EventStream()
    records: list[TurnRecord] = []
    log = TurnLog(records.append)
    with stream.listening(log):
        stream.emit(ev.CustomerJoined(room="r", identity="c"))
        stream.emit(ev.SpeechBegan(room="r", turn=1))
        for event in spoken_turn(turn=2):
            stream.emit(event)
        assert not log._open
        stream.emit(ev.SpeechBegan(room="r", turn=3))
        stream.emit(ev.BotLeft(room="r", cause="empty"))
        assert not log._open
    assert len(records) == 1


def test_open_turns_are_bounded() -> None:
    log = TurnLog(lambda record: None)
    for n in range(turns.OPEN_TURNS + 10):
        log(ev.SpeechBegan(room=f"r{n}", turn=1))
    assert len(log._open) == turns.OPEN_TURNS
    assert ("r0", 1) not in log._open


def test_what_servers_took_is_summed_for_the_turn() -> None:
    happened = spoken_turn()
    used = ev.RemoteUsed(room="r", turn=1, stage="llm", host="h", tokens_in=40, cost=0.25)
    [record] = records_of([used, used, ev.RemoteUsed(stage="llm", host="h"), *happened])
    assert record.spent["tokens_in"] == 80
    assert record.spent["cost"] == 0.5
    [record] = records_of(happened)
    assert record.spent == {}


def test_a_token_that_came_before_the_turn_was_taken_took_no_time() -> None:
    records: list[TurnRecord] = []
    log = TurnLog(records.append)
    log(ev.SpeechEnded(room="a", turn=1, at=10.0))
    log(ev.TurnTaken(room="a", turn=1, at=10.4, silence_ms=400, cause="judge"))
    log(ev.FirstToken(room="a", turn=1, at=10.3))
    log(ev.ReplyEnded(room="a", turn=1, user="Hi.", say="Hello!", heard="Hello!"))
    assert records[0].ms["first_token"] == 0.0
