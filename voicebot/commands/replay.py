"""`voicebot replay`: recorded calls, put to turn-taking once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from voicebot.audio import HEARING_RATE
from voicebot.commands.common import console, loaded_of, print_json, state_of
from voicebot.dialogue.replay import Moment, TurnsTaken, replayed, turns_taken
from voicebot.dialogue.trace import Event, Trace, parsed
from voicebot.errors import RecordingError

if TYPE_CHECKING:
    from voicebot.config import Sections, Turns, Vad

    S = TypeVar("S", Turns, Vad)

HELP = """Put recorded calls to turn-taking once more, and compare what follows.

\b
With the settings of then, and the same code, every event comes again at the
same sample. Ends with 1 where one does not: something in turn-taking has
changed. --set shows what another setting would have made of the call. Up to
the first difference that is certain; what customers said after it, they said
to a bot that did otherwise.

\b
`recording.calls = true` has `voicebot serve` record calls.

\b
Examples:
  voicebot replay data/recordings/*.jsonl
  voicebot replay --set turns.patience=900 --set vad.threshold=0.6 call.jsonl
  voicebot replay --json call.jsonl | jq .turns
"""
SECTIONS = ("turns", "vad")
DIFFERS = 1


@dataclass(frozen=True)
class Replayed:
    """A file, put to turn-taking again."""

    file: Path
    trace: Trace
    moments: tuple[Moment, ...]

    @property
    def first_difference(self) -> Moment | None:
        return next((moment for moment in self.moments if not moment.same), None)

    @property
    def seconds(self) -> float:
        return self.trace.heard / HEARING_RATE

    @property
    def recorded_turns(self) -> TurnsTaken:
        return turns_taken(event for moment in self.moments for event in moment.recorded)

    @property
    def replayed_turns(self) -> TurnsTaken:
        return turns_taken(event for moment in self.moments for event in moment.replayed)


def replay(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recorded calls, .jsonl.")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="turns.* or vad.*; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a call.")] = False,
) -> None:
    changed = _changes(changes or [])
    settings = loaded_of(ctx, changed).settings
    differ = 0
    for file in files:
        found = _replayed(file, settings, tuple(changed))
        differ += found.first_difference is not None
        if as_json:
            print_json(_as_dict(found, changed))
        else:
            _show(found, whole=state_of(ctx).verbosity >= 0)
    if len(files) > 1 and not as_json:
        verb = "differs" if differ == 1 else "differ"
        typer.echo(f"{len(files)} calls, of which {differ or 'none'} {verb}")
    if differ:
        raise typer.Exit(DIFFERS)


replay.__doc__ = HELP


def _changes(given: list[str]) -> dict[str, object]:
    changed: dict[str, object] = {}
    for one in given:
        key, is_, value = one.partition("=")
        if not is_ or key.partition(".")[0] not in SECTIONS:
            raise typer.BadParameter(
                f"{one}: give turns.NAME=VALUE or vad.NAME=VALUE", param_hint="--set"
            )
        changed[key] = value
    return changed


def _replayed(file: Path, settings: Sections, changed: tuple[str, ...]) -> Replayed:
    try:
        with file.open(encoding="utf-8") as lines:
            trace = parsed(lines)
    except (OSError, UnicodeDecodeError, RecordingError) as exc:
        raise RecordingError(f"{file} cannot be replayed: {exc}") from exc
    for key in trace.unknown:
        console.print(f"{file}: {key} is no setting any more, and left out", markup=False)
    turns = _with("turns", trace.turns, settings, changed)
    vad = _with("vad", trace.vad, settings, changed)
    return Replayed(file, trace, tuple(replayed(trace, turns, vad)))


def _with(section: str, recorded: S, settings: Sections, changed: tuple[str, ...]) -> S:
    """The recorded settings, but for those that are changed."""
    parts = [key.partition(".") for key in changed]
    names = [name for start, _, name in parts if start == section]
    wanted = getattr(settings, section)
    return recorded.model_copy(update={name: getattr(wanted, name) for name in names})


# ------------------------------------------------------------------ shown


def _as_dict(found: Replayed, changed: Mapping[str, object]) -> dict[str, Any]:
    trace, first = found.trace, found.first_difference
    return {
        "file": found.file,
        "room": trace.room,
        "began": trace.began,
        "seconds": found.seconds,
        "ended": trace.ended,
        "settings": changed,
        "same": first is None,
        "first_difference": first and asdict(first),
        "turns": {
            "recorded": asdict(found.recorded_turns),
            "replayed": asdict(found.replayed_turns),
        },
        "moments": [asdict(moment) for moment in found.moments],
    }


def _show(found: Replayed, *, whole: bool) -> None:
    """Events like the lines of a diff: = as recorded, < recorded alone, > replayed alone."""
    trace, first = found.trace, found.first_difference
    ends = {None: ", and breaks off there", "left": ""}.get(
        trace.ended, f", where the recording ends: {trace.ended}"
    )
    typer.echo(f"{trace.room}, {trace.began}, {found.seconds:.1f} s{ends}")
    for moment in found.moments if whole else ():
        _list(moment.at, "=" if moment.same else "<", moment.recorded)
        if not moment.same:
            _list(moment.at, ">", moment.replayed)
    was, now = _turns(found.recorded_turns), _turns(found.replayed_turns)
    if first is None:
        typer.echo(f"the same: {was}")
    else:
        typer.echo(f"differs from {_seconds(first.at)} s on, at {first.cause}")
        typer.echo(f"  recorded: {was}\n  replayed: {now}")


def _list(at: int, sign: str, events: Sequence[Event]) -> None:
    for event in events:
        # All numbers in a turn event are samples.
        told = (
            value if isinstance(value, str) else f"{name} {_seconds(value)}"
            for name, value in event.items()
        )
        typer.echo(f"{_seconds(at):>10} {sign} {' '.join(told)}")


def _seconds(samples: int) -> str:
    return f"{samples / HEARING_RATE:.3f}"


def _turns(taken: TurnsTaken) -> str:
    if taken.silence_ms is None:
        return "no turns"
    causes = ", ".join(f"{count} {cause}" for cause, count in sorted(taken.causes.items()))
    many = "turn" if taken.count == 1 else "turns"
    return f"{taken.count} {many} ({causes}), after {taken.silence_ms:.0f} ms of silence (median)"
