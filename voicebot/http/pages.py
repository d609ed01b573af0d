"""The pages as `scripts/web` built them, kept in memory: a path can name nothing else."""

from __future__ import annotations

import gzip
import mimetypes
import sys
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

WORTH_PACKING = 1024  # bytes
NOT_PACKED = (".woff2", ".png", ".jpg", ".webp")
FOR_EVER = "public, max-age=31536000, immutable"  # assets carry a hash of their content in the name
ASK_AGAIN = "no-cache"


@dataclass(frozen=True)
class _File:
    kind: str
    plain: bytes
    packed: bytes | None


class Pages:
    """The files of a folder by their path below it, read once: a new build is seen at a restart."""

    def __init__(self, folder: Path | None = None) -> None:
        """folder None: where the project's own are built, or installed. One that does not exist
        has no pages."""
        folder = folder or _default_folder()
        self._files = {
            file.relative_to(folder).as_posix(): _read(file)
            for file in sorted(folder.rglob("*"))
            if file.is_file() and not file.name.startswith(".")
        }

    def answer(self, path: str, request: Request) -> Response | None:
        """The file, packed if the client takes it so; None where there is no such file."""
        file = self._files.get(path)
        if file is None:
            return None
        kept = FOR_EVER if path.startswith("assets/") else ASK_AGAIN
        headers = {"Cache-Control": kept, "Vary": "Accept-Encoding"}
        body = file.plain
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = file.packed
        return Response(body, headers=headers, media_type=file.kind)


def _read(file: Path) -> _File:
    plain = file.read_bytes()
    packed = None
    if len(plain) >= WORTH_PACKING and file.suffix not in NOT_PACKED:
        packed = gzip.compress(plain, mtime=0)
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return _File("text/javascript" if file.suffix == ".js" else kind, plain, packed)


def _default_folder() -> Path:
    checkout = Path(__file__).parents[2] / "web"
    if checkout.is_dir():
        return checkout / "dist"
    return Path(sys.prefix, "share", "voicebot", "web")
