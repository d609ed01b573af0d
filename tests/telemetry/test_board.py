from __future__ import annotations

from typing import Any

import pytest

from tests.telemetry.test_turns import spoken_turn
from voicebot import events as ev
from voicebot.telemetry import board
from voicebot.telemetry.board import Board, Overview, ReturnOpened, Trouble
from voicebot.telemetry.questions import Question, Questions
from voicebot.telemetry.turns import Span, TurnLog, TurnRecord

UNIX = 1000.0  # Unix time at the events' zero
RETURNED = {"return_id": "RET-ORD1", "order_id": "ORD1", "refund_amount": 12.5}


class Shop:
    """A board that follows the stream as the service's does."""

    def __init__(self, words: bool = False) -> None:
        self.board = Board(Questions(words), words=words, since=900.0, unix=UNIX)
        self.log = TurnLog(self.board.on_turn)

    def tell(self, *happened: ev.Event) -> Shop:
        for event in happened:
            self.board.on_event(event)
            self.log(event)
        return self

    def turn(self, at: float, delay: float | None = None, **changes: Any) -> Shop:
        ms = {} if delay is None else {"voice_to_voice": delay}
        record = {"room": "r", "turn": 1, "means": "tool", "ms": ms, "at": at, **changes}
        self.board.on_turn(TurnRecord(**record))
        return self

    def at(self, now: float = 60.0, minutes: int = 60) -> Overview:
        return self.board.overview(now + UNIX, minutes)


def test_a_turn_becomes_a_waterfall() -> None:
    [turn] = Shop().tell(*spoken_turn()).at().recent
    assert (turn.at, turn.room, turn.turn) == (1012.0, "r", 1)
    assert (turn.means, turn.detail, turn.tools) == ("tool", "status", ("a", "b"))
    assert turn.delay_ms == 500
    assert Span("stt", 70, 180) in turn.spans


def test_words_are_shown_only_where_they_may_be() -> None:
    asked = ev.Unanswered(room="r", turn=1, question="private")
    gave = ev.ToolRan(room="r", turn=1, name="create_return", arguments={}, result=RETURNED, ms=1.0)
    without = Shop().tell(*spoken_turn(), asked, gave).at()
    for word in ("Where", "here", "private", "ORD1"):
        assert word not in str(without)
    with_words = Shop(words=True).tell(*spoken_turn(), asked, gave).at()
    assert (with_words.recent[0].user, with_words.recent[0].say) == ("Where is it?", "It is here.")
    assert with_words.unanswered[0].question == "private"
    assert with_words.returns[0].return_id == "RET-ORD1"


def test_the_greeting_is_no_turn() -> None:
    greeting = ev.ReplyEnded(room="r", turn=0, user="", say="Hello!", heard="Hello!")
    found = Shop().tell(ev.FirstSound(room="r"), greeting).at()
    assert (found.turns, found.recent) == (0, ())


def test_what_the_window_leaves_out_does_not_count() -> None:
    shop = Shop().turn(0, 9000, means="model").turn(3000, 100).turn(3100, 200).turn(3200, 600)
    shop.tell(
        ev.StaffCalled(room="r", at=10.0, question=""), ev.StaffCalled(at=3100.0, question="")
    )
    found = shop.at(3600, minutes=30)
    assert (found.turns, found.means, found.staff_calls) == (3, {"tool": 3}, 1)
    assert (found.p50_ms, found.p95_ms) == (200, 560)
    assert len(found.recent) == 4
    everything = shop.at(3600, minutes=120)
    assert (everything.turns, everything.staff_calls) == (4, 2)


def test_means_are_counted_the_commonest_first() -> None:
    shop = Shop().turn(1, means="quote").turn(2).turn(3).turn(4, means="")
    assert list(shop.at().means.items()) == [("tool", 2), ("quote", 1), ("none", 1)]


