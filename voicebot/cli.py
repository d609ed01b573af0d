"""The command line: options of every command, the commands, and exit codes.

A command's module is imported when that command is called, so that `voicebot --help` is quick.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from voicebot import __version__
from voicebot.commands.common import State
from voicebot.errors import VoicebotError

ROOT_FLAGS = ("-q", "--quiet", "-v", "--verbose")


class Command(NamedTuple):
    """target: "module:name" of a function, or of a Typer app with commands of its own."""

    target: str
    does: str


COMMANDS = {
    "serve": Command(
        "voicebot.commands.serve:serve", "Load the models, open the port, join rooms."
    ),
    "ingest": Command("voicebot.commands.ingest:ingest", "Take documents into the index."),
    "models": Command("voicebot.models.commands:app", "List, fetch and check the model files."),
    "store": Command("voicebot.commands.store:app", "Load and show orders, products, returns."),
    "ask": Command("voicebot.commands.ask:ask", "Ask in text what a customer would ask aloud."),
    "call": Command("voicebot.commands.call:call", "Be the customer: call the bot, measure it."),
    "bench": Command("voicebot.commands.bench:app", "Measure one stage beside the plain way."),
    "eval": Command("voicebot.commands.eval:evaluate", "Try scenarios on the bot, and grade it."),
    "replay": Command("voicebot.commands.replay:replay", "Take the turns of recorded calls anew."),
    "tune": Command("voicebot.commands.tune:tune", "Measure this box; propose models, threads."),
    "doctor": Command("voicebot.commands.doctor:doctor", "Look at everything, and what to do."),
    "config": Command("voicebot.commands.config:app", "Show the settings in force."),
}


class Root(TyperGroup):
    """Imports commands late, and takes the root's options behind a command's name too:
    `voicebot serve --config shop.toml`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _root_options_first(args))

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].target.partition(":")
        target = getattr(import_module(module), name)
        if isinstance(target, typer.Typer):
            target.rich_markup_mode = None
            return get_group(target)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cmd_name)(target)
        return get_command(alone)  # type: ignore[return-value]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.does) for name, command in COMMANDS.items()])


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


def main() -> None:
    """The entry point. A VoicebotError becomes one line on stderr and its exit code."""
    code: str | int | None = 0
    try:
        app()
    except SystemExit as end:
        code = end.code
    except VoicebotError as error:
        typer.echo(f"voicebot: {' '.join(str(error).split())}", err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    _leave(code)


def _leave(code: str | int | None) -> NoReturn:
    """A model's thread may still be inside native code. When it comes back while the interpreter
    is being torn down, the process is aborted; so there is no tearing down then."""
    others = [thread for thread in threading.enumerate() if thread.daemon]
    if others and (code is None or isinstance(code, int)):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code or 0)
    sys.exit(code)
