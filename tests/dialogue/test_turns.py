"""Turn-taking on traces of speech and silence, in steps of 32 ms."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio import HEARING_RATE, STEP
from voicebot.config import Turns
from voicebot.dialogue.turns import (
    CERTAIN,
    AskJudge,
    Began,
    Dismissed,
    Ended,
    Expecting,
    Interrupted,
    Noticed,
    Paused,
    Resumed,
    TurnEvent,
    TurnTaker,
    Wording,
)

SETTINGS = Turns()
STEP_MS = STEP * 1000 // HEARING_RATE


def ms(samples: int) -> float:
    return samples * 1000 / HEARING_RATE


class Trace:
    """Feeds a TurnTaker and keeps what comes out, with the sample at which it came."""

    def __init__(self, taker: TurnTaker | None = None) -> None:
        self.taker = taker or TurnTaker(SETTINGS)
        self.events: list[TurnEvent] = []

    def _keep(self, found: Iterable[TurnEvent]) -> list[TurnEvent]:
        new = list(found)
        self.events += new
        return new

    def steps(self, count: int, *, voice: bool, db: float = -20.0) -> list[TurnEvent]:
        found: list[TurnEvent] = []
        for _ in range(count):
            found += self._keep(self.taker.step(0.9 if voice else 0.1, db))
        return found

    def voice(self, millis: float) -> list[TurnEvent]:
        return self.steps(round(millis / STEP_MS), voice=True)

    def silence(self, millis: float) -> list[TurnEvent]:
        return self.steps(round(millis / STEP_MS), voice=False)

    def judged(self, probability: float) -> list[TurnEvent]:
        return self._keep(self.taker.judged(probability))

    def transcribed(
        self, wording: Wording = Wording.OPEN, odds: float | None = None
    ) -> list[TurnEvent]:
        return self._keep(self.taker.transcribed(wording, odds))

    def of(self, kind: type[TurnEvent]) -> list[TurnEvent]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def trace() -> Trace:
    return Trace()


def spoken(trace: Trace, millis: float = 960, lead: float = 320) -> tuple[int, int]:
    """A silence, then an utterance; where it stands."""
    trace.silence(lead)
    start = trace.taker.now
    trace.voice(millis)
    return start, trace.taker.now


# ------------------------------------------------------------------ one utterance


def test_a_plain_utterance_is_transcribed_judged_and_taken(trace: Trace) -> None:
    start, end = spoken(trace)
    assert trace.events == [Began(start)]

    assert trace.silence(32) == []
    asked = AskJudge(start, end + 2 * STEP, 2 * STEP)
    assert trace.silence(32) == [Paused(start, end), asked]
    assert trace.transcribed() == []
    assert trace.judged(0.9) == []
    assert trace.silence(96) == []
    assert trace.silence(32) == [Ended(start, end, 6 * STEP, "judge")]
    assert not trace.taker.in_speech


def test_the_utterance_begins_with_its_first_voiced_step_not_when_it_is_believed(
    trace: Trace,
) -> None:
    trace.silence(320)
    assert trace.voice(64) == []
    assert trace.voice(32) == [Began(10 * STEP)]


@pytest.mark.parametrize("gap", [128, 320])
def test_noises_apart_are_no_speech(trace: Trace, gap: int) -> None:
    for _ in range(5):
        trace.voice(64)
        trace.silence(gap)
    assert trace.events == []


def test_a_stop_inside_a_word_is_part_of_it(trace: Trace) -> None:
    trace.voice(64)
    trace.silence(64)
    assert trace.voice(32) == [Began(0)]


def test_what_is_too_quiet_is_no_speech(trace: Trace) -> None:
    trace.steps(50, voice=True, db=-70.0)
    assert trace.events == []


def test_the_turn_is_not_taken_on_one_opinion_alone(trace: Trace) -> None:
    spoken(trace)
    trace.silence(192)
    assert trace.judged(0.99) == []
    assert trace.silence(320 + 32) == []  # the words are still missing, and it is asked no more
    taken = trace.transcribed()
    assert [event.cause for event in taken if isinstance(event, Ended)] == ["judge"]

    spoken(trace)
    trace.silence(192)
    assert trace.transcribed() == []
    assert trace.judged(0.1) == []
    assert trace.taker.in_speech


def test_evidence_that_comes_early_waits_for_enough_silence(trace: Trace) -> None:
    spoken(trace)
    trace.silence(96)
    trace.transcribed()
    assert trace.judged(1.0) == []
    assert trace.silence(64) == []
    assert [type(event) for event in trace.silence(32)] == [Ended]


def test_a_pause_that_lasts_gets_a_second_look_with_a_lower_threshold(trace: Trace) -> None:
    start, end = spoken(trace)
    trace.silence(192)
    trace.transcribed()
    assert trace.judged(0.2) == []
    second = trace.silence(320)
    assert second == [AskJudge(start, trace.taker.now, 16 * STEP)]
    assert trace.judged(0.35) == [Ended(start, end, 16 * STEP, "judge")]


def test_what_the_first_look_nearly_said_is_enough_at_the_second(trace: Trace) -> None:
    spoken(trace)
    trace.silence(192)
    trace.transcribed()
    assert trace.judged(0.4) == []
    assert [type(event) for event in trace.silence(320)] == [Ended]


# ------------------------------------------------------------------ going on


def test_whoever_goes_on_voids_what_was_found_out(trace: Trace) -> None:
    start, _ = spoken(trace)
    trace.silence(192)
    trace.judged(0.9)
    assert trace.voice(96).count(Resumed()) == 1
    end = trace.taker.now
    asked = AskJudge(start, end + 2 * STEP, 2 * STEP)
    assert trace.silence(192) == [Paused(start, end), asked]
    assert trace.transcribed() == []  # the first pause's judgement does not count
    assert [type(event) for event in trace.judged(0.9)] == [Ended]


def test_words_of_an_old_pause_do_not_end_a_new_one(trace: Trace) -> None:
    spoken(trace)
    trace.silence(192)
    trace.transcribed()
    trace.voice(96)
    trace.silence(192)
    assert trace.judged(0.9) == []


@pytest.mark.parametrize("after", [96, 128, 160])
def test_a_click_after_the_end_does_not_undo_it(trace: Trace, after: int) -> None:
    spoken(trace)
    trace.silence(after)
    trace.transcribed()
    trace.judged(0.9)
    assert trace.voice(32) == []
    taken = trace.silence(192)
    assert [event.cause for event in taken if isinstance(event, Ended)] == ["judge"]
    assert trace.of(Resumed) == []


def test_an_utterance_that_seemed_over_can_be_continued(trace: Trace) -> None:
    start, _ = spoken(trace)
    trace.silence(192)
    trace.transcribed()
    assert trace.judged(0.9)
    trace.silence(96)
    trace.voice(320)
    trace.taker.continue_from(start)
    end = trace.taker.now
    assert trace.silence(96)[0] == Paused(start, end)


def test_nothing_can_be_continued_before_it_has_begun(trace: Trace) -> None:
    trace.taker.continue_from(0)
    assert not trace.taker.in_speech


def test_after_a_reset_the_utterance_is_forgotten_and_time_goes_on(trace: Trace) -> None:
    spoken(trace)
    before = trace.taker.now
    trace.taker.reset()
    assert trace.silence(3000) == []
    trace.voice(96)
    began = trace.of(Began)[-1]
    assert isinstance(began, Began)
    assert began.start > before


# ------------------------------------------------------------------ what is expected


def test_a_short_answer_ends_early_and_needs_no_judge(trace: Trace) -> None:
    trace.taker.expecting = Expecting.SHORT
    spoken(trace)
    trace.silence(SETTINGS.expected_silence - STEP_MS)
    assert trace.transcribed() == []
    taken = trace.silence(STEP_MS)
    assert [event.cause for event in taken if isinstance(event, Ended)] == ["expected"]


def test_a_short_answer_that_is_judged_over_ends_as_any_other(trace: Trace) -> None:
    trace.taker.expecting = Expecting.SHORT
    spoken(trace)
    trace.silence(192)
    trace.transcribed()
    assert [event.cause for event in trace.judged(0.9) if isinstance(event, Ended)] == ["judge"]


def silence_until_taken(trace: Trace) -> tuple[float, str]:
    for _ in range(100):
        for event in trace.silence(STEP_MS):
            if isinstance(event, Ended):
                return ms(event.silence), event.cause
    raise AssertionError("the turn was never taken")


def within_a_step(silence: float, patience: int) -> bool:
    return patience <= silence < patience + STEP_MS


@pytest.mark.parametrize(
    ("expecting", "hanging", "patience"),
    [
        (Expecting.ANYTHING, False, SETTINGS.patience),
        (Expecting.ANYTHING, True, SETTINGS.identifier_patience),
        (Expecting.SHORT, True, SETTINGS.identifier_patience),
        (Expecting.IDENTIFIER, False, SETTINGS.identifier_patience),
        (Expecting.IDENTIFIER, True, SETTINGS.identifier_patience),
    ],
)
def test_patience_with_somebody_who_searches(
    trace: Trace, expecting: Expecting, hanging: bool, patience: int
) -> None:
    """Judged unfinished, or with words that cannot be all."""
    trace.taker.expecting = expecting
    spoken(trace)
    trace.silence(96)
    trace.transcribed(Wording.HANGS if hanging else Wording.OPEN)
    trace.judged(0.0)
    silence, cause = silence_until_taken(trace)
    assert cause == "patience"
    assert within_a_step(silence, patience)


def test_words_that_hang_wait_although_the_judge_is_sure(trace: Trace) -> None:
    spoken(trace)
    trace.silence(192)
    trace.transcribed(Wording.HANGS)
    assert trace.judged(1.0) == []
    assert silence_until_taken(trace)[1] == "patience"


def test_complete_words_wait_less_although_the_judge_doubts(trace: Trace) -> None:
    spoken(trace)
    trace.silence(96)
    trace.transcribed(Wording.COMPLETE)
    trace.judged(0.0)
    silence, cause = silence_until_taken(trace)
    assert cause == "complete"
    assert within_a_step(silence, SETTINGS.complete_patience)


def test_words_that_were_complete_before_the_customer_went_on_say_nothing(trace: Trace) -> None:
    spoken(trace)
    trace.silence(96)
    trace.transcribed(Wording.COMPLETE)
    spoken(trace)
    assert silence_until_taken(trace)[1] == "patience"


@pytest.mark.parametrize(
    ("odds", "probability", "cause", "after"),
    [
        (1.3, 0.5, "judge", SETTINGS.judge_after),
        (1.3, 0.3, "judge", SETTINGS.judge_after),  # the words are surer than the melody
        (1.0, 0.95, "judge", SETTINGS.judge_after),
        (CERTAIN, None, "judge", SETTINGS.judge_after),  # nobody else is asked
        (0.4, 0.5, "patience", SETTINGS.likely_patience),
        (-0.1, 0.5, "patience", SETTINGS.patience),
        (-1.0, 1.0, "patience", SETTINGS.patience),  # no melody makes half a sentence a whole one
        (None, 0.5, "judge", SETTINGS.judge_after),
        (None, 0.2, "patience", SETTINGS.patience),
    ],
)
def test_words_and_melody_decide_together(
    trace: Trace, odds: float | None, probability: float | None, cause: str, after: int
) -> None:
    spoken(trace)
    trace.silence(96)
    trace.transcribed(Wording.OPEN, odds)
    if probability is not None:
        trace.judged(probability)
    silence, why = silence_until_taken(trace)
    assert why == cause
    assert within_a_step(silence, after)


@pytest.mark.parametrize(("odds", "cause"), [(None, "complete"), (0.5, "patience")])
def test_a_question_waits_less_where_nobody_knows_whether_its_words_are_all(
    trace: Trace, odds: float | None, cause: str
) -> None:
    spoken(trace)
    trace.silence(96)
    trace.transcribed(Wording.QUESTION, odds)
    trace.judged(0.01)
    assert silence_until_taken(trace)[1] == cause


def test_a_number_that_is_all_there_needs_no_odds(trace: Trace) -> None:
    spoken(trace)
    trace.silence(96)
    trace.transcribed(Wording.COMPLETE, -3.0)
    trace.judged(0.6)
    silence, cause = silence_until_taken(trace)
    assert (cause, within_a_step(silence, SETTINGS.judge_after)) == ("judge", True)


@pytest.mark.parametrize("expecting", [Expecting.ANYTHING, Expecting.SHORT])
def test_a_bare_yes_is_taken_at_once(trace: Trace, expecting: Expecting) -> None:
    trace.taker.expecting = expecting
    spoken(trace)
    trace.silence(96)
    trace.transcribed(Wording.WHOLE)
    trace.judged(0.0)
    silence, cause = silence_until_taken(trace)
    assert cause == "whole"
    assert within_a_step(silence, SETTINGS.whole_silence)


# ------------------------------------------------------------------ the customer's habit


def spoken_with_pauses(trace: Trace, *pauses: float) -> None:
    trace.voice(640)
    for pause in pauses:
        trace.silence(pause)
        trace.voice(640)


def silence_given(trace: Trace) -> float:
    """To somebody whom the judge is sure of."""
    trace.silence(192)
    if taken := [event for event in trace.transcribed() if isinstance(event, Ended)]:
        return ms(taken[0].silence)
    trace.judged(0.9)
    if not trace.taker.in_speech:
        return 192.0
    return silence_until_taken(trace)[0]


def test_who_pauses_long_is_given_as_long(trace: Trace) -> None:
    spoken_with_pauses(trace, 480, 416, 352)
    assert 416 < silence_given(trace) <= 512


def test_one_long_pause_is_no_habit(trace: Trace) -> None:
    spoken_with_pauses(trace, 640)
    assert silence_given(trace) == 192


def test_who_was_cut_short_once_is_given_more(trace: Trace) -> None:
    start, _ = spoken(trace)
    trace.silence(192)
    trace.transcribed()
    assert trace.judged(0.9)
    trace.silence(192)
    trace.voice(320)
    trace.taker.continue_from(start)
    assert 384 < silence_given(trace) <= 480


def test_habits_are_forgotten_with_time(trace: Trace) -> None:
    spoken_with_pauses(trace, 640, 640, *[128] * 6)
    assert silence_given(trace) <= 192 + STEP_MS


def test_a_short_answer_is_not_waited_for_by_habit(trace: Trace) -> None:
    spoken_with_pauses(trace, 640, 640)
    trace.taker.expecting = Expecting.SHORT
    assert silence_given(trace) == 192


# ------------------------------------------------------------------ bounds


def test_endless_speech_is_taken_at_the_cap_and_a_new_utterance_begins(trace: Trace) -> None:
    trace.voice(SETTINGS.max_turn + 320)
    capped = trace.of(Ended)
    assert capped == [Ended(0, capped_end(), 0, "cap")]
    assert trace.events[-1] == Began(capped_end())


def capped_end() -> int:
    whole = SETTINGS.max_turn * HEARING_RATE // 1000
    return -(-whole // STEP) * STEP


@pytest.mark.parametrize("expecting", list(Expecting))
def test_silence_ends_every_turn_though_nobody_answers(expecting: Expecting) -> None:
    trace = Trace()
    trace.taker.expecting = expecting
    spoken(trace)
    silence, cause = silence_until_taken(trace)
    waits = expecting is Expecting.IDENTIFIER
    assert cause == "patience"
    assert within_a_step(silence, SETTINGS.identifier_patience if waits else SETTINGS.patience)


# ------------------------------------------------------------------ interruptions


def test_a_voice_over_the_bot_is_noticed_before_it_interrupts(trace: Trace) -> None:
    trace.taker.bot_speaks(True)
    trace.silence(320)
    assert trace.voice(64) == [Noticed(10 * STEP)]
    assert trace.voice(32) == [Interrupted(10 * STEP), Began(10 * STEP)]
    assert trace.voice(960) == []  # once


def test_a_click_is_noticed_and_dismissed(trace: Trace) -> None:
    trace.taker.bot_speaks(True)
    assert trace.voice(64) == [Noticed(0)]
    assert trace.silence(96) == []  # it may go on
    assert trace.silence(32) == [Dismissed()]
    assert trace.silence(2000) == []
    assert trace.voice(32) == [Noticed(trace.taker.now - STEP)]


def test_nobody_is_noticed_while_the_bot_is_silent(trace: Trace) -> None:
    assert trace.voice(64) == []
    assert trace.silence(500) == []


def test_voice_that_outlasts_the_bot_begins_an_utterance_and_interrupts_nobody(
    trace: Trace,
) -> None:
    trace.taker.bot_speaks(True)
    assert trace.voice(64) == [Noticed(0)]
    trace.taker.bot_speaks(False)
    assert trace.voice(32) == [Began(0)]
    assert not [event for event in trace.silence(3000) if isinstance(event, Dismissed)]


# ------------------------------------------------------------------ any trace

Move = Callable[[Trace], object]


def _say(steps: int) -> Move:
    return lambda trace: trace.steps(steps, voice=True)


def _wait(steps: int) -> Move:
    return lambda trace: trace.steps(steps, voice=False)


def _expect(expecting: Expecting) -> Move:
    return lambda trace: setattr(trace.taker, "expecting", expecting)


moves: st.SearchStrategy[Move] = st.one_of(
    st.integers(1, 30).map(_say),
    st.integers(1, 60).map(_wait),
    st.floats(0, 1).map(lambda p: lambda trace: trace.judged(p) if asked(trace) else None),
    st.booleans().map(
        lambda hanging: (
            lambda trace: (
                trace.transcribed(Wording.HANGS if hanging else Wording.OPEN)
                if paused(trace)
                else None
            )
        )
    ),
    st.booleans().map(lambda speaks: lambda trace: trace.taker.bot_speaks(speaks)),
    st.sampled_from(Expecting).map(_expect),
)


def _since(trace: Trace, kinds: type[TurnEvent] | tuple[type[TurnEvent], ...]) -> list[TurnEvent]:
    """Events since the last of these, it included; none if there was none."""
    for place in range(len(trace.events) - 1, -1, -1):
        if isinstance(trace.events[place], kinds):
            return trace.events[place:]
    return []


def paused(trace: Trace) -> bool:
    """A transcription is under way: as the conversation would answer it."""
    return isinstance(next(iter(_since(trace, (Paused, Resumed, Ended))), None), Paused)


def asked(trace: Trace) -> bool:
    return isinstance(next(iter(_since(trace, (AskJudge, Resumed, Ended))), None), AskJudge)


@given(st.lists(moves, max_size=40))
def test_any_trace_gives_events_that_fit_together(script: list[Move]) -> None:
    trace, done, judged_now, words_now = Trace(), 0, False, False
    speaking = False
    for move in script:
        evidence_judge, evidence_words = asked(trace), paused(trace)
        move(trace)
        judged_now, words_now = judged_now or evidence_judge, words_now or evidence_words
        for event in trace.events[done:]:
            match event:
                case Began(start):
                    assert not speaking
                    assert 0 <= start < trace.taker.now
                    speaking, judged_now, words_now = True, False, False
                case Paused(start, end):
                    assert speaking
                    assert start < end <= trace.taker.now
                case AskJudge(start, now, silence):
                    assert speaking
                    assert start < now - silence
                case Resumed():
                    assert speaking
                    judged_now = words_now = False
                case Ended(start, end, silence, cause):
                    assert speaking
                    assert start < end <= end + silence <= trace.taker.now
                    assert cause != "judge" or (judged_now and words_now)
                    assert cause != "expected" or words_now
                    speaking = False
        done = len(trace.events)
    assert trace.taker.in_speech == speaking


@given(st.lists(moves, max_size=25), st.sampled_from(Expecting))
def test_silence_ends_whatever_came_before(script: list[Move], expecting: Expecting) -> None:
    trace = Trace()
    for move in script:
        move(trace)
    trace.taker.expecting = expecting
    trace.silence(SETTINGS.identifier_patience + STEP_MS)
    assert not trace.taker.in_speech
