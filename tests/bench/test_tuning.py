from __future__ import annotations

from dataclasses import replace

import pytest

from voicebot.bench.tuning import Reading, Stage, propose, settings_of, thread_counts

SIZES = ("0.5b", "1.5b")


def readings(**together: float) -> list[Reading]:
    """A box with two cores on which two threads are quicker alone and slower beside others."""
    found = []
    for stage, model, name in (
        ("stt", "whisper", "stt"),
        ("tts", "piper", "tts"),
        ("llm", "0.5b", "small"),
        ("llm", "1.5b", "large"),
    ):
        busy = together.get(name, 100.0)
        kind: Stage = stage  # type: ignore[assignment]
        found += [
            Reading(kind, model, 1, busy * 0.9, busy),
            Reading(kind, model, 2, busy * 0.5, busy * 1.5),
        ]
    return found


def test_threads_are_chosen_by_the_times_beside_others() -> None:
    proposal = propose(readings(), SIZES)
    assert (proposal.stt.threads, proposal.llm.threads, proposal.tts.threads) == (1, 1, 1)


def test_of_times_alike_the_fewest_threads_win() -> None:
    alike = [*readings(), Reading("stt", "whisper", 4, 50.0, 97.0)]
    assert propose(alike, SIZES).stt.threads == 1
    better = [*readings(), Reading("stt", "whisper", 4, 50.0, 80.0)]
    assert propose(better, SIZES).stt.threads == 4


def test_a_turn_waits_for_the_longer_of_silence_and_transcription() -> None:
    short, long = (propose(readings(stt=stt, tts=80), SIZES) for stt in (100, 300))
    assert short.busy_ms == 256 + 15 + 80 + 100
    assert long.busy_ms == 64 + 300 + 15 + 80 + 100
    assert long.alone_ms == pytest.approx(64 + 270 + 15 + 72 + 100)


@pytest.mark.parametrize(
    ("small", "large", "chosen"),
    [(100, 400, "1.5b"), (100, 700, "0.5b"), (900, 2000, "0.5b"), (900, 800, "0.5b")],
)
def test_the_best_model_that_keeps_the_goal(small: float, large: float, chosen: str) -> None:
    proposal = propose(readings(small=small, large=large), SIZES)
    assert proposal.llm.model == chosen
    assert proposal.judged_ms == proposal.busy_ms + proposal.llm.together_ms


@pytest.mark.parametrize(
    ("alone", "busy", "keeps"), [(500, 800, True), (501, 700, False), (400, 801, False)]
)
def test_both_goals_are_to_be_kept(alone: float, busy: float, keeps: bool) -> None:
    assert replace(propose(readings(), SIZES), alone_ms=alone, busy_ms=busy).keeps is keeps


def test_what_was_not_measured_cannot_be_proposed() -> None:
    with pytest.raises(ValueError, match="tts was not measured"):
        propose([r for r in readings() if r.stage != "tts"], SIZES)
    with pytest.raises(ValueError, match="not measured"):
        propose(readings(), ("7b",))


def test_a_model_that_is_in_force_is_not_named() -> None:
    """It may be the profile's, and changes with it then."""
    assert "llm.llama_cpp.model" not in settings_of(propose(readings(), SIZES), "1.5b")


def test_a_proposal_is_settings() -> None:
    assert settings_of(propose(readings(), SIZES), "0.5b") == {
        "stt.faster_whisper.threads": 1,
        "llm.llama_cpp.model": "1.5b",
        "llm.llama_cpp.threads": 1,
        "tts.piper.threads": 1,
    }


@pytest.mark.parametrize(
    ("cores", "counts"), [(1, [1]), (2, [1, 2]), (4, [1, 2, 4]), (6, [1, 2, 4, 6])]
)
def test_thread_counts_worth_trying(cores: int, counts: list[int]) -> None:
    assert thread_counts(cores) == counts
