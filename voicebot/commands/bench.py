"""`voicebot bench`: one stage, measured beside the plain way of doing the same."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib import import_module
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
SentencesOption = Annotated[int, typer.Option("--count", min=1, metavar="N", help="So many.")]


@app.callback()
def bench() -> None:
    """Keeps the stages commands of their own, one alone too."""


@app.command(
    epilog="Examples: voicebot bench rag · voicebot bench rag questions.json --documents manuals/"
    " · voicebot bench rag questions.json --count 100 --json --plot rag.png"
)
def rag(
    ctx: typer.Context,
    questions: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...",
            exists=True,
            help="Questions, as for `voicebot eval`; else those of a made-up shop.",
        ),
    ] = None,
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
    if not questions:
        questions, documents = _made_up_shop()
    cases = scenario.load(questions, documents.absolute() if documents else None)
    chosen = random.Random(0).sample(cases, min(count, len(cases)))
    _out(asyncio.run(measure(settings, chosen, plain)), as_json=as_json, plot=plot)


def _made_up_shop() -> tuple[list[Path], Path]:
    """Questions and documents that a checkout holds."""
    from voicebot.errors import ConfigError

    shop = Path(__file__).parents[2] / "benchmarks" / "shops" / "northgate"
    if not (shop / "questions.json").is_file():
        raise ConfigError(
            "the made-up shop's questions are in a checkout only: name a file of questions, see"
            " docs/evaluation.md"
        )
    return [shop / "questions.json"], shop / "documents"


@dataclass(frozen=True)
class Stage:
    """A stage of which nothing is asked but how many cases. Its module in voicebot.bench has
    `measure(settings, count)`."""

    name: str
    does: str
    count: int
    example: str


STAGES = (
    Stage(
        "vad", "Voice detection: what a step costs, and how soon a voice is noticed.", 16, "--json"
    ),
    Stage(
        "turn",
        "Turn-taking: whether the end of a sentence is told from a pause in it.",
        32,
        "--count 64",
    ),
    Stage(
        "pauses",
        "Turn-taking as a whole: who is cut off while they stop to think, how long others wait.",
        48,
        "--count 240",
    ),
    Stage(
        "stt",
        "Transcription, against WhisperModel.transcribe with the same model; of long utterances, in"
        " parts and whole.",
        32,
        "--count 48 --plot stt.png",
    ),
    Stage(
        "llm",
        "The language model's first token, with the prompt's beginning kept and without.",
        12,
        "--json",
    ),
    Stage("tts", "The first sound of an answer, by clauses and as a whole.", 30, "--count 60"),
)


def _register(stage: Stage) -> None:
    epilog = f"Example: voicebot bench {stage.name} {stage.example}"

    @app.command(stage.name, help=stage.does, epilog=epilog)
    def command(
        ctx: typer.Context,
        count: SentencesOption = stage.count,
        as_json: JsonOption = False,
        plot: PlotOption = None,
    ) -> None:
        measure = import_module(f"voicebot.bench.{stage.name}").measure
        _out(asyncio.run(measure(settings_of(ctx), count)), as_json=as_json, plot=plot)


for _stage in STAGES:
    _register(_stage)


@app.command(
    epilog="Examples: voicebot bench voice --count 100 · voicebot bench voice --rooms 4 --plain 0"
)
def voice(
    ctx: typer.Context,
    count: SentencesOption = 40,
    plain: Annotated[int, typer.Option(min=0, metavar="N", help="The plain way's turns.")] = 10,
    rooms: Annotated[int, typer.Option(min=1, metavar="N", help="Customers at once.")] = 1,
    as_json: JsonOption = False,
    plot: PlotOption = None,
) -> None:
    """Whole calls in real rooms, from the end of speech to the first sound."""
    from voicebot.bench.voice import measure

    report = asyncio.run(measure(settings_of(ctx), count, plain, rooms))
    _out(report, as_json=as_json, plot=plot)


@app.command(
    "barge-in",
    epilog="Examples: voicebot bench barge-in · voicebot bench barge-in --rooms 4 --minutes 2",
)
def barge_in(
    ctx: typer.Context,
    count: SentencesOption = 20,
    rooms: Annotated[int, typer.Option(min=1, metavar="N", help="Customers at once.")] = 1,
    minutes: Annotated[
        float, typer.Option(min=1, metavar="N", help="Of its own echo, at each level.")
    ] = 10,
    as_json: JsonOption = False,
    plot: PlotOption = None,
) -> None:
    """Voices over the bot's: words, coughs, "uh-huh", and its own echo."""
    from voicebot.bench.barge_in import measure

    report = asyncio.run(measure(settings_of(ctx), count, rooms, minutes))
    _out(report, as_json=as_json, plot=plot)


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
