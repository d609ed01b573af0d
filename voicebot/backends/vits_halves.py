"""A VITS voice's graph parted into its two halves, once: they are kept for later starts.

Parting takes seconds, and memory that the process never gives back, so it is done in a process of
its own: python -m voicebot.backends.vits_halves MODEL FOLDER
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.errors import ModelError

if TYPE_CHECKING:
    from onnx import ModelProto

log = logging.getLogger(__name__)

_DECODER = "/dec/"
_ENCODER_FILE, _DECODER_FILE, _BETWEEN_FILE = "encoder.onnx", "decoder.onnx", "between.json"
_PARTING_S = 120.0


@dataclass(frozen=True)
class Halves:
    """A voice's graph as ONNX, in files or in memory. between: the names of what goes from one half
    to the other, the frames (batch, channels, frames) first. Without a decoder the first half is
    all of it."""

    encoder: Path | bytes
    decoder: Path | bytes | None = None
    between: tuple[str, ...] = ()


def halves(model: Path, kept: Path) -> Halves:
    """Those in the folder `kept`, where they are put if they are missing. A folder that cannot be
    written to costs every start the time and memory. Raises ModelError where the file is no graph.
    """
    try:
        place = kept / _name(model)
        if not (place / _BETWEEN_FILE).exists():
            _part_aside(model, place)
        between = tuple(json.loads((place / _BETWEEN_FILE).read_text("utf-8")))
    except (OSError, ValueError, subprocess.SubprocessError) as exc:
        log.info("the halves of %s are not kept in %s: %s", model.name, kept, exc)
        return split(model)
    if not between:
        return Halves(model)
    return Halves(place / _ENCODER_FILE, place / _DECODER_FILE, between)


def _name(model: Path) -> str:
    """Another one for another file of that name. Raises OSError."""
    stat = model.stat()
    of = f"{model.resolve()} {stat.st_size} {stat.st_mtime_ns}"
    return f"{model.stem}-{hashlib.sha256(of.encode()).hexdigest()[:12]}"


def _part_aside(model: Path, place: Path) -> None:
    """Raises OSError, SubprocessError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", __name__, str(model), str(place)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PARTING_S)
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise OSError(last or f"parting ended with code {done.returncode}")


def keep(model: Path, place: Path) -> None:
    """Part it into the folder `place`, which is there with all that it holds or not at all; what
    was kept of another voice by that name goes. Raises ModelError, OSError."""
    parted = split(model)
    with tempfile.TemporaryDirectory(prefix=".parting-", dir=place.parent) as folder:
        made = Path(folder) / place.name
        made.mkdir()
        if isinstance(parted.decoder, bytes) and isinstance(parted.encoder, bytes):
            _write(made / _ENCODER_FILE, parted.encoder)
            _write(made / _DECODER_FILE, parted.decoder)
        _write(made / _BETWEEN_FILE, json.dumps(parted.between).encode())
        for former in place.parent.glob(f"{model.stem}-????????????"):
            shutil.rmtree(former, ignore_errors=True)
        made.rename(place)


def _write(file: Path, data: bytes) -> None:
    """On the disk before it has its name: a power cut must leave no half of it."""
    with file.open("wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def split(model: Path) -> Halves:
    """In memory. Raises ModelError where the file is no graph."""
    import onnx
    from onnx.utils import Extractor

    try:
        whole: ModelProto = onnx.load(str(model))
    except Exception as exc:  # protobuf's errors share no base below Exception
        raise ModelError(f"cannot load {model}: {exc}; run: voicebot models verify") from exc
    between = _between(whole)
    if not between:
        return Halves(model)
    extract = Extractor(whole).extract_model
    encoder = extract([one.name for one in whole.graph.input], list(between))
    decoder = extract(list(between), [whole.graph.output[0].name])
    return Halves(encoder.SerializeToString(), decoder.SerializeToString(), between)


def _between(whole: ModelProto) -> tuple[str, ...]:
    """What the decoder takes from the nodes before it, in its own order; nothing where the graph
    does not tell of what type that is, so that it cannot be parted there."""
    typed = {one.name for one in whole.graph.value_info}
    weights = {one.name for one in whole.graph.initializer}
    inside = [node for node in whole.graph.node if node.name.startswith(_DECODER)]
    made = {name for node in inside for name in node.output}
    taken = (name for node in inside for name in node.input)
    between = tuple(dict.fromkeys(name for name in taken if name not in weights | made))
    return between if typed.issuperset(between) else ()


if __name__ == "__main__":
    try:
        keep(Path(sys.argv[1]), Path(sys.argv[2]))
    except (ModelError, OSError) as error:
        sys.exit(str(error))
