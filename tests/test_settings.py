from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from voicebot.config import Sections
from voicebot.errors import ConfigError
from voicebot.settings import MASK, known_keys, load, shown


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and an environment without settings."""
    import os

    for name in os.environ:
        if name.startswith(("VOICEBOT_", "LIVEKIT_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str, name: str = "config.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


# ---- sources


def test_defaults_need_no_file(here: Path) -> None:
    loaded = load()
    assert loaded.origins == {}
    assert loaded.folder == here
    assert loaded.settings.http == Sections().http


def test_each_source_gives_way_to_the_one_before(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, name = "http.port", "VOICEBOT_HTTP__PORT"
    written(here, "[http]\nport = 8001\n")
    assert (load().settings.http.port, load().origins[key]) == (8001, "config.toml")
    written(here, f"{name}=8002\n", ".env")
    assert (load().settings.http.port, load().origins[key]) == (8002, f".env {name}")
    monkeypatch.setenv(name, "8003")
    assert (load().settings.http.port, load().origins[key]) == (8003, f"environment {name}")
    flagged = load(overrides={key: 8004})
    assert (flagged.settings.http.port, flagged.origins[key]) == (8004, "command line")


def test_sources_are_merged_key_by_key(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(here, '[stt]\nbackend = "openai"\n[stt.openai]\nmodel = "large"\n')
    monkeypatch.setenv("VOICEBOT_STT__OPENAI__BASE_URL", "http://back-room/v1")
    stt = load().settings.stt
    assert (stt.backend, stt.openai.model) == ("openai", "large")
    assert stt.openai.base_url == "http://back-room/v1"
    assert stt.openai.timeout == Sections().stt.openai.timeout


def test_livekits_own_names(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_URL", "ws://a")
    monkeypatch.setenv("LIVEKIT_API_KEY", "")
    written(here, "LIVEKIT_API_SECRET=s\n", ".env")
    written(here, '[livekit]\nurl = "ws://file"\napi_key = "k"\n')
    loaded = load()
    assert loaded.settings.livekit.url == "ws://a"
    assert loaded.settings.livekit.api_key == "k"
    assert loaded.settings.livekit.api_secret.get_secret_value() == "s"
    assert loaded.origins["livekit.url"] == "environment LIVEKIT_URL"
    monkeypatch.setenv("VOICEBOT_LIVEKIT__URL", "ws://b")
    assert load().settings.livekit.url == "ws://b"


def test_the_rest_of_the_dotenv_is_kept_out_of_sight(here: Path) -> None:
    written(here, "OPENAI_API_KEY=sk-1\nVOICEBOT_CACHE=/c\nLIVEKIT_URL=ws://a\n", ".env")
    loaded = load()
    assert loaded.variables == {"OPENAI_API_KEY": "sk-1", "VOICEBOT_CACHE": "/c"}
    assert "sk-1" not in repr(loaded)


@pytest.mark.parametrize(
    "value", ["https://a.example,https://b.example", '["https://a.example", "https://b.example"]']
)
def test_lists_in_variables(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("VOICEBOT_HTTP__ALLOWED_ORIGINS", value)
    assert load().settings.http.allowed_origins == ("https://a.example", "https://b.example")


def test_what_is_about_the_machine_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_CACHE", "/somewhere")
    monkeypatch.setenv("VOICEBOT_LIVEKIT_SERVER", "/somewhere")
    assert load().origins == {}


# ---- what is wrong


def test_a_named_file_has_to_exist() -> None:
    with pytest.raises(ConfigError, match=r"no settings file shop\.toml"):
        load(Path("shop.toml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[stt]\nbacknd = "openai"',
            "unknown setting stt.backnd in config.toml: did you mean stt.backend?",
        ),
        (
            "[llm.llama_cpp]\nthread = 1",
            "unknown setting llm.llama_cpp.thread in config.toml:"
            " did you mean llm.llama_cpp.threads?",
        ),
        ("[htpp]\nport = 1", "unknown setting htpp.port in config.toml: did you mean http.port?"),
        ("stt = 'openai'", "unknown setting stt in config.toml: it is a section"),
        ("zzzzzzzz = 1", "unknown setting zzzzzzzz in config.toml; "),
        ("[stt]\nbackend = 'cloud'", 'stt.backend = "cloud" in config.toml: input should be \'fa'),
        ("[http]\nport = 70000", "http.port = 70000 in config.toml: input should be less than"),
        (
            "[http.port]\nx = 1",
            "unknown setting http.port.x in config.toml: did you mean http.port",
        ),
        ("[stt", "config.toml is not TOML: "),
    ],
)
def test_what_is_wrong_in_the_file_is_said(here: Path, text: str, said: str) -> None:
    written(here, text)
    with pytest.raises(ConfigError) as told:
        load()
    assert str(told.value).startswith(said)
    assert "\n" not in str(told.value)


def test_toml_errors_have_their_line(here: Path) -> None:
    written(here, "[http]\nport = \n")
    with pytest.raises(ConfigError, match="line 2"):
        load()


def test_a_file_that_is_not_text(here: Path) -> None:
    (here / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot read"):
        load()


@pytest.mark.parametrize("name", ["VOICEBOT_STT__BACKND", "VOICEBOT_STT_BACKEND"])
def test_unknown_variables_name_the_known_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "openai")
    with pytest.raises(ConfigError) as told:
        load()
    said = f"unknown setting {name} in the environment: did you mean VOICEBOT_STT__BACKEND?"
    assert str(told.value) == said


def test_bad_variables_are_called_by_their_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_HTTP__PORT", "many")
    with pytest.raises(ConfigError, match=r'^VOICEBOT_HTTP__PORT = "many" in the environment: '):
        load()


def test_all_that_is_wrong_is_said_at_once(here: Path) -> None:
    written(here, "[http]\nport = 70000\n[vad]\nthreshold = 2\n")
    with pytest.raises(ConfigError) as told:
        load()
    assert "http.port" in str(told.value)
    assert "vad.threshold" in str(told.value)


# ---- paths


def test_paths_are_relative_to_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = here / "shop"
    shop.mkdir()
    file = written(
        shop,
        '[knowledge]\nfolder = "papers"\n[models]\nfolder = "m"\n'
        '[llm.llama_cpp]\nmodel = "m/own.gguf"\n[stt.faster_whisper]\nmodel = "whisper-base"\n',
    )
    settings = load(file.relative_to(here)).settings
    assert settings.knowledge.folder == shop / "papers"
    assert settings.knowledge.index == shop / "data/index"
    assert settings.models.folder == shop / "m"
    assert settings.store.url == f"sqlite:///{shop}/data/store.db"
    assert settings.llm.llama_cpp.model == f"{shop}/m/own.gguf"
    assert settings.stt.faster_whisper.model == "whisper-base"


def test_absolute_paths_and_other_databases_stay(here: Path) -> None:
    written(here, '[knowledge]\nfolder = "/papers"\n[store]\nurl = "postgresql://h/db"\n')
    settings = load().settings
    assert settings.knowledge.folder == Path("/papers")
    assert settings.store.url == "postgresql://h/db"


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite://"])
def test_databases_in_memory_stay(here: Path, url: str) -> None:
    written(here, f'[store]\nurl = "{url}"\n')
    assert load().settings.store.url == url


def test_paths_of_flags_are_relative_to_the_working_folder(here: Path) -> None:
    (here / "shop").mkdir()
    file = written(here / "shop", "")
    settings = load(file, {"knowledge.index": Path("mine")}).settings
    assert settings.knowledge.index == here / "mine"


# ---- secrets


def test_secrets_are_masked_wherever_settings_are_shown(here: Path) -> None:
    written(
        here,
        '[livekit]\napi_secret = "hush-1"\n[http]\napi_key = "hush-2"\n'
        '[store]\nurl = "postgresql://shop:hush-3@db/shop"\n'
        '[llm.openai]\nbase_url = "http://me:hush-4@box/v1"\n',
    )
    loaded = load()
    rows = {row.key: row for row in shown(loaded)}
    assert "hush" not in str(list(rows.values()))
    assert rows["livekit.api_secret"].value == MASK
    assert rows["store.url"].value == f"postgresql://shop:{MASK}@db/shop"
    assert not any(f"hush-{n}" in repr(loaded) for n in (1, 2, 3))


@pytest.mark.parametrize(
    "text",
    [
        "[livekit]\napi_secret = ['hush']",
        "[store]\nurl = 'postgresql://shop:hush@db/shop'\n[http]\nport = 70000",
    ],
)
def test_errors_do_not_tell_secrets(here: Path, text: str) -> None:
    written(here, text)
    with pytest.raises(ConfigError) as told:
        load()
    assert "hush" not in "".join(traceback.format_exception(told.value))


def test_shown_rows_are_all_keys_with_their_origins(here: Path) -> None:
    written(here, "[http]\nport = 8001\n")
    rows = shown(load())
    assert [row.key for row in rows] == list(known_keys())
    by_key = {row.key: row for row in rows}
    assert (by_key["http.port"].literal, by_key["http.port"].origin) == ("8001", "config.toml")
    assert by_key["vad.threshold"].origin == "default"


# ---- what is written about them


PROJECT = Path(__file__).parents[1]


def test_the_sample_is_a_valid_file() -> None:
    loaded = load(PROJECT / "config.toml")
    assert loaded.folder == PROJECT


@pytest.mark.parametrize(("key", "default"), list(known_keys().items()))
def test_every_setting_is_documented(key: str, default: object) -> None:
    text = (PROJECT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert f"| `{key}` | {written_default(default)} |" in text


def written_default(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return f"`{json.dumps(str(value) if isinstance(value, Path) else value)}`"


# ---- tables


def test_a_table_of_headers_is_one_setting_and_is_never_shown(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(
        here,
        '[llm.openai.headers]\n"X-Title" = "Corner Audio"\n"X-Key" = "hush"\n'
        '[llm.openai.body.provider]\nsort = "latency"\n',
    )
    loaded = load()
    assert loaded.settings.llm.openai.headers == {"X-Title": "Corner Audio", "X-Key": "hush"}
    assert loaded.settings.llm.openai.body == {"provider": {"sort": "latency"}}
    rows = {row.key: row.literal for row in shown(loaded)}
    assert rows["llm.openai.headers"] == f'{{"X-Title" = "{MASK}", "X-Key" = "{MASK}"}}'
    assert rows["llm.openai.body"] == '{"provider" = {"sort" = "latency"}}'
    assert "hush" not in repr(loaded)
    monkeypatch.setenv("VOICEBOT_LLM__OPENAI__HEADERS", '{"X-Title": "Kiosk"}')
    assert load().settings.llm.openai.headers == {"X-Title": "Kiosk"}
    monkeypatch.setenv("VOICEBOT_LLM__OPENAI__HEADERS", "hush")
    with pytest.raises(ConfigError) as caught:
        load()
    assert "hush" not in str(caught.value)
