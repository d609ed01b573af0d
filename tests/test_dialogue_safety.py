"""Whatever customers say, and whenever: no return that was not verified, eligible and confirmed in
a turn of its own, and none twice.

`benchmarks/dialogue_safety.py` does the same ten thousand times.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postgres import Server
from tests.safety.callers import dialogues
from voicebot.dialogue.flow import Flow
from voicebot.dialogue.spoken import answers
from voicebot.dialogue.steps import Run, State, Step
from voicebot.store import returns, verification

COUNT = 200
SABOTAGED = 120


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


def test_no_dialogue_leaves_a_return_that_should_not_be(url: str) -> None:
    verdict = asyncio.run(dialogues(url, COUNT, seed=1))
    assert verdict.violations == []
    assert verdict.dialogues == COUNT
    assert verdict.returns > COUNT / 20  # or nothing was tried
    assert verdict.verified > COUNT / 4
    assert verdict.attempts > verdict.verified * 1.5


# ---- and the judge would see it: each takes one guard away


def _anything_is_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "yes_no", lambda text: True)
    monkeypatch.setattr(answers, "agrees", lambda text: True)


def _anybody_is_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_right", lambda *_: True)


def _proofs_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = Flow.verified
    monkeypatch.setattr(Flow, "verified", lambda self, state, _: verified(self, state, "ok"))


def _attempts_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_wrong", lambda *_: [])


def _all_may_be_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "refusal", lambda *_: None)


def _nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    returnable = Flow.returnable

    def run(self: Flow, state: State, refusal: str | None, items: tuple[str, ...]) -> Step:
        step = returnable(self, state, refusal, items)
        if step.state.asked != "confirm" or state.task is None:
            return step
        arguments = {"order_id": state.task.order_id, "reason": state.task.reason}
        done = dataclasses.replace(state, asked=None, task=None)
        return Run(state.task.tool, arguments, done, confirmed=True)

    monkeypatch.setattr(Flow, "returnable", run)


@pytest.mark.parametrize(
    ("sabotage", "seen"),
    [
        (_anything_is_a_yes, "not confirmed"),
        (_anybody_is_the_owner, "passed without the name"),
        (_proofs_are_not_looked_at, "no verification"),
        (_attempts_are_not_counted, "opened although locked"),
        (_all_may_be_returned, "not eligible"),
        (_nobody_is_asked, "not confirmed"),
    ],
)
def test_the_judge_sees_a_missing_guard(
    sabotage: Callable[[pytest.MonkeyPatch], None],
    seen: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sabotage(monkeypatch)
    verdict = asyncio.run(dialogues(f"sqlite:///{tmp_path}/store.db", SABOTAGED, seed=3))
    assert any(seen in violation for violation in verdict.violations), verdict
