"""`voicebot ingest`: the shop's documents into the index."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.commands.common import console, print_json, settings_of, state_of
from voicebot.commands.ingest_show import show
from voicebot.errors import IngestError

if TYPE_CHECKING:
    from voicebot.config import Sections
    from voicebot.knowledge.build import Progress, Report
    from voicebot.stages import Embedder

PARTLY = 5  # exit code: some files failed, the rest is in the index
_COLOURS = {"failed": "red", "added": "green", "changed": "green", "removed": "yellow"}


def ingest(
    ctx: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Files or folders; knowledge.folder where none."),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the index anew, from these paths alone.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Then copy the index there, for other boxes to read it."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--show",
            metavar="SOURCE",
            help="Ingest nothing; print what is read from this file, or from the source of this "
            "name in the index.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Take PDFs (and .md, .txt) into the index that answers are quoted from.

    Only what changed is read again. A file that is gone from a folder leaves the index; files from
    other folders stay. A running server takes up the new index by itself. Exit code 5: some files
    failed, the rest went in.

    Examples:

        voicebot ingest

        voicebot ingest manuals/ returns.pdf

        voicebot ingest --rebuild --json

        voicebot ingest --to /mnt/chain/index

        voicebot ingest --show returns.pdf
    """
    settings = settings_of(ctx)
    if source is not None:
        show(settings, source, as_json=as_json)
        return
    roots = [path.absolute() for path in paths or [settings.knowledge.folder]]
    began = time.monotonic()
    with _progress() as progress:
        report = asyncio.run(_ingest(settings, roots, rebuild=rebuild, progress=progress))
    if not report.files:
        raise IngestError(
            f"no .pdf, .md or .txt files in {', '.join(map(str, roots))}; put some there, or name "
            "their folder: voicebot ingest PATH"
        )
    seconds = time.monotonic() - began
    if state_of(ctx).verbosity >= 0 or report.failed:
        _report(report, seconds)
    if to is not None:
        _copy(settings.knowledge.index, to.absolute())
    if as_json:
        print_json(
            {
                "index": settings.knowledge.index,
                "sentences": report.sentences,
                "written": report.written,
                "anew": report.anew,
                "seconds": round(seconds, 2),
                "files": [asdict(file) for file in report.files],
            }
        )
    if report.failed:
        raise typer.Exit(PARTLY if report.sentences else IngestError.exit_code)


def _copy(index: Path, to: Path) -> None:
    from voicebot.knowledge.versions import copy

    copied = copy(index, to)
    console.print(f"index copied to {to}" if copied else f"the index in {to} is the same already")


def _printable(name: str) -> str:
    """A file's name on one line and without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _open_embedder(settings: Sections) -> Embedder:
    from voicebot.assemble import Files, for_answers, local_roles, open_embedder

    files = Files.of(settings)
    files.require({"embedding"} & set(local_roles(settings)))
    return for_answers(open_embedder(settings, files))


async def _ingest(
    settings: Sections, roots: list[Path], *, rebuild: bool, progress: Progress
) -> Report:
    from voicebot.knowledge.build import ingest

    embedder = await asyncio.to_thread(_open_embedder, settings)
    return await ingest(
        roots,
        settings.knowledge.index,
        embedder,
        language=settings.conversation.language,
        rebuild=rebuild,
        progress=progress,
    )


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on stderr, where that is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda doing, done, total: bar.update(
            task, description=doing, completed=done, total=total
        )


def _report(report: Report, seconds: float) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table("file", "", "pages", "passages", "sentences", box=None, pad_edge=False)
    for file in report.files:
        colour = _COLOURS.get(file.outcome, "dim")
        why = file.reason or file.note
        outcome = f"[{colour}]{file.outcome}[/]{': ' if why else ''}{escape(why)}"
        counts = (file.pages, file.passages, file.sentences) if file.sentences else ()
        table.add_row(escape(_printable(file.name)), outcome, *map(str, counts))
    console.print(table)
    if report.anew:
        console.print(escape(report.anew))
    state = "written" if report.written else "unchanged"
    console.print(f"index {state}: {report.sentences} sentences, {seconds:.1f} s")
