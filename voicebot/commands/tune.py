"""`voicebot tune`: the models and thread counts that this box can bear."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.commands.common import console, loaded_of, print_json, state_of
from voicebot.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table

    from voicebot.bench.tuning import Proposal, Reading

BUSY_LOAD = 0.5  # average over the last minute


def tune(
    ctx: typer.Context,
    write: Annotated[bool, typer.Option("--write", help="Put it into the settings file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Measure this box, and propose models and threads that keep the goal.

    Times each stage alone and beside the others, with 1, 2, 4, ... threads and every language
    model that is installed. Two minutes on two cores; nothing else should run meanwhile.

    Examples:

        voicebot tune

        voicebot models pull --profile medium && voicebot tune --write
    """
    from voicebot.assemble import Files
    from voicebot.bench.machine import machine
    from voicebot.bench.tune import installed, measure
    from voicebot.bench.tuning import propose, settings_of, thread_counts

    loaded, file = loaded_of(ctx), state_of(ctx).config or Path("config.toml")
    if write:
        refuse_unwritable(file)  # better now than after two minutes
    about, files = machine(), Files.of(loaded.settings)
    models = installed(files)
    if not models:
        raise ModelError("no language model is installed: voicebot models pull")
    if about.load > BUSY_LOAD:
        console.print(
            f"something else is busy on this box (load {about.load:.1f}): end it, or the times"
            " below, and what is made of them, are not the box's own",
            markup=False,
            soft_wrap=True,
        )
    counts = thread_counts(about.cores)
    readings = asyncio.run(measure(loaded.settings, models, counts, console.print))
    proposal = propose(readings, models)
    values = settings_of(proposal, files.name("llm"))
    if as_json:
        proposed = {**asdict(proposal), "keeps": proposal.keeps}
        found = {"readings": [asdict(r) for r in readings], "proposal": proposed}
        print_json({"machine": asdict(about), **found, "settings": values})
    else:
        console.print(str(about), style="dim", markup=False, soft_wrap=True)
        _show(readings, proposal, values)
    if write:
        write_settings(file, values)
        console.print(f"written into {file}", markup=False)


def _show(readings: list[Reading], proposal: Proposal, values: Mapping[str, int | str]) -> None:
    from rich.console import Console
    from rich.table import Table

    from voicebot.bench.tuning import BUSY_GOAL_MS, GOAL_MS

    out = Console(highlight=False)
    table = Table("stage", "model", box=None, pad_edge=False)
    for name in ("threads", "alone, ms", "together, ms"):
        table.add_column(name, justify="right")
    for r in readings:
        times = (f"{r.alone_ms:.0f}", f"{r.together_ms:.0f}")
        table.add_row(r.stage, r.model, str(r.threads), *times)
    out.print(table)
    verdict = "within" if proposal.keeps else "NOT within"
    out.print(
        f"\nA turn: about {proposal.alone_ms:.0f} ms alone, {proposal.busy_ms:.0f} ms beside two"
        f" others ({verdict} the goals of {GOAL_MS:.0f} and {BUSY_GOAL_MS:.0f} ms);"
        f" {proposal.judged_ms:.0f} ms where the language model is asked as well.\n",
        markup=False,
        soft_wrap=True,
    )
    for key, value in values.items():
        out.print(f"{key} = {value!r}".replace("'", '"'), markup=False)


def write_settings(file: Path, values: Mapping[str, int | str]) -> None:
    """Sets the keys and leaves all else, comments too, as it is. Raises ConfigError."""
    import tomlkit

    document = _document(file)
    inserted: list[Table] = []
    for key, value in values.items():
        section, backend, name = key.split(".")
        if section not in document:
            if document:
                document.add(tomlkit.nl())
            document[section] = tomlkit.table(is_super_table=True)
            document[section][backend] = tomlkit.table()
        elif backend not in document[section]:
            document[section][backend] = tomlkit.table()
            inserted.append(document[section][backend])
        document[section][backend][name] = value
    for table in inserted:
        table.add(tomlkit.nl())  # between it and the next section
    with _part(file) as part:
        part.write_text(tomlkit.dumps(document), encoding="utf-8")
        if file.exists():
            shutil.copymode(file, part)
        part.replace(file)


def refuse_unwritable(file: Path) -> None:
    """Raises ConfigError where `write_settings` would."""
    _document(file)
    with _part(file) as part:
        part.touch()
        part.unlink()


def _document(file: Path) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(file.read_text(encoding="utf-8") if file.exists() else "")
    except (OSError, TOMLKitError) as exc:
        raise ConfigError(f"{file} cannot be changed ({exc}): set the values by hand") from exc


@contextmanager
def _part(file: Path) -> Iterator[Path]:
    """What is to take the file's place, beside it."""
    try:
        yield file.with_suffix(".part")
    except OSError as exc:
        raise ConfigError(f"{file} cannot be written ({exc}): set the values by hand") from exc
