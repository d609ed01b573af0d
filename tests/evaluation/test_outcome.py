from __future__ import annotations

from voicebot import events as ev
from voicebot.evaluation.outcome import answer


def turn(number: int, means: ev.Means, say: str, *, asked: bool = False) -> list[ev.Event]:
    return [
        ev.TurnTaken(turn=number, silence_ms=0, cause="typed"),
        ev.MeansChosen(turn=number, means=means, detail="d", asked_model=asked, ms=12.0 * number),
        ev.ToolRan(turn=number, name="look", arguments={"n": number}, result={}, ms=0.0),
        ev.ReplyEnded(turn=number, user=f"u{number}", say=say, heard=say),
    ]


def test_a_turn_from_its_events() -> None:
    got = answer("Where?", turn(1, "tool", "Here."))
    assert (got.asked, got.heard, got.say) == ("Where?", "u1", "Here.")
    assert (got.means, got.details) == (("tool",), ("d",))
    assert [tool["name"] for tool in got.tools] == ["look"]
    assert got.ms == {"understand": 12.0}  # what took no time did not happen
    assert not got.asked_model
    assert not got.unknown


def test_turns_of_the_bots_are_put_together() -> None:
    happened = turn(1, "quote", "One.") + turn(2, "unknown", "Two.")
    got = answer("Where?", happened)
    assert got.say == "One. Two."
    assert got.means == ("quote", "unknown")
    assert len(got.tools) == 2
    assert got.unknown


def test_what_was_shown_goes_before_what_the_bot_says_it_said() -> None:
    assert answer("Where?", turn(1, "tool", "Here."), say="He").say == "He"


def test_the_model_was_asked_to_sort_or_to_talk() -> None:
    assert answer("?", turn(1, "tool", "Here.", asked=True)).asked_model
    assert answer("?", [ev.FirstToken()]).asked_model


def test_failing_stages_are_kept() -> None:
    failed = ev.StageFailed(stage="llm", error="it is broken")
    assert answer("?", [failed]).trouble == ("llm: it is broken",)


def test_nothing_happened() -> None:
    got = answer("?", [])
    assert (got.heard, got.say, got.means, got.ms) == ("", "", (), {})
