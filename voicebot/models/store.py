"""The models' folder on this machine: where a model is, and whether it is the right one."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from voicebot.errors import ModelError
from voicebot.models import judge_onnx, low_rank, minilm_onnx
from voicebot.models.lock import Known, read_lock, stamp_of, write_lock
from voicebot.models.manifest import Derived, Manifest, Model, Profile, load_manifest
from voicebot.models.places import models_dir

_VERSIONS = {"bert": minilm_onnx.VERSION, "judge": judge_onnx.VERSION}

What = Literal["missing", "wrong", "not pinned yet", "not built yet"]


@dataclass(frozen=True)
class Fault:
    """One file that cannot be used, and why."""

    model: str
    path: str
    what: What

    def __str__(self) -> str:
        return f"{self.model}/{self.path} is {self.what}"


def sha256_of(path: Path) -> str:
    """Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ModelStore:
    """`folder` None: the cache's; `manifest` None: the project's. Safe to share by threads."""

    def __init__(self, folder: Path | None = None, manifest: Manifest | None = None) -> None:
        self.folder = (folder or models_dir()).expanduser().absolute()
        self.manifest = manifest or load_manifest()

    def profile(self, name: str) -> Profile:
        """Raises ModelError for an unknown profile."""
        return self.manifest.profile(name)

    def directory(self, name: str) -> Path:
        """A model's folder, which may not exist. Raises ModelError for an unknown model."""
        return self.folder / self.manifest.model(name).name

    def file(self, name: str, suffix: str) -> Path:
        """The one file of a model that ends so. Raises ModelError if none or several do."""
        model = self.manifest.model(name)
        paths = [file.path for file in model.files]
        if model.derived:
            paths.append(model.derived.path)
        fitting = [path for path in paths if path.endswith(suffix)]
        if len(fitting) != 1:
            raise ModelError(f"model {name} has {len(fitting)} files that end in {suffix!r}, not 1")
        return self.directory(name) / fitting[0]

    def fitted_name(self, name: str, output: str) -> str:
        """What a model's output gives is called so: the model's own name where it has no such
        output. Raises ModelError."""
        file = corrections_of(self.manifest.model(name), self.manifest.path.parent).get(output)
        return low_rank.fitted_name(name, file) if file else name

    def require(self, names: Sequence[str]) -> None:
        """Return if every file of these models is the pinned one.

        Takes milliseconds where nothing changed since the last full hash, else hashes what did.
        Raises ModelError, one line that names every bad file and the command that mends it.
        """
        faults = self.faults(names)
        if not faults:
            return
        bad = list(dict.fromkeys(fault.model for fault in faults))
        folder = "" if self.folder == models_dir() else f" --folder {shlex.quote(str(self.folder))}"
        listed = [text for name in bad for text in self._in_short(name, faults)]
        raise ModelError(
            f"models in {self.folder}: {', '.join(listed)}; "
            f"run: voicebot models pull{folder} {' '.join(bad)}"
        )

    def _in_short(self, name: str, faults: list[Fault]) -> list[str]:
        if not self.directory(name).is_dir():
            return [f"{name} is missing"]
        return [str(fault) for fault in faults if fault.model == name]

    def faults(self, names: Sequence[str], *, full: bool = False) -> list[Fault]:
        """What is wrong with these models; `full` hashes every file, changed or not."""
        models = [self.manifest.model(name) for name in dict.fromkeys(names)]
        with ThreadPoolExecutor() as pool:
            beside = self.manifest.path.parent
            checks = [
                check_model(model, self.folder / model.name, beside, pool, full) for model in models
            ]
            return [fault for check in checks for fault in check]

    def forget(self, faults: Sequence[Fault]) -> None:
        """Drop the stamps of these files, so that the next look hashes them again.

        For content that went wrong under an unchanged stat, as a failing disk can do.
        """
        for name in dict.fromkeys(fault.model for fault in faults):
            bad = {fault.path for fault in faults if fault.model == name}
            lock = read_lock(self.directory(name))
            left = {
                path: replace(known, stamp=()) if path in bad else known
                for path, known in lock.items()
            }
            with suppress(OSError):
                write_lock(self.directory(name), left)


def check_model(
    model: Model, directory: Path, beside: Path, pool: ThreadPoolExecutor, full: bool
) -> list[Fault]:
    """The faults of one model. Remembers the stamp of each file that was hashed and right. beside:
    the manifest's folder."""
    lock = read_lock(directory)
    expected: dict[str, tuple[str | None, int | None]] = {
        file.path: (file.sha256 or _known_hash(lock, file.path), file.size) for file in model.files
    }
    faults: list[Fault] = []
    derived = model.derived
    built = _built(lock, derived, inputs_of(model, lock, beside)) if derived else {}
    expected |= {path: (sha256, None) for path, sha256 in built.items()}

    def look(path: str) -> tuple[str, What | Known | None]:
        return path, _check_file(directory / path, *expected[path], lock.get(path), full)

    changed = False
    for path, result in pool.map(look, expected):
        if isinstance(result, Known):
            lock[path] = result
            changed = True
        elif result is not None:
            faults.append(Fault(model.name, path, result))
    if derived and not built:
        faults.append(Fault(model.name, derived.path, "not built yet"))
    if changed:
        # A read-only folder only costs the hash again at the next start.
        with suppress(OSError):
            write_lock(directory, lock)
    return faults


def inputs_of(model: Model, lock: dict[str, Known], beside: Path) -> str:
    """A hash over all that a built file depends on: the fetched files, the corrections beside the
    manifest, and the builder. Raises ModelError if these cannot be read."""
    parts = [f"builder {_VERSIONS[model.derived.builder]}"] if model.derived else []
    corrections = corrections_of(model, beside)
    parts += [low_rank.fitted_name(output, file) for output, file in corrections.items()]
    parts += [f"{f.path} {f.sha256 or _known_hash(lock, f.path)}" for f in model.files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def corrections_of(model: Model, beside: Path) -> dict[str, Path]:
    """The files by the names of the outputs. beside: the manifest's folder."""
    named = model.derived.corrections if model.derived else {}
    return {output: beside / file for output, file in named.items()}


def _known_hash(lock: dict[str, Known], path: str) -> str | None:
    return lock[path].sha256 if path in lock else None


def _built(lock: dict[str, Known], derived: Derived, inputs: str) -> dict[str, str]:
    """The hashes of all built files; nothing where they were not made, or not of these inputs."""
    known = {path: lock[path] for path in derived.paths if path in lock}
    if len(known) < len(derived.paths) or {one.inputs for one in known.values()} != {inputs}:
        return {}
    return {path: one.sha256 for path, one in known.items()}


def _check_file(
    path: Path, sha256: str | None, size: int | None, known: Known | None, full: bool
) -> What | Known | None:
    """A fault, or what was newly found out, or None where the stamp says that all is as it was."""
    try:
        stamp = stamp_of(path)
        if sha256 is None:
            return "not pinned yet"
        if size is not None and stamp[0] != size:
            return "wrong"
        if not full and known and known.sha256 == sha256 and known.stamp == stamp:
            return None
        if sha256_of(path) != sha256:
            return "wrong"
        return Known(sha256, stamp, known.inputs if known else "")
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "wrong"
