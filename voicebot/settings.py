"""The settings from their sources: flags, environment, `.env`, `config.toml`, defaults.

The first that names a key wins. A key that does not exist is an error wherever it stands, with the
nearest key that does. Relative paths are relative to the config file's folder, or to the working
folder where there is no file; what a flag names is always relative to the working folder.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    TomlConfigSettingsSource,
)

from voicebot.config import Sections
from voicebot.errors import ConfigError

PREFIX = "VOICEBOT_"
NOT_SETTINGS = {"VOICEBOT_CACHE", "VOICEBOT_LIVEKIT_SERVER"}  # about the machine, see models.places
CONVENTIONAL = {
    "LIVEKIT_URL": "livekit.url",
    "LIVEKIT_API_KEY": "livekit.api_key",
    "LIVEKIT_API_SECRET": "livekit.api_secret",
}
PATHS = (
    "knowledge.folder",
    "knowledge.index",
    "models.folder",
    "store.shop",
    "kiosk.logo",
    "logging.unanswered",
    "recording.folder",
)
NAMES_OR_PATHS = (  # a path where it has a separator, else a name
    "livekit.server",
    "stt.faster_whisper.model",
    "llm.llama_cpp.model",
    "tts.piper.voice",
    "embedding.model",
)
MASK = "********"
SQLITE = "sqlite:///"
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Layer:
    """What one source says: values by key. names: what it calls the key, where that differs."""

    origin: str
    values: dict[str, Any] = field(repr=False)
    names: dict[str, str] = field(default_factory=dict)

    def said(self, key: str) -> str:
        return self.names.get(key, key)

    def where(self, key: str) -> str:
        return f"{self.origin} {self.names[key]}" if key in self.names else self.origin


@dataclass(frozen=True)
class Loaded:
    """settings: in force, with absolute paths. origins: by key, where its value came from; keys at
    their default are left out. folder: what relative paths are relative to. variables: what else
    the `.env` held (API keys), by upper-case name."""

    settings: Sections
    origins: dict[str, str]
    folder: Path
    variables: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Row:
    """A setting as shown: value is masked and JSON-able, literal is it as TOML would write it."""

    key: str
    value: object
    origin: str

    @property
    def literal(self) -> str:
        return _toml(self.value)


class _Variables(BaseSettings):
    """Only a handle that pydantic-settings' sources ask for."""

    model_config = {"extra": "ignore"}


def load(config: Path | None = None, overrides: Mapping[str, object] | None = None) -> Loaded:
    """The settings in force. config: None is `config.toml` where it exists. overrides: flags.

    Raises ConfigError: no such file, TOML that cannot be read, an unknown key, a bad value.
    """
    path = config if config is not None else Path("config.toml")
    if config is not None and not config.is_file():
        raise ConfigError(f"no settings file {config}: check --config")
    path = path.absolute()
    folder = path.parent
    dotenv = _variables(DotEnvSettingsSource(_Variables, env_file=folder / ".env").env_vars)
    layers = [
        Layer("command line", dict(overrides or {})),
        _variable_layer("environment", _variables(EnvSettingsSource(_Variables).env_vars)),
        _variable_layer(".env", dotenv),
        _file_layer(path),
    ]
    for layer in layers:
        _refuse_unknown(layer)
    values: dict[str, Any] = {}
    origin: dict[str, Layer] = {}
    for layer in reversed(layers):
        for key, value in layer.values.items():
            values[key] = _from_here(value) if layer is layers[0] else value
            origin[key] = layer
    settings = _absolute(_validated(values, origin), folder)
    others = {name: value for name, value in dotenv.items() if not _is_setting(name)}
    return Loaded(settings, {k: layer.where(k) for k, layer in origin.items()}, folder, others)


def known_keys() -> dict[str, Any]:
    """Every key ("stt.openai.model") and its default, in the order of `config.py`."""
    return dict(_leaves(Sections()))


def shown(loaded: Loaded) -> list[Row]:
    """Every setting for a person's eyes: secrets and passwords in URLs are masked."""
    return [
        Row(key, _masked(key, value), loaded.origins.get(key, "default"))
        for key, value in _leaves(loaded.settings)
    ]


# ---- the sources


def _variables(found: Mapping[str, str | None]) -> dict[str, str]:
    return {name.upper(): value for name, value in found.items() if value is not None}


def _variable_layer(origin: str, variables: Mapping[str, str]) -> Layer:
    """VOICEBOT_STT__BACKEND is stt.backend. The conventional names give way to ours; empty ones
    count as not set."""
    layer = Layer(origin, {})
    for name, value in variables.items():
        if name in CONVENTIONAL and value:
            layer.values[CONVENTIONAL[name]] = value
            layer.names[CONVENTIONAL[name]] = name
    defaults = known_keys()
    for name, value in variables.items():
        if _is_setting(name) and name not in CONVENTIONAL:
            key = name.removeprefix(PREFIX).lower().replace("__", ".")
            layer.values[key] = _parsed(value, defaults.get(key))
            layer.names[key] = name
    return layer


