from __future__ import annotations

import json
from pathlib import Path

import pytest

from voicebot.errors import ConfigError
from voicebot.evaluation.scenario import Case, ExpectedTool, ShopFiles, load, only

ROOT = Path(__file__).parents[2]
SMALL = """
[[scenario]]
id = "small"
kind = "status"
[[scenario.turns]]
customer = "Where is it?"
says = ["order number"]
"""


def one(folder: Path, text: str) -> Case:
    file = folder / "one.toml"
    file.write_text(text)
    (case,) = load([file])
    return case


def test_everything_that_a_scenario_may_hold(tmp_path: Path) -> None:
    (tmp_path / "manuals").mkdir()
    (tmp_path / "orders.json").write_text("{}")
    case = one(
        tmp_path,
        """
        [shop]
        orders = "orders.json"
        documents = "manuals"
        [[scenario]]
        id = "all"
        kind = "returns"
        orders = [{ order_id = "ORD900" }]
        returns = [{ order_id = "ORD900", reason = "broken" }]
        [[scenario.turns]]
        customer = "Hello."
        spoken = "Hello there."
        says = ["30 days", ["yes", "sure"]]
        never = ["no"]
        means = ["tool"]
        tools = [{ name = "create_return", arguments = { order_id = "ORD900" } }]
        [[scenario.turns]]
        customer = "Bye."
        tools = []
        """,
    )
    assert case.shop.orders == tmp_path / "orders.json"
    assert case.shop.products is None
    assert case.shop.documents == tmp_path / "manuals"
    assert case.answerable is None
    first, second = case.scenario.turns
    assert first.says == (("30 days",), ("yes", "sure"))
    assert first.tools == (ExpectedTool(name="create_return", arguments={"order_id": "ORD900"}),)
    assert second.tools == ()
    assert case.scenario.returns[0].reason == ("broken",)


def test_tools_that_are_not_given_are_any(tmp_path: Path) -> None:
    assert one(tmp_path, SMALL).scenario.turns[0].tools is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMALL.replace("says", "say"), "scenario small, turns 1: unknown key 'say': did you mean"),
        (SMALL.replace("kind", "knd"), "scenario small: unknown key 'knd': did you mean 'kind'?"),
        (SMALL.replace("[[scenario]]", "[[scenarios]]", 1), "unknown key 'scenarios'"),
        ("[shop]\norder = 'x'\n" + SMALL, "shop: unknown key 'order': did you mean 'orders'?"),
        (SMALL + "tools = [{ nam = 'x' }]", "turns 1, tools 1: unknown key 'nam'"),
        (SMALL + "means = ['telepathy']", "turns 1, means 1: "),
        (SMALL.replace('says = ["order number"]', ""), "it expects nothing"),
        (SMALL.replace("order number", "?!"), "has no word or figure in it"),
        (SMALL.replace('["order number"]', "[[]]"), "turns 1, says 1: "),
        (SMALL.replace("Where is it?", ""), "turns 1, customer: "),
        ("[shop]\norders = 'none.json'\n" + SMALL, "there is no"),
        ("scenario = 3 3", "cannot be read"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as raised:
        one(tmp_path, text)
    assert told in str(raised.value)
    assert str(tmp_path / "one.toml") in str(raised.value)


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(SMALL)
    with pytest.raises(ConfigError, match="small"):
        load([tmp_path])


def test_a_folder_without_scenarios_is_told(tmp_path: Path) -> None:
    (tmp_path / "orders.json").write_text("{}")
    with pytest.raises(ConfigError, match="holds no scenarios"):
        load([tmp_path])


def test_questions_are_scenarios_of_one_turn(tmp_path: Path) -> None:
    rows = [
        {"id": "q1", "ask": "How long?", "facts": [["30 days", "a month"]], "wrong": ["60 days"]},
        {"id": "q2", "ask": "Which moon?", "facts": [], "kind": "silent", "why": "no moons"},
    ]
    (tmp_path / "questions.json").write_text(json.dumps({"shop": "Moon", "questions": rows}))
    known, silent = load([tmp_path], documents=tmp_path)
    assert known.answerable is True
    assert known.shop == ShopFiles(documents=tmp_path, empty=True)
    assert load([tmp_path])[0].shop == ShopFiles()
    assert known.scenario.turns[0].says == (("30 days", "a month"),)
    assert known.scenario.turns[0].never == ("60 days",)
    assert silent.answerable is False
    assert silent.scenario.turns[0].means == ("unknown",)
    assert silent.scenario.about == "no moons"
    assert (known.scenario.kind, silent.scenario.kind) == ("documents", "silent")


def test_a_question_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "q.json"
    file.write_text(json.dumps({"questions": [{"id": "q1", "ask": "How?", "fact": []}]}))
    with pytest.raises(ConfigError, match="questions q1: unknown key 'fact': did you mean 'facts'"):
        load([file])


def test_only_takes_kinds_and_ids(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        SMALL + SMALL.replace("small", "other").replace("status", "search")
    )
    cases = load([tmp_path])
    assert [case.scenario.id for case in only(cases, ["search"])] == ["other"]
    assert [case.scenario.id for case in only(cases, ["small"])] == ["small"]
    assert only(cases, []) == cases
    with pytest.raises(ConfigError, match="did you mean 'search'"):
        only(cases, ["serch"])


def test_the_scenarios_of_the_sample_shop_can_be_read() -> None:
    kinds = {case.scenario.kind for case in load([ROOT / "tests" / "scenarios"])}
    assert {"status", "search", "returns", "refusal", "documents", "follow-up"} <= kinds
    assert {"correction", "several", "injection", "wrong-customer"} <= kinds
