from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.commands.tune import write_settings
from voicebot.config import Sections
from voicebot.errors import ConfigError
from voicebot.settings import load

VALUES: dict[str, int | str] = {
    "stt.faster_whisper.threads": 1,
    "llm.llama_cpp.model": "qwen2.5-coder-1.5b-instruct-q4_k_m",
    "tts.piper.threads": 2,
}
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
    sample = (Path(__file__).parents[2] / "config.toml").read_text()
    file = tmp_path / "config.toml"
    file.write_text(sample)
    write_settings(file, VALUES)
    before = [line for line in sample.splitlines() if "#" in line]
    assert all(line in file.read_text() for line in before)
    assert load(file).settings.stt.faster_whisper.threads == 1


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


def test_every_key_that_is_written_is_a_setting() -> None:
    for key in VALUES:
        place: object = Sections()
        for name in key.split("."):
            place = getattr(place, name)
