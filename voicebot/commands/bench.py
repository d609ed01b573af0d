"""`voicebot bench`: one stage, measured beside the plain way of doing the same."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.commands.common import print_json, settings_of

if TYPE_CHECKING:
    from voicebot.bench.report import Report

app = typer.Typer(
    help="Measure one stage on this machine, beside the plain way of doing the same.",
    no_args_is_help=True,
)

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
PlotOption = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="A picture (PNG); needs the extra `plot`."),
]


@app.callback()
def bench() -> None:
    """Keeps the stages commands of their own, one alone too."""


@app.command(
    epilog="Examples: voicebot bench rag questions.json --documents manuals/"
    " · voicebot bench rag questions.json --count 100 --json --plot rag.png"
)
def rag(
    ctx: typer.Context,
    questions: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", exists=True, help="Questions, as for `voicebot eval`."),
    ],
    documents: Annotated[
        Path | None,
        typer.Option(metavar="DIR", exists=True, file_okay=False, help="Else the index in force."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, metavar="N", help="So many, at random.")] = 60,
    plain: Annotated[int, typer.Option(min=0, metavar="N", help="The plain way on these.")] = 12,
    as_json: JsonOption = False,
    plot: PlotOption = None,
) -> None:
    """Answers from documents: found, judged and quoted, against written from the nearest."""
    import random

    from voicebot.bench.rag import measure
    from voicebot.evaluation import scenario

    settings = settings_of(ctx)
    cases = scenario.load(questions, documents.absolute() if documents else None)
    chosen = random.Random(0).sample(cases, min(count, len(cases)))
    _out(asyncio.run(measure(settings, chosen, plain)), as_json=as_json, plot=plot)


def _out(report: Report, *, as_json: bool, plot: Path | None) -> None:
    from rich.console import Console

    from voicebot.bench.report import show

    if as_json:
        print_json(report.as_dict())
    else:
        show(report, Console(highlight=False))
    if plot is not None:
        from voicebot.bench.plot import plot as draw

        draw(report, plot)
