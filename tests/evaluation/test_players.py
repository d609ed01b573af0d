"""Players on fast stages, in real shops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ORDERS, PRODUCTS
from tests.evaluation.makers import scenario
from tests.fakes import Kit, ScriptedDetector, ScriptedTranscriber, Voice
from voicebot import assemble
from voicebot import events as ev
from voicebot.audio import STEP, Waveform
from voicebot.config import Sections
from voicebot.config import Store as StoreSettings
from voicebot.ears import LEAD_IN, LEAD_OUT
from voicebot.evaluation import run_spoken, run_typed
from voicebot.evaluation.outcome import Answer, Condition, Outcome
from voicebot.evaluation.run import run
from voicebot.evaluation.run_room import EARLY_S, answers
from voicebot.evaluation.run_spoken import NOT_HEARD, SpokenPlayer, voiced
from voicebot.evaluation.run_typed import TypedPlayer
from voicebot.evaluation.scenario import Case, ShopFiles
from voicebot.evaluation.shops import Shops
from voicebot.events import EventStream
from voicebot.rooms.report import CallReport, TurnReport
from voicebot.service import Brain

STATUS: tuple[dict[str, Any], ...] = (
    {"customer": "Where is order ORD123?", "says": ["last name"], "tools": []},
    {"customer": "Doe.", "says": ["shipped"], "tools": [{"name": "check_order_status"}]},
)
RETURN: tuple[dict[str, Any], ...] = (
    {"customer": "I want to return order ORD124.", "says": ["last name"]},
    {"customer": "Smith.", "says": ["reason"]},
    {"customer": "It is broken."},
    {"customer": "Yes.", "says": ["RET-ORD124"]},
)


@dataclass
class Bench:
    """Runs scenarios on fast stages. opened: folders of documents for which models were loaded."""

    settings: Sections
    folder: Path
    files: ShopFiles
    events: EventStream = field(default_factory=EventStream)
    opened: list[Path] = field(default_factory=list)
    voice: Voice = field(default_factory=Voice)
    model: Any = None  # instead of the kit's
    spoken: bool = False

    def case(self, *turns: dict[str, Any], **more: Any) -> Case:
        return Case(scenario(*turns, **more), self.files)

    def real_exists(self) -> bool:
        """Whether anything has opened the database of the settings."""
        return Path(self.settings.store.url.removeprefix("sqlite:///")).exists()

    async def run(
        self, *cases: Case, conditions: tuple[Condition, ...] = (Condition(),), repeat: int = 1
    ) -> list[Outcome]:
        shops, told = Shops(self.settings, self.folder), list[Outcome]()
        outcomes = await run(
            cases, conditions, repeat, shops, self.settings, self._open, told.append
        )
        assert told == outcomes
        return outcomes

    @asynccontextmanager
    async def _open(self, settings: Sections) -> AsyncIterator[TypedPlayer | SpokenPlayer]:
        self.opened.append(settings.knowledge.index)
        desk = await asyncio.to_thread(assemble.open_desk, settings)
        kit = Kit(desk)
        await kit.understander.prepare()
        model: Any = self.model or kit.model
        brain = Brain(settings, desk, kit.understander, model, self.events.emit)
        if self.spoken:
            hearing = ScriptedDetector(), ScriptedTranscriber(self.voice)
            yield SpokenPlayer(brain, self.events, *hearing)
        else:
            yield TypedPlayer(brain, self.events)
        await asyncio.to_thread(desk.close)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "orders.json").write_text(json.dumps(ORDERS))
    (tmp_path / "products.json").write_text(json.dumps(PRODUCTS))
    (tmp_path / "copies").mkdir()
    settings = Sections(store=StoreSettings(url=f"sqlite:///{tmp_path}/none.db"))
    files = ShopFiles(tmp_path / "orders.json", tmp_path / "products.json")
    return Bench(settings, tmp_path / "copies", files)


async def test_each_scenario_has_a_shop_of_its_own(bench: Bench) -> None:
    returned = bench.case(*RETURN, id="return", returns=[{"order_id": "ORD124"}])
    again = bench.case(*RETURN, id="again", returns=[{"order_id": "ORD124"}])
    outcomes = await bench.run(returned, again, bench.case(*STATUS), repeat=2)
    assert [outcome.failures for outcome in outcomes] == [()] * 6
    assert [outcome.round for outcome in outcomes] == [1, 1, 1, 2, 2, 2]
    assert len(bench.opened) == 1
    assert not bench.real_exists()


async def test_a_return_that_nobody_wanted_is_seen(bench: Bench) -> None:
    (outcome,) = await bench.run(bench.case(*RETURN))
    assert outcome.failures == ("a return of ORD124 was made, which nobody wanted",)


async def test_models_are_loaded_once_for_each_folder_of_documents(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def index(self: Shops, folder: Path | None) -> Path:
        return folder or Path("in-force")

    monkeypatch.setattr(Shops, "index", index)
    manuals = replace(bench.files, documents=Path("manuals"))
    plain, other = bench.case(*STATUS), bench.case(*STATUS)
    await bench.run(plain, replace(plain, shop=manuals), other)
    assert bench.opened == [Path("in-force"), Path("manuals")]


@dataclass
class Stats:
    prompt: int = 10
    reused: int = 8
    sampled: int = 2


async def test_tokens_are_told_where_the_backend_counts_them(bench: Bench) -> None:
    bench.model = Kit.__new__(Kit)  # anything with counts
    bench.model.last = Stats()
    got = await run_typed.take_turn("Hi.", _emit(bench, ev.FirstToken()), bench.events, bench.model)
    assert got.tokens == {"prompt": 10, "reused": 8, "sampled": 2}
    got = await run_typed.take_turn("Hi.", _emit(bench), bench.events, bench.model)
    assert got.tokens == {}  # it was not asked


def _emit(bench: Bench, *happen: ev.Event) -> Any:
    async def say() -> None:
        for event in happen:
            bench.events.emit(event)

    return say


async def test_a_bot_that_breaks_fails_its_scenario_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = run_typed.TypedPlayer.play

    async def play(self: TypedPlayer, case: Case, *more: Any) -> list[Answer]:
        if case.scenario.id == "broken":
            monkeypatch.setattr("voicebot.service.TypedDialogue.say", _broken)
        try:
            return await say(self, case, *more)
        finally:
            monkeypatch.undo()

    monkeypatch.setattr(run_typed.TypedPlayer, "play", play)
    broken = bench.case(*STATUS, id="broken")
    first, second = await bench.run(broken, bench.case(*STATUS))
    assert first.failures == ("turn 1: RuntimeError: a bug", "turn 2: it was never come to")
    assert second.passed


async def _broken(self: object, text: str) -> str:
    raise RuntimeError("a bug")


async def test_who_gets_no_answer_waits_no_longer_than_patience(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(run_typed, "PATIENCE_S", 0.0)
    model: Any = None
    got = await run_typed.take_turn("Hi.", never, bench.events, model)
    assert got.broken == "no answer within 0 s"


# ------------------------------------------------------------------ spoken


@pytest.fixture
def spoken(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Words become sounds that the scripted transcriber reads."""

    def utterance(text: str, condition: Condition, seed: int) -> Waveform:
        steps = [sound.wave for sound in bench.voice.sound(text)] if text != "(cough)" else []
        lead = np.zeros(LEAD_IN * 2, np.float32)
        return np.concatenate([lead, *steps, np.zeros(LEAD_OUT * 4, np.float32)])

    monkeypatch.setattr(run_spoken, "utterance", utterance)
    bench.spoken = True
    return bench


