from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.store.conftest import ORDERS, PRODUCTS
from voicebot.cli import app

RUNNER = CliRunner()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICEBOT_STORE__URL", f"sqlite:///{tmp_path}/store.db")
    (tmp_path / "orders.json").write_text(json.dumps(ORDERS))
    (tmp_path / "products.json").write_text(json.dumps([*PRODUCTS, {"name": "Bad"}]))
    return tmp_path


def test_load_reports_counts_and_refused_rows(shop: Path) -> None:
    result = RUNNER.invoke(
        app, ["store", "load", "--orders", "orders.json", "--products", "products.json"]
    )
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "products.json, row 3: price is missing" in result.stderr
    assert "orders: 3 new, 0 changed, 0 as before" in result.stderr
    assert "warning: 1 row was refused" in result.stderr


def test_load_gives_json(shop: Path) -> None:
    result = RUNNER.invoke(app, ["store", "load", "--products", "products.json", "--json"])
    report = json.loads(result.stdout)
    assert report["products"]["new"] == 2
    assert report["refused"] == [
        {"file": "products.json", "row": "3", "reason": "price is missing"}
    ]


def test_a_file_that_cannot_be_read_fails(shop: Path) -> None:
    result = RUNNER.invoke(app, ["store", "load", "--orders", "none.json"])
    assert result.exit_code != 0
    assert "none.json cannot be read" in str(result.exception)


def test_load_wants_a_file(shop: Path) -> None:
    assert RUNNER.invoke(app, ["store", "load"]).exit_code == 2


def test_show_gives_json_and_tables(shop: Path) -> None:
    RUNNER.invoke(app, ["store", "load", "--orders", "orders.json"])
    orders = json.loads(RUNNER.invoke(app, ["store", "show", "orders", "--json"]).stdout)
    assert [order["order_id"] for order in orders] == ["ORD123", "ORD456", "ORD789"]
    assert orders[1]["delivered_at"] == "2026-01-10"
    table = RUNNER.invoke(app, ["store", "show", "orders"]).stdout
    assert "ORD123" in table
    assert "john.doe@example.com" not in table
    assert json.loads(RUNNER.invoke(app, ["store", "show", "returns", "--json"]).stdout) == []
    assert "no returns yet" in RUNNER.invoke(app, ["store", "show", "returns"]).stderr


def test_show_gives_the_audit(shop: Path) -> None:
    RUNNER.invoke(app, ["store", "load", "--orders", "orders.json"])
    (entry,) = json.loads(RUNNER.invoke(app, ["store", "show", "audit", "--json"]).stdout)
    assert (entry["kind"], entry["outcome"]) == ("load", "done")
    assert "load" in RUNNER.invoke(app, ["store", "show", "audit"]).stdout
