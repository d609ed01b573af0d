from __future__ import annotations

import ast
import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from benchmarks.peers import desk
from benchmarks.peers.environments import HERE, PEERS, Peer
from benchmarks.peers.outcome import Measured, report, table
from voicebot.bench.machine import Machine
from voicebot.rooms.report import CallReport, Outcome, TurnReport

BOX = Machine("Some processor", 2, 8.0, "Linux x86_64", "3.11", "1", 0.5)


def call(*delays: float | None, greeting: float = 300.0) -> CallReport:
    """Turns by turns of two kinds; None: nothing was heard."""
    kinds = ("status", "policy")
    turns = tuple(
        TurnReport(kinds[n % 2], _outcome(delay), delay_ms=delay) for n, delay in enumerate(delays)
    )
    none, pcm = np.zeros(0, np.float32), np.zeros((0, 2), np.int16)
    return CallReport("room", "bot", greeting, turns, None, None, (), none, pcm)


def _outcome(delay: float | None) -> Outcome:
    return "timeout" if delay is None else "answered"


PEER = Measured("peer 1.2", [call(4000, 3000), call(5000, None, greeting=500)], 2048)
OURS = Measured("voicebot 0", [call(500, 400, 600)], 1024)


def test_a_row_for_each_system_and_how_much_faster_we_are() -> None:
    out = io.StringIO()
    Console(file=out, width=120).print(table([PEER], OURS))
    peer, ours = (line.split() for line in out.getvalue().splitlines()[1:])
    assert peer[2:] == ["4", "3", "4.00", "4.90", "0.40", "2.00", "8.0", "times", "faster"]
    assert ours[2:] == ["3", "3", "0.50", "0.59", "0.30", "1.00"]


def test_the_report_tells_each_kind_of_turn() -> None:
    found = report([PEER], OURS, BOX).as_dict()
    middle = {one["name"]: one["p50"] for one in found["samples"]}
    assert middle["peer 1.2, status"] == 4500
    assert middle["voicebot 0, policy"] == 400
    assert found["facts"]["times faster than peer 1.2"] == 8
    assert found["shares"]["peer 1.2, answered"]["count"] == 3


@pytest.fixture
def shop(tmp_path: Path) -> str:
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as made:
        made.executescript(
            """CREATE TABLE orders (order_id, status, shipping_eta);
            INSERT INTO orders VALUES ('ORD123', 'shipped', 'Monday'), ('ORD124', 'delivered', '');
            CREATE TABLE products (name, price_cents, stock);
            INSERT INTO products VALUES ('BudMax Sport Earbuds', 5999, 3), ('USB-C Cable', 999, 0);
            """
        )
    return str(file)


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("Where is my order or D123?", "(Order ORD123 is shipped. Arrives Monday.)"),
        ("Do you have sport earbuds?", "(BudMax Sport Earbuds: $59.99, in stock.)"),
        ("How are you?", ""),
        ("Is 5 a lot? Do you sell a cable?", ""),
    ],
)
def test_what_the_shop_knows_stands_before_the_question(shop: str, words: str, known: str) -> None:
    assert desk.asked(shop, words) == (f"{known}\n{words}" if known else words)


def test_the_desk_needs_nothing_but_python() -> None:
    """It runs in environments that have nothing of ours."""
    assert _imported("desk") <= {*sys.stdlib_module_names}


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_an_agent_imports_nothing_of_voicebot(peer: Peer) -> None:
    assert "voicebot" not in _imported(peer.module.rpartition(".")[2])


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_what_was_measured_is_pinned(peer: Peer) -> None:
    pins = peer.requirements.read_text(encoding="utf-8").splitlines()
    assert all(pin.count("==") == 1 for pin in pins)
    assert peer.title == f"{peer.name} {pins[0].partition('==')[2]}"


def _imported(module: str) -> set[str]:
    tree = ast.parse((HERE / f"{module}.py").read_text(encoding="utf-8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    of = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names | of}
