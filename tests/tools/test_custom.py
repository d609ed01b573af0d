"""Tools of the shop's own, from a file to the answer."""

from __future__ import annotations

import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.fakes import Journal, Kit
from voicebot import events
from voicebot.desk import TOO_LONG, Desk
from voicebot.errors import ConfigError
from voicebot.store import Store
from voicebot.tools.base import ToolContext
from voicebot.tools.custom import SORRY, load
from voicebot.tools.registry import call, load_tools

EXAMPLE = Path(__file__).parents[2] / "examples" / "store_hours.py"
HEAD = 'from typing import Literal\nEXAMPLES = ("Mend it.", "Repair my bike.", "Fix my bike.")\n'
BODY = '    """Mends bikes."""\n    return {"cost": 5}\n'
BIKES = f"""{HEAD}
SAY = "{{count}} {{kind}} bikes, {{note}}: ${{cost}}."
ASK = {{"kind": "A city bike or a race bike?", "note": "What is wrong with it?"}}

def bikes(kind: Literal["city", "race"], note: str, count: int = 1):
{BODY}"""


def written(folder: Path, text: str, name: str = "bikes") -> Path:
    file = folder / f"{name}.py"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def other(): pass", "no function bikes()"),
        (f"{HEAD}def bikes(:\n", "line 3"),
        (f"{HEAD}x = 1\nraise ValueError('no table')\n", "line 4: ValueError('no table')"),
        (f"{HEAD}def bikes(): return 1", "no docstring"),
        (f"def bikes():\n{BODY}", "EXAMPLES needs"),
        (f"EXAMPLES = 'Mend it.'\ndef bikes():\n{BODY}", "EXAMPLES needs"),
        (f"{HEAD}def bikes(kind):\n{BODY}", "line 3: the type of kind must be"),
        (f"{HEAD}def bikes(kind: list):\n{BODY}", "the type of kind must be"),
        (f"{HEAD}def bikes(*kinds: str):\n{BODY}", "name each parameter"),
        (f"{HEAD}SAY = 'For {{'\ndef bikes():\n{BODY}", "SAY is no template"),
        (f"{HEAD}SAY = '{{a.b}}'\ndef bikes():\n{BODY}", "may only have {names}"),
    ],
)
def test_what_is_wrong_is_told_at_start(tmp_path: Path, text: str, told: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        load(file)
    assert str(file) in str(raised.value)
    assert told in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no Python file"):
        load(tmp_path / "bikes.py")


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    text = BIKES.replace("def bikes", "def search_products")
    with pytest.raises(ConfigError, match="already"):
        load_tools([written(tmp_path, text, "search_products")])


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"kind": "city", "note": "It squeaks."}, ""),
        ({"kind": "city", "note": "It squeaks.", "count": 2.0}, ""),
        ({"kind": "tandem", "note": "x"}, "kind must be one of city, race"),
        ({"kind": "city", "note": "x", "count": "two"}, "count must be a number"),
        ({"kind": "city"}, "note is missing"),
        ({"kind": "city", "note": "x", "colour": "red"}, "unknown argument"),
    ],
)
def test_its_arguments_are_checked(
    tmp_path: Path, shop: Store, arguments: dict[str, object], wrong: str
) -> None:
    tools = load_tools([written(tmp_path, BIKES)])
    result = call(tools, "bikes", ToolContext(shop), arguments)
    assert result.ok is not bool(wrong)
    assert wrong in str(result.data)


def test_the_template_is_spoken(tmp_path: Path, shop: Store) -> None:
    tool = load(written(tmp_path, BIKES))
    assert tool.run(ToolContext(shop), kind="city", note="flat", count=2.0).say == (
        "2 city bikes, flat: $5."
    )


@pytest.mark.parametrize("body", ["1 / 0", "raise SystemExit(1)", "return {'price': 1}"])
def test_one_that_fails_apologises(tmp_path: Path, shop: Store, body: str) -> None:
    text = f'{HEAD}SAY = "{{cost}}"\ndef bikes():\n    """Mends."""\n    {body}\n'
    result = load(written(tmp_path, text)).run(ToolContext(shop))
    assert (result.ok, result.say) == (False, SORRY)
    assert result.data["error"]["code"] == "failed"


async def test_one_that_hangs_is_given_up_and_holds_up_nobody_else(
    tmp_path: Path, shop: Store
) -> None:
    text = f"""{HEAD}
import threading
GO, ENDED = threading.Event(), threading.Event()
def bikes():
    \"\"\"Mends.\"\"\"
    GO.wait()
    ENDED.set()
    return "done"
"""
    tool = load(written(tmp_path, text))
    desk = Desk(shop, (*load_tools(), tool), timeout=0.01)
    free = {"session": "s", "verified": frozenset[str](), "confirmed": False}
    try:
        result = await desk.run("bikes", {}, **free)  # type: ignore[arg-type]
        assert (result.say, result.data["error"]["code"]) == (TOO_LONG, "timeout")
        assert await desk.stocks("headphones")
    finally:
        sys.modules["voicebot_tool_bikes"].GO.set()
        sys.modules["voicebot_tool_bikes"].ENDED.wait()
        desk.close()


async def _said(kit: Kit, journal: Journal, *texts: str) -> list[str]:
    dialogue, said = kit.dialogue(journal), []
    for text in texts:
        async with aclosing(kit.replier.words(dialogue, text)) as parts:
            said.append("".join([part async for part in parts if isinstance(part, str)]).strip())
    return said


async def test_a_customer_is_asked_for_what_it_has_to_know(
    tmp_path: Path, shop: Store, journal: Journal
) -> None:
    kit = Kit(Desk(shop, load_tools([written(tmp_path, BIKES)])))
    await kit.understander.prepare()
    try:
        said = await _said(kit, journal, "Repair my bike.", "Hm.", "The race one.", "It squeaks.")
    finally:
        kit.desk.close()
    city = "A city bike or a race bike?"
    assert said == [city, city, "What is wrong with it?", "1 race bikes, It squeaks.: $5."]
    ran = journal.of(events.ToolRan)[-1]
    assert (ran.name, ran.arguments) == ("bikes", {"kind": "race", "note": "It squeaks."})


async def test_the_example_tells_the_hours(shop: Store, journal: Journal) -> None:
    kit = Kit(Desk(shop, load_tools([EXAMPLE])))
    await kit.understander.prepare()
    try:
        (said,) = await _said(kit, journal, "Are you open on Sunday?")
    finally:
        kit.desk.close()
    assert said == "On Sunday we are open from 11 AM to 5 PM."


def test_the_example_is_whole() -> None:
    tool = load(EXAMPLE)
    assert tool.own
    assert tool.description == "When the shop is open on a day."
