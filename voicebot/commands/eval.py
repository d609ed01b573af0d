"""`voicebot eval`: whether a bot with these settings is good enough."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.commands.common import console, print_json, settings_of, state_of

if TYPE_CHECKING:
    from voicebot.config import Sections
    from voicebot.evaluation.outcome import Condition, Outcome
    from voicebot.evaluation.run import Open
    from voicebot.evaluation.scenario import Case

HELP = """Try scenarios of customers on the bot, and grade what it does.

\b
FILE is scenarios (.toml) or questions to the documents (.json); a folder is all
*.toml and questions*.json in it. docs/evaluation.md tells what stands in them.
Every scenario has a copy of the shop's database of its own: the real one is only
read. Typed, the bot is asked as `voicebot ask` does; --spoken has a synthesiser
say every turn and the bot transcribe it; --room has the whole bot in a LiveKit
room, in real time.

\b
Examples:
  voicebot eval tests/scenarios
  voicebot eval tests/scenarios --only returns --only search-under-sixty
  voicebot eval tests/scenarios --spoken --voice slt --voice espeak-ng:en-gb \\
    --snr 20 --snr 10
  voicebot eval tests/scenarios/returns.toml --room --repeat 3
  voicebot eval questions.json --documents manuals/ --fail-under 0.9
"""


def evaluate(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", exists=True)],
    only: Annotated[
        list[str] | None, typer.Option(metavar="KIND|ID", help="Only these; repeatable.")
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, metavar="N", help="Each so often.")] = 1,
    documents: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="What to answer from, for files that name nothing; else the index in force.",
        ),
    ] = None,
    spoken: Annotated[bool, typer.Option("--spoken", help="Say the turns aloud.")] = False,
    room: Annotated[bool, typer.Option("--room", help="The same in a real room.")] = False,
    voice: Annotated[
        list[str] | None,
        typer.Option(help="Of Flite, or espeak-ng:LANGUAGE; repeatable. Else slt and rms."),
    ] = None,
    snr: Annotated[
        list[float] | None,
        typer.Option(metavar="DB", help="Speech over babble; repeatable. Else it is quiet."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    fail_under: Annotated[
        float,
        typer.Option(min=0, max=1, metavar="RATE", help="Exit code 1 if fewer pass."),
    ] = 0.0,
) -> None:
    settings = settings_of(ctx)
    if (voice or snr) and not (spoken or room):
        raise typer.BadParameter("a customer who types has no voice: add --spoken or --room")
    from rich.console import Console

    from voicebot.evaluation import report, scenario
    from voicebot.evaluation.statistics import summary

    cases = scenario.only(
        scenario.load(files, documents.absolute() if documents else None), only or ()
    )
    conditions = _conditions(voice or [], snr or []) if spoken or room else _typed()
    quiet = state_of(ctx).verbosity < 0
    with _progress(len(cases) * len(conditions) * repeat, quiet=quiet) as done:
        outcomes = asyncio.run(
            _run(settings, cases, conditions, repeat, _player(spoken=spoken, room=room), done)
        )
    if as_json:
        print_json(report.as_dict(outcomes))
    else:
        report.show(outcomes, Console(highlight=False))
    if summary(outcomes).passed.rate < fail_under:
        raise typer.Exit(1)


evaluate.__doc__ = HELP


def _typed() -> list[Condition]:
    from voicebot.evaluation.outcome import Condition

    return [Condition()]


def _conditions(voices: Sequence[str], snrs: Sequence[float]) -> list[Condition]:
    """Every voice in every noise. Raises ConfigError for a voice that this machine has not."""
    from voicebot.evaluation import speak
    from voicebot.evaluation.outcome import Condition

    chosen = list(dict.fromkeys(voices)) or list(speak.DEFAULT_VOICES)
    speak.check(chosen)
    return [Condition(voice, snr) for voice in chosen for snr in (dict.fromkeys(snrs) or [None])]


def _player(*, spoken: bool, room: bool) -> Open:
    if room:
        from voicebot.evaluation.run_room import open_room

        return open_room
    if spoken:
        from voicebot.evaluation.run_spoken import open_spoken

        return open_spoken
    from voicebot.evaluation.run_typed import open_typed

    return open_typed


async def _run(
    settings: Sections,
    cases: Sequence[Case],
    conditions: Sequence[Condition],
    repeat: int,
    open_player: Open,
    done: Callable[[Outcome], None],
) -> list[Outcome]:
    from voicebot.evaluation.run import run
    from voicebot.evaluation.shops import Shops

    with tempfile.TemporaryDirectory(prefix="voicebot-eval-") as folder:
        shops = Shops(settings, Path(folder))
        outcomes = await run(cases, conditions, repeat, shops, settings, open_player, done)
        for unread in shops.unread:
            console.print(f"not read: {unread}", markup=False)
    return outcomes


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[Outcome], None]]:
    """On stderr: a bar on a terminal, else a line for each scenario that is over."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    count = failed = 0
    bars = console.is_terminal and not quiet
    with Progress(*columns, console=console, transient=True, disable=not bars) as bar:
        task = bar.add_task("starting", total=total)

        def done(outcome: Outcome) -> None:
            nonlocal count, failed
            count, failed = count + 1, failed + (not outcome.passed)
            name = outcome.case.scenario.id
            bar.update(task, completed=count, description=f"{failed} failed, {name}")
            if not (bars or quiet):
                result = "passed" if outcome.passed else "failed"
                console.print(f"{count}/{total} {name} {result}", markup=False)

        yield done
