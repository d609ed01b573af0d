"""The whole of `voicebot eval`, typed, with the real models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicebot.cli import app

SCENARIOS = Path(__file__).parents[1] / "scenarios"
# Kinds in which nothing may go wrong, and of the others what speaks for them.
SURE = (
    *("wrong-customer", "refusal", "give-up", "staff"),
    *("status-number-asked", "status-tens", "status-double-number", "status-near-numbers"),
    *("return-made", "return-kept-after-all", "return-wait", "return-twice-in-a-row"),
    *("correction-digit", "correction-order-number", "follow-up-shipping", "chat-thanks"),
    *("search-price-of", "search-heard-wrong", "documents-sunday", "documents-silent-job"),
    *("injection-product-name", "injection-item-tokens", "injection-reason", "injection-manager"),
)
AT_LEAST = 35


@pytest.mark.models
def test_dialogues_that_need_no_luck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders, returns and refusals are decided in code: no model may get them wrong."""
    monkeypatch.setenv("VOICEBOT_STORE__URL", f"sqlite:///{tmp_path}/real.db")
    monkeypatch.setenv("VOICEBOT_KNOWLEDGE__INDEX", str(tmp_path / "index"))
    only = [part for name in SURE for part in ("--only", name)]
    result = CliRunner().invoke(app, ["eval", str(SCENARIOS), "--json", *only])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    failed = [(one["id"], one["failures"]) for one in found["outcomes"] if not one["passed"]]
    assert not failed
    assert found["n"] >= AT_LEAST
    assert found["ms"]["understand"]["p50"] > 0
    assert not (tmp_path / "real.db").exists()