def _is_setting(name: str) -> bool:
    return name in CONVENTIONAL or (name.startswith(PREFIX) and name not in NOT_SETTINGS)


def _parsed(value: str, default: object) -> Any:
    """A table in a variable is JSON; a list is, too, or its items with commas between them."""
    if not isinstance(default, tuple | Mapping):
        return value
    if isinstance(default, Mapping) or value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value  # the check of types says what is wrong with it
    return [item.strip() for item in value.split(",") if item.strip()]


def _file_layer(path: Path) -> Layer:
    try:
        tables = TomlConfigSettingsSource(_Variables, toml_file=path).toml_data
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path.name} is not TOML: {exc} ({path})") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"cannot read {path}: {exc}") from exc
    return Layer(path.name, dict(_flat(tables)))


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    defaults = known_keys()
    for name, value in table.items():
        if isinstance(value, Mapping) and not isinstance(defaults.get(f"{before}{name}"), Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _leaves(section: BaseModel, before: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


# ---- what is wrong with them


def _refuse_unknown(layer: Layer) -> None:
    known = list(known_keys())
    for key in layer.values:
        if key in known:
            continue
        where = f"unknown setting {layer.said(key)} in {_spoken(layer.origin)}"
        if any(other.startswith(f"{key}.") for other in known):
            raise ConfigError(f"{where}: it is a section, set a key in it")
        near = difflib.get_close_matches(key, known, n=1)
        if not near:
            raise ConfigError(f"{where}; `voicebot config show` without it lists those there are")
        meant = near[0]
        if layer.said(key).startswith(PREFIX):
            meant = PREFIX + meant.upper().replace(".", "__")
        raise ConfigError(f"{where}: did you mean {meant}?")


def _spoken(origin: str) -> str:
    return f"the {origin}" if origin in ("environment", "command line") else origin


def _validated(values: Mapping[str, Any], origin: Mapping[str, Layer]) -> Sections:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *sections, name = key.split(".")
        table = tree
        for section in sections:
            table = table.setdefault(section, {})
        table[name] = value
    try:
        return Sections.model_validate(tree)
    except ValidationError as exc:
        problems = [_problem(dict(error), values, origin) for error in exc.errors()]
    # raised out here, so that no traceback carries the values
    raise ConfigError("; ".join(dict.fromkeys(problems)))


def _problem(error: dict[str, Any], values: Mapping[str, Any], origin: Mapping[str, Layer]) -> str:
    parts = [str(part) for part in error["loc"]]
    key = next(
        (k for n in range(len(parts), 0, -1) if (k := ".".join(parts[:n])) in values),
        ".".join(parts),
    )
    secret = isinstance(known_keys().get(key), SecretStr) or key.endswith(".headers")
    value = MASK if secret else _without_password(json.dumps(values.get(key), default=str))
    layer = origin.get(key)
    where = f" in {_spoken(layer.origin)}" if layer else ""
    said = layer.said(key) if layer else key
    allowed = error["msg"][:1].lower() + error["msg"][1:]
    return f"{said} = {value}{where}: {allowed}"


# ---- paths and secrets


def _from_here(value: object) -> object:
    return value.absolute() if isinstance(value, Path) else value


def _absolute(settings: Sections, folder: Path) -> Sections:
    changes: dict[str, Any] = {}
    for key, value in _leaves(settings):
        text = str(value)
        if (key in PATHS and value is not None) or (
            key in NAMES_OR_PATHS and ("/" in text or "\\" in text)
        ):
            changes[key] = type(value)(folder / Path(text).expanduser())
        elif key == "tools.files":
            changes[key] = tuple(folder / path.expanduser() for path in value)
        elif key == "store.url" and text.startswith(SQLITE):
            file = text.removeprefix(SQLITE)
            if file and not file.startswith((":memory:", "file:")):
                changes[key] = f"{SQLITE}{folder / Path(file).expanduser()}"
    for key, value in changes.items():
        settings = _changed(settings, key.split("."), value)
    return settings


def _changed(section: M, names: list[str], value: object) -> M:
    name, *deeper = names
    if deeper:
        value = _changed(getattr(section, name), deeper, value)
    return section.model_copy(update={name: value})


def _without_password(text: str) -> str:
    return re.sub(r"(://[^/@:\s]*:)[^@/\s]+@", rf"\1{MASK}@", text)


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _masked(key: str, value: object) -> object:
    if key.endswith(".headers") and isinstance(value, Mapping):
        return dict.fromkeys(value, MASK)  # they may carry keys
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, str):
        return _without_password(value)
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
