"""What is written down of turn-taking, and what it does when that is put to it again."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.audio import STEP
from voicebot.config import Turns, Vad
from voicebot.dialogue.replay import Moment, replayed, turns_taken
from voicebot.dialogue.trace import (
    EXPECTS,
    METHODS,
    Input,
    Trace,
    TracedTurns,
    first_line,
    last_line,
    line,
    parsed,
)
from voicebot.dialogue.turns import Expecting, TurnTaker, Wording
from voicebot.errors import RecordingError

# Of its own, all that these traces hang on: defaults change.
TURNS, VAD = Turns(listen_after=64, judge_after=192, patience=1200, min_speech=96), Vad()
BEGAN = "2026-11-23T12:00:00Z"
Act = Callable[[TracedTurns], object]


class Written:
    """A traced call, as lines."""

    def __init__(self, turns: Turns = TURNS, vad: Vad = VAD) -> None:
        self.lines = [first_line("desk-1", BEGAN, turns, vad)]
        self.taker = TracedTurns(
            turns, threshold=vad.threshold, min_level_db=vad.min_level_db, note=self._note
        )

    def _note(self, came: Input) -> None:
        self.lines.append(line(came))

    def steps(self, count: int, *, voice: bool) -> None:
        for _ in range(count):
            self.taker.step(0.9 if voice else 0.1, -20.0)

    def trace(self) -> Trace:
        return parsed([*self.lines, last_line(self.taker.now, "left")])


def again(trace: Trace, **changed: int) -> list[Moment]:
    return list(replayed(trace, trace.turns.model_copy(update=changed), trace.vad))


@pytest.fixture
def unsure() -> Written:
    """A question after which the judge is unsure, so that patience ends the turn after 1.2 s."""
    call = Written()
    call.steps(10, voice=False)
    call.steps(30, voice=True)
    call.steps(6, voice=False)
    call.taker.judged(0.1)
    call.taker.transcribed(Wording.OPEN)
    call.steps(40, voice=False)
    return call


# ------------------------------------------------------------------ sample for sample

# Half of all is voice or silence for a while, so that turns begin and end.
lasting = st.builds(
    lambda count, probability, db: (
        lambda taker: [taker.step(probability, db) for _ in range(count)]
    ),
    st.integers(1, 60),
    st.sampled_from([0.02, 0.95]) | st.floats(0, 1),
    st.just(-20.0) | st.floats(-120, 0),
)
acts: st.SearchStrategy[Act] = lasting | st.one_of(
    st.builds(lambda p: lambda taker: taker.judged(p), st.floats(0, 1)),
    st.builds(
        lambda wording, odds: lambda taker: taker.transcribed(wording, odds),
        st.sampled_from(Wording),
        st.none() | st.floats(-8, 8),
    ),
    st.builds(lambda speaks: lambda taker: taker.bot_speaks(speaks), st.booleans()),
    st.builds(
        lambda what: lambda taker: setattr(taker, "expecting", what), st.sampled_from(Expecting)
    ),
    st.builds(lambda back: lambda taker: taker.continue_from(max(0, taker.now - back * STEP)),
              st.integers(0, 80)),
    st.just(lambda taker: taker.reset()),
)  # fmt: skip
settings_of_turns = st.builds(
    Turns,
    min_speech=st.integers(32, 200),
    patience=st.integers(300, 1500),
    listen_after=st.integers(32, 200),
    barge_in=st.integers(32, 300),
)


@settings(deadline=None)
@given(st.lists(acts, max_size=40), settings_of_turns)
def test_whatever_comes_the_replay_is_equal(acts: list[Act], turns: Turns) -> None:
    call = Written(turns)
    for act in acts:
        act(call.taker)
    trace = call.trace()
    assert trace.turns == turns
    moments = again(trace)
    assert all(moment.same for moment in moments)
    assert sum(bool(came.out) for came in trace.inputs) == len(moments)


@settings(deadline=None)
@given(st.lists(acts, max_size=20))
def test_a_taker_that_is_traced_does_what_it_does_otherwise(acts: list[Act]) -> None:
    traced, plain = Written().taker, TurnTaker(TURNS)
    for act in acts:
        assert act(traced) == act(plain)  # type: ignore[arg-type]


def test_something_happens_in_such_calls(unsure: Written) -> None:
    kinds = [event["event"] for moment in again(unsure.trace()) for event in moment.replayed]
    assert kinds == ["Began", "Paused", "AskJudge", "AskJudge", "Ended"]


def test_nothing_that_comes_in_is_left_out() -> None:
    public = {
        name
        for name, member in inspect.getmembers(TurnTaker, inspect.isfunction)
        if not name.startswith("_")
    }
    assert public == set(METHODS)
    for name in METHODS:
        assert name in vars(TracedTurns), f"{name} is not traced"
        ours, theirs = (inspect.signature(getattr(c, name)) for c in (TracedTurns, TurnTaker))
        assert ours == theirs


def busy_call() -> Written:
    """One in which each kind of input has a consequence."""
    call = Written()
    taker = call.taker
    taker.expecting = Expecting.SHORT
    call.steps(20, voice=True)
    call.steps(5, voice=False)
    taker.transcribed(Wording.OPEN)
    call.steps(6, voice=False)  # a short answer needs no judge
    taker.expecting = Expecting.ANYTHING
    call.steps(20, voice=True)
    call.steps(5, voice=False)
    taker.judged(0.99)
    taker.transcribed(Wording.OPEN)
    call.steps(5, voice=False)
    taker.bot_speaks(True)
    call.steps(20, voice=True)  # over the bot
    taker.continue_from(0)
    call.steps(5, voice=False)
    taker.reset()
    call.steps(60, voice=False)
    return call


@pytest.mark.parametrize("name", [*METHODS, EXPECTS])
def test_each_input_counts(name: str) -> None:
    trace = busy_call().trace()
    assert all(moment.same for moment in again(trace))
    without = replace(trace, inputs=tuple(came for came in trace.inputs if came.name != name))
    assert again(without) != again(trace)


def test_what_is_always_the_same_is_written_once() -> None:
    call = Written()
    for _ in range(20):
        call.taker.bot_speaks(False)
        call.taker.expecting = Expecting.SHORT
        call.steps(1, voice=False)
    names = [came.name for came in call.trace().inputs]
    assert names == ["bot_speaks", "expects", *["step"] * 20]


def test_positions_are_those_of_the_sound(unsure: Written) -> None:
    inputs = unsure.trace().inputs
    steps = [came.at for came in inputs if came.name == "step"]
    assert steps == [STEP * number for number in range(len(steps))]
    assert next(came.at for came in inputs if came.name == "judged") == 46 * STEP


# ------------------------------------------------------------------ what breaks off, what is wrong


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_a_file_that_breaks_off_is_good_up_to_there(length: int) -> None:
    call = Written()
    call.steps(30, voice=True)
    call.steps(60, voice=False)
    text = "".join(call.lines)[:length]
    lines = text.splitlines(keepends=True)
    if not text.startswith(call.lines[0]):
        with pytest.raises(RecordingError, match="breaks off"):
            parsed(lines)
        return
    trace = parsed(lines)
    assert trace.ended is None
    assert len(trace.inputs) == text.count("\n") - 1
    assert all(moment.same for moment in again(trace))


def test_why_it_ended_is_known(unsure: Written) -> None:
    assert unsure.trace().ended == "left"
    assert unsure.trace().began == BEGAN


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("[1]", "line 3"),
        ("{", "line 3"),
        ('{"at": 3}', "line 3"),
        ('{"at": 3, "in": "_end"}', "line 3.*turn-taking has no _end"),
        ('{"at": 3, "in": "transcribed", "wording": "MUMBLED"}', "line 3.*MUMBLED"),
    ],
)
def test_a_line_that_is_none_is_named(unsure: Written, bad: str, said: str) -> None:
    with pytest.raises(RecordingError, match=said):
        parsed([*unsure.lines[:2], f"{bad}\n", *unsure.lines[2:]])


def test_other_files_are_no_calls(unsure: Written) -> None:
    head = json.loads(unsure.lines[0])
    for changed, said in (
        ({"format": "wav"}, "its format is wav"),
        ({"version": 99}, "use a newer one"),
        ({"turns": {"patience": "long"}}, "patience"),
    ):
        with pytest.raises(RecordingError, match=said):
            parsed([json.dumps({**head, **changed}) + "\n"])


def test_settings_may_have_come_and_gone_since(unsure: Written) -> None:
    head = json.loads(unsure.lines[0])
    del head["turns"]["max_turn"]
    head["turns"]["impatience"] = 3
    trace = parsed([json.dumps(head) + "\n", *unsure.lines[1:]])
    assert trace.turns == TURNS
    assert trace.unknown == ("turns.impatience",)


# ------------------------------------------------------------------ with other settings


def test_what_another_setting_would_have_done(unsure: Written) -> None:
    trace = unsure.trace()
    moments = again(trace, patience=800)
    same, sooner, later = moments[:-2], *moments[-2:]
    assert all(moment.same for moment in same)
    assert (sooner.recorded, [event["cause"] for event in sooner.replayed]) == ((), ["patience"])
    assert [event["cause"] for event in later.recorded] == ["patience"]
    assert later.replayed == ()
    recorded = turns_taken(event for moment in moments for event in moment.recorded)
    now = turns_taken(event for moment in moments for event in moment.replayed)
    assert (recorded.count, now.count, now.causes) == (1, 1, {"patience": 1})
    assert recorded.silence_ms == 1216
    assert now.silence_ms == 800


def test_an_answer_that_nobody_waits_for_any_more_is_dropped() -> None:
    """With less patience the turn is over before the judge has answered: what it said then must
    not count in the next silence."""
    call = Written()
    call.steps(30, voice=True)
    call.steps(32, voice=False)
    call.taker.judged(0.99)
    call.steps(20, voice=False)
    call.steps(30, voice=True)
    call.steps(6, voice=False)
    call.taker.transcribed(Wording.OPEN)
    call.steps(40, voice=False)
    for patience in (TURNS.patience, 800):
        moments = again(call.trace(), patience=patience)
        now = turns_taken(event for moment in moments for event in moment.replayed)
        assert now.causes == {"patience": 2}


def test_no_turns_have_no_silence() -> None:
    assert turns_taken([]).silence_ms is None
