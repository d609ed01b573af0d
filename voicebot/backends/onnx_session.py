"""onnxruntime sessions with threads that we chose: the one place that imports the library."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from voicebot.errors import ModelError
from voicebot.scheduler import Cancelled

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(model: Path | bytes, *, threads: int = 1, name: str = "") -> InferenceSession:
    """A session on the CPU that may be used from several threads. model: the file, or what is in
    it; name: what it is called if it is bytes. Raises ModelError.

    Its threads sleep while they wait: by default they spin, and starve the other models. It keeps
    no arena: that makes Piper a tenth quicker, and holds what the longest clause ever took, 100 MB
    and more.
    """
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)  # errors; warnings go to stderr from C
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            model if isinstance(model, bytes) else str(model),
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as exc:  # onnxruntime's errors share no base below Exception
        what = name or str(model)
        raise ModelError(f"cannot load {what}: {exc}; run: voicebot models verify") from exc


def run_unless(
    cancelled: Cancelled, session: InferenceSession, output: str, inputs: Mapping[str, NDArray[Any]]
) -> NDArray[Any] | None:
    """The output, or None when nobody waits for it any more: it ends between two operations.
    Raises what onnxruntime raises."""
    from onnxruntime import RunOptions

    options = RunOptions()

    def stop() -> None:
        options.terminate = True

    cancelled.listen(stop)
    try:
        found: NDArray[Any] = session.run([output], inputs, options)[0]
    except Exception:  # onnxruntime's errors share no base below Exception
        if cancelled.cancelled():
            return None
        raise
    return found