async def test_what_is_heard_is_answered(spoken: Bench) -> None:
    how = Condition("slt", 10.0)
    (outcome,) = await spoken.run(spoken.case(*STATUS), conditions=(how,))
    assert outcome.failures == ()
    assert outcome.condition == how
    assert [answer.heard for answer in outcome.answers] == ["Where is order ORD123?", "Doe."]


async def test_a_turn_is_said_as_it_is_spoken(spoken: Bench) -> None:
    turn = {"customer": "Where is order ORD123?", "spoken": "Good morning.", "never": ["Doe"]}
    (outcome,) = await spoken.run(spoken.case(turn))
    (answer,) = outcome.answers
    assert (answer.asked, answer.heard) == ("Where is order ORD123?", "Good morning.")


async def test_what_is_not_heard_fails_the_turn_and_the_customer_goes_on(spoken: Bench) -> None:
    (outcome,) = await spoken.run(spoken.case({"customer": "(cough)", "never": ["Doe"]}, *STATUS))
    assert outcome.failures == (f"turn 1: {NOT_HEARD}",)
    assert len(outcome.answers) == 3


def test_voice_is_cut_out_with_a_little_around_it() -> None:
    wave = np.zeros(100 * STEP, np.float32)
    wave[40 * STEP : 50 * STEP] = 0.5
    wave[60 * STEP : 62 * STEP] = 0.5
    cut = voiced(wave, ScriptedDetector(), 0.5)
    assert len(cut) == 22 * STEP + LEAD_IN + LEAD_OUT
    assert not len(voiced(np.zeros(10 * STEP, np.float32), ScriptedDetector(), 0.5))


# ------------------------------------------------------------------ in a room


def report(*turns: TurnReport) -> CallReport:
    sound = np.zeros(0, np.float32)
    return CallReport("r", "bot", None, turns, None, None, (), sound, np.zeros((0, 2), np.int16))


def test_what_happens_between_two_turns_belongs_to_the_first() -> None:
    def chose(at: float, means: ev.Means) -> ev.Event:
        return ev.MeansChosen(room="r", turn=1, at=at, means=means)

    said = report(
        TurnReport("one", "answered", start_s=1.0, text="First.", delay_ms=500.0),
        TurnReport("two", "answered", start_s=5.0, text="Second."),
        TurnReport("three", "bot_left"),
    )
    zero = 100.0
    happened = [
        chose(zero, "dialogue"),
        chose(zero + 1.0, "tool"),
        chose(zero + 5.0 - EARLY_S, "quote"),
    ]
    first, second = answers(said, happened, zero)
    assert (first.asked, first.say, first.means) == ("one", "First.", ("tool",))
    assert first.ms["delay"] == 500.0
    assert (second.asked, second.say, second.means) == ("two", "Second.", ("quote",))


def test_silence_is_no_answer() -> None:
    (got,) = answers(report(TurnReport("one", "timeout", start_s=1.0)), [], 0.0)
    assert got.broken == "no answer (timeout)"
