"""`voicebot config show`: the settings in force and where each came from."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebot.commands.common import loaded_of, print_json

app = typer.Typer(help="The settings.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """The settings: `voicebot config show`."""


@app.command()
def show(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object by key.")] = False,
) -> None:
    """Print every setting, its value (secrets masked) and where it came from, and below it what
    leaves this box with these settings.

    Examples:

        voicebot config show

        voicebot --config shop.toml config show --json
    """
    from voicebot.privacy import leaving
    from voicebot.settings import shown

    loaded = loaded_of(ctx)
    rows = shown(loaded)
    if as_json:
        print_json({row.key: {"value": row.value, "origin": row.origin} for row in rows})
        return
    width = max(len(row.key) for row in rows)
    for row in rows:
        typer.echo(f"{row.key:<{width}} = {row.literal}  # {row.origin}")
    typer.echo("# What leaves this box:")
    for one in leaving(loaded.settings) or ("nothing",):
        typer.echo(f"#   {one}")
