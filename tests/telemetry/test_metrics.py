from __future__ import annotations

from tests.telemetry.test_turns import spoken_turn
from voicebot import events as ev
from voicebot.telemetry.metrics import Metrics
from voicebot.telemetry.turns import TurnLog


def values_of(*happened: ev.Event) -> dict[str, float]:
    metrics = Metrics(rooms_max=4, box="till-7", ready=lambda: True)
    log = TurnLog(metrics.on_turn)
    for event in happened:
        metrics.on_event(event)
        log(event)
    lines = metrics.render().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_rooms_are_counted_once() -> None:
    joined = [ev.BotJoined(room=room, cause="webhook") for room in ("a", "b", "b")]
    assert values_of(*joined)["voicebot_rooms"] == 2
    left = [ev.BotLeft(room="a", cause="empty"), ev.BotLeft(room="c", cause="empty")]
    assert values_of(*joined, *left)["voicebot_rooms"] == 1
    assert values_of()["voicebot_rooms_max"] == 4


def test_a_box_says_which_it_is() -> None:
    assert values_of()['voicebot_box_info{box="till-7"}'] == 1


def test_turns_and_their_stages_are_counted() -> None:
    values = values_of(*spoken_turn(), *spoken_turn(turn=2))
    assert values['voicebot_turns_total{means="tool"}'] == 2
    assert values['voicebot_stage_seconds_count{stage="voice_to_voice"}'] == 2
    assert values['voicebot_stage_seconds_sum{stage="voice_to_voice"}'] == 1.0
    assert values['voicebot_stage_seconds_bucket{le="0.4",stage="voice_to_voice"}'] == 0
    assert values['voicebot_tool_runs_total{tool="a"}'] == 2


def test_servers_and_who_stands_in_for_them_are_counted() -> None:
    used = ev.RemoteUsed(stage="llm", host="h", tokens_in=40, tokens_out=5, cost=0.25)
    fell = ev.FellBack(stage="llm", backend="llama_cpp", cause="gone", ms=3.0)
    away = ev.BackendChanged(stage="llm", backend="llama_cpp", cause="gone")
    values = values_of(used, used, fell, away)
    assert values['voicebot_remote_tokens_total{direction="sent",stage="llm"}'] == 80
    assert values['voicebot_remote_tokens_total{direction="received",stage="llm"}'] == 10
    assert values['voicebot_remote_cost_total{stage="llm"}'] == 0.5
    assert values['voicebot_fallbacks_total{stage="llm"}'] == 1
    assert values['voicebot_first_choice{stage="llm"}'] == 0
    back = ev.BackendChanged(stage="llm", backend="openai")
    assert values_of(away, back)['voicebot_first_choice{stage="llm"}'] == 1


def test_what_goes_wrong_is_counted() -> None:
    values = values_of(
        ev.StageFailed(room="a", stage="tts", error="hush"),
        ev.CutOff(room="a", turn=1, heard="", ms=100),
        ev.Unanswered(room="a", turn=1, question="my words"),
    )
    assert values['voicebot_stage_failures_total{stage="tts"}'] == 1
    assert values["voicebot_barge_ins_total"] == 1
    assert values["voicebot_unanswered_total"] == 1


def test_who_comes_and_goes_is_counted() -> None:
    values = values_of(
        ev.CustomerJoined(room="a", identity="c"),
        ev.CustomerLeft(room="a", identity="c"),
        ev.StaffCalled(room="a", turn=1, question=""),
        ev.BotLeft(room="a", cause="empty"),
    )
    assert values["voicebot_customers_total"] == 1
    assert values["voicebot_staff_calls_total"] == 1
    assert values['voicebot_bots_left_total{cause="empty"}'] == 1
    assert values['voicebot_events_total{kind="CustomerLeft"}'] == 1


def test_how_long_an_interrupted_bot_went_on_is_measured() -> None:
    values = values_of(ev.CutOff(room="a", turn=1, heard="", ms=180))
    assert values["voicebot_barge_in_seconds_sum"] == 0.18
    assert values['voicebot_barge_in_seconds_bucket{le="0.15"}'] == 0


def test_what_was_no_interruption_is_counted_by_what_it_was() -> None:
    cough = ev.WentOn(room="a", turn=1, was="nothing", silent_ms=400)
    values = values_of(cough, cough, ev.WentOn(room="a", was="own", silent_ms=400))
    assert values['voicebot_false_barge_ins_total{was="nothing"}'] == 2
    assert values['voicebot_false_barge_ins_total{was="own"}'] == 1
    assert values["voicebot_barge_ins_total"] == 0


def test_readiness_is_asked_at_every_scrape() -> None:
    answers = iter((True, False))
    metrics = Metrics(rooms_max=4, box="", ready=lambda: next(answers))
    assert [b"voicebot_ready 1.0" in metrics.render() for _ in range(2)] == [True, False]


def test_words_are_not_among_the_metrics() -> None:
    names = str(values_of(*spoken_turn(), ev.Unanswered(question="hush")))
    assert "hush" not in names
    assert "Where" not in names
