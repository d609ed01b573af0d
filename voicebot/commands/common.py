"""What every command needs: the settings, a console for people, stdout for data."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

if TYPE_CHECKING:
    from voicebot.config import Sections
    from voicebot.settings import Loaded

console = Console(stderr=True, highlight=False)


@dataclass
class State:
    """What the root's options said; it is `ctx.obj` of every command. verbosity: -1, 0 or 1."""

    config: Path | None = None
    verbosity: int = 0
    loaded: Loaded | None = field(default=None, repr=False)


def state_of(ctx: typer.Context) -> State:
    state = ctx.find_object(State)
    return state if state is not None else State()


def loaded_of(ctx: typer.Context, overrides: Mapping[str, object] | None = None) -> Loaded:
    """The settings with their origins, read once a run, and logging set up by them.

    overrides: flags of the command, by key ("http.port"); None values are left out.
    Raises ConfigError.
    """
    from voicebot.settings import load
    from voicebot.telemetry.logs import set_up_logging

    state = state_of(ctx)
    if state.loaded is not None:
        return state.loaded
    flags = {key: value for key, value in (overrides or {}).items() if value is not None}
    if state.verbosity:
        flags["logging.level"] = "debug" if state.verbosity > 0 else "warning"
    state.loaded = load(state.config, flags)
    for name, value in state.loaded.variables.items():
        os.environ.setdefault(name, value)  # backends look their API keys up by name
    set_up_logging(state.loaded.settings.logging)
    return state.loaded


def settings_of(ctx: typer.Context) -> Sections:
    """The settings in force; paths are absolute. Raises ConfigError."""
    return loaded_of(ctx).settings


def print_json(value: object) -> None:
    """One line of JSON on stdout. Paths and dates become strings."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))