def test_the_plot_has_a_point_a_period() -> None:
    shop = Shop().turn(3300, 100).turn(3301, 300).turn(3599, 700).turn(3598)
    shop.tell(ev.StageFailed(room="r", at=3400.0, stage="tts", error="hush"))
    periods = shop.at(3600, minutes=60).periods
    assert len(periods) == board.PERIODS
    assert periods[0].start == UNIX
    busy = {int((p.start - UNIX) // 60): p for p in periods if p.turns or p.errors}
    assert {at: (p.turns, p.errors, p.p50_ms) for at, p in busy.items()} == {
        55: (2, 0, 200),
        56: (0, 1, None),
        59: (2, 0, 700),
    }
    assert busy[55].p95_ms == 290


def test_a_turn_of_this_very_moment_is_in_the_last_period() -> None:
    assert Shop().turn(3600, 100).at(3600).periods[-1].turns == 1


def test_stages_are_told_over_the_recent_turns() -> None:
    times = {s.stage: s for s in Shop().tell(*spoken_turn(), *spoken_turn(turn=2)).at().stages}
    assert times["tool"].runs == 4
    assert (times["tool"].p50_ms, times["tool"].most_ms) == (3.5, 4)
    assert times["voice_to_voice"].p95_ms == 500


def test_questions_are_grouped_by_the_nearest_document() -> None:
    passages = ({"source": "shipping.pdf", "page": 1, "text": "x", "score": 0.3},)
    shop = Shop().tell(
        ev.PassagesFound(room="r", turn=1, passages=passages, ms=1.0),
        ev.Unanswered(room="r", turn=1, at=5.0, question="hush"),
        ev.Unanswered(room="s", turn=1, at=6.0, question="hush"),
        ev.PassagesFound(room="r", turn=2, passages=(), ms=1.0),
        ev.Unanswered(room="r", turn=2, at=7.0, question="hush"),
    )
    assert shop.at().unanswered == (
        Question("", "", 2, 1006.0, 1007.0),
        Question("", "shipping.pdf", 1, 1005.0, 1005.0),
    )


def test_returns_and_failures_are_listed_the_last_first() -> None:
    shop = Shop().tell(
        ev.ToolRan(room="r", at=1.0, name="create_return", arguments={}, result=RETURNED, ms=1),
        ev.ToolRan(room="r", at=2.0, name="create_return", arguments={}, result={"x": 1}, ms=1),
        ev.StageFailed(room="r", at=3.0, stage="tts", error="hush"),
        ev.StageFailed(room="s", at=4.0, stage="tts", error="hush again"),
        ev.StageFailed(room="s", at=5.0, stage="stt", error="deaf"),
        ev.FellBack(room="s", at=2.5, stage="llm", backend="llama_cpp", cause="gone", ms=3.0),
    )
    found = shop.at()
    assert found.fallbacks == {"llm": 1}
    assert found.returns == (ReturnOpened(1001.0, "r", 12.5),)
    assert found.failures == {"tts": 2, "stt": 1}
    assert Trouble(1005.0, "failed", "s", "stt", "deaf") in found.troubles
    assert Trouble(1002.5, "fallback", "s", "llm", "llama_cpp stepped in: gone") in found.troubles
    assert len(found.troubles) == 4


def test_fallbacks_are_counted_apart_from_failures() -> None:
    shop = Shop().tell(
        ev.FellBack(room="r", at=1.0, stage="stt", backend="whisper", cause="timed out", ms=900),
        ev.BackendChanged(at=2.0, stage="stt", backend="whisper", cause="it is gone"),
        ev.BackendChanged(at=3.0, stage="stt", backend="openai"),
    )
    found = shop.at()
    assert (found.failures, found.fallbacks) == ({}, {"stt": 1})
    assert [(t.kind, t.text) for t in found.troubles] == [
        ("changed", "whisper from now on: it is gone"),
        ("fallback", "whisper stepped in: timed out"),
    ]


def test_interruptions_and_rooms_are_counted() -> None:
    shop = Shop().tell(ev.BotJoined(room="r", cause="spawn"))
    shop.turn(1, 480, interrupted=True).turn(2, 500)
    found = shop.at()
    assert found.barge_ins == 1
    assert (found.rooms[0].turns, found.rooms[0].last_delay_ms) == (2, 500)
    assert shop.tell(ev.BotLeft(room="r", cause="empty")).at().rooms == ()


@pytest.mark.parametrize("name", ["recent", "returns", "troubles"])
def test_lists_are_bounded(name: str) -> None:
    shop = Shop()
    for n in range(board.TURNS + 20):
        shop.turn(float(n))
        shop.tell(
            ev.ToolRan(room="r", name="create_return", arguments={}, result=RETURNED, ms=1),
            ev.StageFailed(room="r", stage="tts", error="hush"),
        )
    assert len(getattr(shop.at(), name)) == board.TURNS


def test_an_empty_board_is_whole() -> None:
    found = Shop().at()
    assert (found.turns, found.p50_ms, found.rooms, found.unanswered) == (0, None, (), ())
    assert (found.now, found.since, found.minutes) == (1060.0, 900.0, 60)
