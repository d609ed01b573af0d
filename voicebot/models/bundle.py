"""Models as one tar file, for a box without network: made on one machine, read on another.

The tar holds the manifest, the hashes of all files, and the files as `<model>/<path>`. On import
the manifest of the importing machine decides: no name outside it, no content but the pinned one.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from voicebot.errors import ModelError
from voicebot.models.lock import read_lock
from voicebot.models.manifest import Model, ModelFile
from voicebot.models.progress import Report
from voicebot.models.pull import build_derived, exclusive, install, staging
from voicebot.models.sources import FetchError, copy_counted
from voicebot.models.store import ModelStore, check_model

_MANIFEST = "manifest.toml"
_HASHES = "hashes.json"
_MAX_NOTE_BYTES = 10_000_000


@dataclass(frozen=True)
class _Item:
    member: tarfile.TarInfo
    model: Model
    file: ModelFile


def export_bundle(store: ModelStore, names: Sequence[str], bundle: Path, report: Report) -> None:
    """Write these models into `bundle`, which appears only when it is whole.

    Raises ModelError if a model is missing or wrong here, or the bundle cannot be written.
    """
    store.require(names)
    models = [store.manifest.model(name) for name in dict.fromkeys(names)]
    hashes = {
        f"{model.name}/{path}": known.sha256
        for model in models
        for path, known in read_lock(store.folder / model.name).items()
    }
    part = bundle.with_name(bundle.name + ".part")
    try:
        with tarfile.open(part, "w:", format=tarfile.PAX_FORMAT) as tar:
            tar.add(store.manifest.path, _MANIFEST, filter=_anonymous)
            note = json.dumps(hashes, indent=1, sort_keys=True).encode()
            info = tarfile.TarInfo(_HASHES)
            info.size = len(note)
            tar.addfile(info, io.BytesIO(note))
            for model in models:
                report.say(f"{model.name}: into {bundle}")
                for file in model.files:
                    name = f"{model.name}/{file.path}"
                    tar.add(store.folder / name, name, recursive=False, filter=_anonymous)
        part.replace(bundle)
    except OSError as exc:
        part.unlink(missing_ok=True)
        raise ModelError(f"cannot write the bundle {bundle}: {exc}") from exc


def import_bundle(store: ModelStore, bundle: Path, report: Report) -> list[str]:
    """Put a bundle's models in place; returns their names.

    The whole list of contents is looked at before anything is written. Raises ModelError for a
    name that is not in the manifest, anything but plain files, a wrong size or a wrong hash.
    """
    try:
        with exclusive(store, report), tarfile.open(bundle, "r:") as tar:
            items, hashes = _contents(store, tar, bundle)
            for name in dict.fromkeys(item.model.name for item in items):
                own = [item for item in items if item.model.name == name]
                _import_model(store, tar, own, hashes, report)
    except (OSError, tarfile.TarError, EOFError) as exc:
        raise ModelError(f"cannot read the bundle {bundle}: {exc}") from exc
    except FetchError as exc:
        raise ModelError(f"the bundle {bundle} is not right: {exc}; export it again") from exc
    return list(dict.fromkeys(item.model.name for item in items))


def _contents(
    store: ModelStore, tar: tarfile.TarFile, bundle: Path
) -> tuple[list[_Item], dict[str, str]]:
    known = {
        f"{model.name}/{file.path}": (model, file)
        for model in store.manifest.models.values()
        for file in model.files
    }
    items: dict[str, _Item] = {}
    hashes: dict[str, str] = {}
    for member in tar:
        if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.name in items:
            raise FetchError(f"{member.name!r} is not a plain file, or comes twice")
        if member.name in (_MANIFEST, _HASHES):
            if member.name == _HASHES:
                hashes = _read_hashes(tar, member)
            continue
        if member.name not in known:
            raise ModelError(
                f"the bundle {bundle} holds {member.name!r}, which {store.manifest.path} does not "
                "know; use a bundle made by this version of voicebot"
            )
        model, file = known[member.name]
        if file.size is not None and member.size != file.size:
            raise FetchError(f"{member.name} has {member.size} bytes, pinned are {file.size}")
        items[member.name] = _Item(member, model, file)
    return list(items.values()), hashes


def _read_hashes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, str]:
    data = tar.extractfile(member)
    if data is None or member.size > _MAX_NOTE_BYTES:
        raise FetchError(f"{_HASHES} cannot be read")
    try:
        return {str(name): str(value) for name, value in json.loads(data.read()).items()}
    except (ValueError, AttributeError) as exc:
        raise FetchError(f"{_HASHES} cannot be read: {exc}") from exc


def _import_model(
    store: ModelStore,
    tar: tarfile.TarFile,
    items: list[_Item],
    hashes: dict[str, str],
    report: Report,
) -> None:
    model = items[0].model
    with ThreadPoolExecutor() as pool:
        faults = check_model(
            model, store.folder / model.name, store.manifest.path.parent, pool, full=False
        )
    bad = {fault.path for fault in faults}
    needed = [item for item in items if item.file.path in bad]
    if needed:
        report.begin(model.name, sum(item.member.size for item in needed))
    for item in needed:
        part = staging(store, model) / f"{item.file.path}.part"
        part.parent.mkdir(parents=True, exist_ok=True)
        data = tar.extractfile(item.member)
        if data is None:
            raise FetchError(f"{item.member.name} cannot be read")
        with part.open("wb") as out:
            copy_counted(data.read, out.write, lambda count: report.advance(model.name, count))
        # An unpinned file is held at least to the hash that it had where the bundle was made.
        expected = item.file.sha256 or hashes.get(item.member.name)
        install(store, model, item.file.model_copy(update={"sha256": expected}), part, report)
    if bad:
        build_derived(store, model, report)
    report.say(f"{model.name}: ready")


def _anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o644
    return info
