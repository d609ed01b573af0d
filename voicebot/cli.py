"""The command line: options of every command, the commands, and exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from voicebot import __version__
from voicebot.commands import config, doctor
from voicebot.commands.common import State
from voicebot.errors import VoicebotError

ROOT_FLAGS = ("-q", "--quiet", "-v", "--verbose")


class Root(TyperGroup):
    """Takes the root's options behind the command's name too: `voicebot serve --config F`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _root_options_first(args))


def _root_options_first(args: list[str]) -> list[str]:
    """Moves `--config FILE`, -q and -v to the front; what stands behind `--` stays as it is."""
    first: list[str] = []
    rest: list[str] = []
    left = iter(args)
    for arg in left:
        if arg == "--":
            rest += [arg, *left]
        elif arg in ROOT_FLAGS or arg.startswith("--config="):
            first.append(arg)
        elif arg == "--config":
            first += [arg, *(value for value in [next(left, None)] if value is not None)]
        else:
            rest.append(arg)
    return first + rest


app = typer.Typer(
    cls=Root,
    name="voicebot",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"voicebot {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    config_file: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings; config.toml where it exists."),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only warnings and errors.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The voice assistant of a shop's counter or kiosk, on one box, with no cloud.

    Start with `voicebot doctor`, then `voicebot serve`.
    """
    ctx.obj = State(config=config_file, verbosity=int(verbose) - int(quiet))


app.add_typer(config.app, name="config")
app.command("doctor")(doctor.doctor)


def main() -> None:
    """The entry point. A VoicebotError becomes one line on stderr and its exit code."""
    try:
        app()
    except VoicebotError as error:
        typer.echo(f"voicebot: {' '.join(str(error).split())}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
