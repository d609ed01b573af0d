"""`voicebot models`: list, pull, verify, export and import. Data on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from voicebot.errors import VoicebotError
from voicebot.models.bundle import export_bundle, import_bundle
from voicebot.models.progress import Bars, Lines, report_to_stderr
from voicebot.models.pull import Origins, pull
from voicebot.models.store import Fault, ModelStore
from voicebot.settings import load

app = typer.Typer(
    help="The model files: what is needed, fetch it, check it, carry it to another box.",
    no_args_is_help=True,
)

Names = Annotated[
    list[str] | None, typer.Argument(help="Models by name; none: all of the profile.")
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", "-p", help="small, medium or gpu; none: as in the settings."),
]
FolderOption = Annotated[
    Path | None, typer.Option("--folder", help="Where models are kept; none: as in the settings.")
]
_WIDTHS = (9, 34, 7, 8, 20)
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def _opened(
    ctx: typer.Context,
    profile: str | None = None,
    folder: Path | None = None,
    names: list[str] | None = None,
) -> tuple[ModelStore, list[str]]:
    """The store, and the models that are meant: those named, else the profile's."""
    flags = {"models.profile": profile, "models.folder": folder}
    given = {key: value for key, value in flags.items() if value is not None}
    # Mounted in the whole command line its root has --config; alone there is none.
    config: Path | None = getattr(ctx.find_root().obj, "config", None)
    settings = load(config, given).settings.models
    store = ModelStore(settings.folder)
    for name in names or ():
        store.manifest.model(name)
    return store, names or list(store.profile(settings.profile).names)


def _report(ctx: typer.Context) -> Bars | Lines:
    return report_to_stderr(quiet=getattr(ctx.find_root().obj, "verbosity", 0) < 0)


@app.command(
    "list",
    epilog="Example: voicebot models list --all --json | jq '.[].licence'",
)
def list_models(
    ctx: typer.Context,
    profile: ProfileOption = None,
    every: Annotated[bool, typer.Option("--all", help="Of every profile.")] = False,
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is needed, and whether it is here."""
    store, names = _opened(ctx, profile, folder)
    if every:
        names = list(store.manifest.all_names)
    rows = _rows(store, names, store.faults(names))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        bytes_ = store.manifest.model(str(row["name"])).size
        size = f"{bytes_ / 1e6:.0f} MB" if bytes_ else "unknown"
        cells = (row["role"], row["name"], row["state"], size, row["licence"])
        typer.echo(
            "  ".join(f"{cell:<{w}}" for cell, w in zip(cells, _WIDTHS, strict=True)).rstrip()
        )


@app.command(
    "pull",
    epilog="Examples: voicebot models pull --profile medium | voicebot models pull whisper-base | "
    "voicebot models pull --from /media/usb/voicebot.tar | "
    "voicebot models pull --mirror http://nas.lan/models",
)
def pull_models(
    ctx: typer.Context,
    names: Names = None,
    profile: ProfileOption = None,
    folder: FolderOption = None,
    origin: Annotated[
        Path | None,
        typer.Option("--from", help="A folder laid out like ours, or a bundle: looked at first."),
    ] = None,
    mirror: Annotated[
        str,
        typer.Option(
            help="Base URL of a web server with <model>/<file>; asked before the manifest's.",
            envvar="VOICEBOT_MODELS_MIRROR",
        ),
    ] = "",
) -> None:
    """Fetch what is missing or wrong; run again, it goes on where it stopped."""
    store, wanted = _opened(ctx, profile, folder, names)
    if origin is not None and not origin.exists():
        raise typer.BadParameter(f"there is no {origin}", param_hint="--from")
    with _report(ctx) as report:
        if origin is not None and origin.is_file():
            import_bundle(store, origin, report)
            origin = None
        pull(store, wanted, Origins(origin, mirror), report)


@app.command(
    "verify", epilog="Example: voicebot models verify --profile gpu || systemctl stop shop"
)
def verify_models(
    ctx: typer.Context,
    names: Names = None,
    profile: ProfileOption = None,
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hash every file in full; exit code 4 if one is missing or not the pinned one."""
    store, wanted = _opened(ctx, profile, folder, names)
    faults = store.faults(wanted, full=True)
    if as_json:
        typer.echo(json.dumps(_rows(store, wanted, faults), indent=2))
    else:
        for name in dict.fromkeys(wanted):
            bad = [f"{fault.path} is {fault.what}" for fault in faults if fault.model == name]
            typer.echo(f"{name}: {', '.join(bad) or 'ok'}")
    if faults:
        store.forget(faults)
        store.require(wanted)


@app.command("export", epilog="Example: voicebot models export /media/usb/voicebot.tar")
def export_models(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The bundle to write, one uncompressed tar.")],
    names: Names = None,
    profile: ProfileOption = None,
    folder: FolderOption = None,
) -> None:
    """Write models and manifest into one file for a box without network."""
    store, wanted = _opened(ctx, profile, folder, names)
    with _report(ctx) as report:
        export_bundle(store, wanted, file, report)


@app.command("import", epilog="Example: voicebot models import /media/usb/voicebot.tar")
def import_models(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A bundle made by `voicebot models export`.")],
    folder: FolderOption = None,
) -> None:
    """Take models out of a bundle; every file is checked against this version's manifest."""
    store, _ = _opened(ctx, folder=folder)
    with _report(ctx) as report:
        import_bundle(store, file, report)


def _rows(store: ModelStore, names: list[str], faults: list[Fault]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name in dict.fromkeys(names):
        model = store.manifest.model(name)
        whats = [fault.what for fault in faults if fault.model == name]
        rows.append(
            {
                "name": name,
                "role": model.role,
                "state": ("wrong" if "wrong" in whats else "missing") if whats else "ok",
                "profiles": store.manifest.profiles_of(name),
                "size_bytes": model.size,
                "licence": model.licence,
                "homepage": model.homepage,
                "folder": str(store.directory(name)),
                "faults": [str(fault) for fault in faults if fault.model == name],
            }
        )
    return rows


def main() -> None:
    """Run the commands; an expected error is one line on stderr and its own exit code."""
    try:
        app(prog_name="voicebot models")
    except VoicebotError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
