"""`voicebot doctor`: everything a support call would ask."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from voicebot.commands.common import loaded_of, print_json


def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a check.")] = False,
) -> None:
    """Check models, server, ports, index, store, audio, disk and versions.

    Each line has what was found and what to do about it. Ends with 1 if a check fails.

    Examples:

        voicebot doctor

        voicebot doctor --json
    """
    from voicebot.commands.checks import all_checks

    failed = False
    for check in all_checks(loaded_of(ctx)):
        failed = failed or check.state == "fail"
        if as_json:
            print_json(asdict(check))
            continue
        typer.echo(f"{check.state:<4}  {check.name:<12}  {check.found}")
        if check.advice:
            typer.echo(f"{'':<20}-> {check.advice}")
    raise typer.Exit(1 if failed else 0)
