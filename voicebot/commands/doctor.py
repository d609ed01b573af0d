"""`voicebot doctor`: everything a support call would ask."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebot.commands.common import settings_of


def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a check.")] = False,
) -> None:
    """Check models, server, ports, index, store, audio, disk and versions."""
    settings_of(ctx)
