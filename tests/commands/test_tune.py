from __future__ import annotations

import json
import stat
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicebot.bench import machine, tune
from voicebot.bench.tuning import Reading
from voicebot.cli import app
from voicebot.commands.tune import refuse_unwritable, write_settings
from voicebot.config import Sections
from voicebot.errors import ConfigError, ModelError
from voicebot.settings import load

VALUES: dict[str, int | str] = {
    "stt.faster_whisper.threads": 1,
    "llm.llama_cpp.model": "qwen2.5-coder-1.5b-instruct-q4_k_m",
    "tts.piper.threads": 2,
}
SAMPLE = Path(__file__).parents[2] / "config.toml"
SHOP = """# The shop's settings.
[stt]
backend = "faster_whisper"       # here

[stt.faster_whisper]
threads = 4                      # too many
margin = 1.5

[conversation]
shop = "Nut & Bolt"
"""


def test_settings_are_changed_and_all_else_stays(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(SHOP)
    write_settings(file, VALUES)
    text = file.read_text()
    for kept in ("# The shop's settings.", "# here", "margin = 1.5", 'shop = "Nut & Bolt"'):
        assert kept in text
    settings = load(file).settings
    assert settings.stt.faster_whisper.threads == 1
    assert settings.tts.piper.threads == 2
    assert settings.llm.llama_cpp.model == VALUES["llm.llama_cpp.model"]
    assert [f.name for f in tmp_path.iterdir()] == ["config.toml"]


def test_the_sample_shops_file_can_be_tuned(tmp_path: Path) -> None:
    sample = SAMPLE.read_text()
    file = tmp_path / "config.toml"
    file.write_text(sample)
    write_settings(file, VALUES)
    before = [line for line in sample.splitlines() if "#" in line]
    assert all(line in file.read_text() for line in before)
    assert load(file).settings.stt.faster_whisper.threads == 1


@pytest.mark.parametrize("before", [SHOP, SAMPLE.read_text()])
def test_new_sections_stand_apart(tmp_path: Path, before: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(before)
    write_settings(file, {**VALUES, "llm.llama_cpp.threads": 2})
    write_settings(file, {**VALUES, "llm.llama_cpp.threads": 1})
    text = file.read_text()
    lines = text.splitlines()
    for above, line in pairwise(lines):
        if line.startswith("[") and not above.startswith("#"):
            assert above == "", text
        if above in ("[llm.llama_cpp]", "[tts.piper]"):
            assert line != "", text
    assert "\n\n\n" not in text


def test_who_may_read_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(SHOP)
    file.chmod(0o600)
    write_settings(file, VALUES)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    write_settings(file, VALUES)
    assert load(file).settings.tts.piper.threads == 2


def test_a_file_that_is_no_toml_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[stt")
    with pytest.raises(ConfigError, match="by hand"):
        write_settings(file, VALUES)
    assert file.read_text() == "[stt"


def test_what_cannot_be_written_is_known_before_anything_is_measured(
    tmp_path: Path, runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tune, "measure", None)
    monkeypatch.setattr(tune, "installed", None)
    file = tmp_path / "config.toml"
    file.write_text(SHOP)
    (tmp_path / "config.part").mkdir()  # in the way, for root as well
    result = runner.invoke(app, ["--config", str(file), "tune", "--write"])
    assert isinstance(result.exception, ConfigError)
    assert "config.toml cannot be written" in str(result.exception)
    assert "by hand" in str(result.exception)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A box on which one thread is best, with both models."""
    small, large = "qwen2.5-coder-0.5b-instruct-q4_k_m", "qwen2.5-coder-1.5b-instruct-q4_k_m"
    readings = [
        Reading("stt", "whisper", 1, 100.0, 150.0),
        Reading("tts", "piper", 1, 60.0, 90.0),
        Reading("llm", small, 1, 100.0, 200.0),
        Reading("llm", large, 1, 200.0, 400.0),
    ]

    async def measure(*_: object) -> list[Reading]:
        return readings

    monkeypatch.setattr(tune, "measure", measure)
    monkeypatch.setattr(tune, "installed", lambda files: [small, large])


@pytest.mark.usefixtures("measured")
def test_what_is_proposed_is_shown_and_written(tmp_path: Path, runner: CliRunner) -> None:
    file = tmp_path / "config.toml"
    file.write_text(SHOP)
    result = runner.invoke(app, ["--config", str(file), "tune"])
    assert result.exit_code == 0, result.output
    assert "about 431 ms alone, 461 ms beside two others (within the goals" in result.stdout
    assert "861 ms where the language model is asked" in result.stdout
    assert 'llm.llama_cpp.model = "qwen2.5-coder-1.5b-instruct-q4_k_m"' in result.stdout
    assert file.read_text() == SHOP
    result = runner.invoke(app, ["--config", str(file), "tune", "--write"])
    assert result.exit_code == 0, result.output
    settings = load(file).settings
    assert settings.stt.faster_whisper.threads == 1
    assert settings.llm.llama_cpp.model == "qwen2.5-coder-1.5b-instruct-q4_k_m"


@pytest.mark.usefixtures("measured")
def test_as_json(runner: CliRunner) -> None:
    result = runner.invoke(app, ["tune", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["proposal"]["keeps"]
    assert found["settings"]["tts.piper.threads"] == 1
    assert len(found["readings"]) == 4


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(("load", "told"), [(0.1, False), (2.5, True)])
def test_a_busy_box_is_told_of(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch, load: float, told: bool
) -> None:
    about = replace(machine.machine(), load=load)
    monkeypatch.setattr(machine, "machine", lambda: about)
    result = runner.invoke(app, ["tune"])
    assert ("something else is busy" in result.stderr) is told


def test_a_look_at_the_file_leaves_nothing(tmp_path: Path) -> None:
    refuse_unwritable(tmp_path / "config.toml")
    assert list(tmp_path.iterdir()) == []


def test_without_models_the_way_to_them_is_told(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = runner.invoke(app, ["tune"])
    assert isinstance(result.exception, ModelError)
    assert "voicebot models pull" in str(result.exception)
    monkeypatch.setattr(tune, "installed", lambda files: ["qwen2.5-coder-0.5b-instruct-q4_k_m"])
    result = runner.invoke(app, ["tune"])
    assert isinstance(result.exception, ModelError)
    assert "whisper-base" in str(result.exception)
    assert "voicebot models pull" in str(result.exception)


def test_every_key_that_is_written_is_a_setting() -> None:
    for key in VALUES:
        place: object = Sections()
        for name in key.split("."):
            place = getattr(place, name)
