"""Whether a turn is over, from its sound, by Smart Turn v3."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voicebot.audio import HEARING_RATE, Waveform
from voicebot.backends.mel import log_mel
from voicebot.backends.onnx_session import open_session
from voicebot.errors import ModelError, StageError
from voicebot.scheduler import Cancelled, Priority, Worker

_WINDOW = 8 * HEARING_RATE  # samples that the model looks at


class SmartTurn:
    """The shared model, on a thread of its own."""

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        """Raises ModelError."""
        self._session = open_session(model, threads=threads)
        inputs = self._session.get_inputs()
        if [item.name for item in inputs] != ["input_features"]:
            raise ModelError(f"{model} is not Smart Turn v3: its inputs are {inputs}")
        self._worker = Worker("smart-turn")

    async def finished(self, utterance: Waveform) -> float:
        """Probability that the turn is over. Cancelling frees the caller; a running look ends by
        itself in about 100 ms. Raises StageError."""
        return await self._worker.run(
            lambda cancelled: self._judge(utterance, cancelled), priority=Priority.HEARING
        )

    def close(self) -> None:
        self._worker.close()

    def _judge(self, utterance: Waveform, cancelled: Cancelled) -> float:
        features = log_mel(prepare(utterance))
        if cancelled.cancelled():
            return 0.0
        try:
            output = self._session.run(None, {"input_features": features[None]})[0]
        except Exception as exc:
            raise StageError(f"the end of the turn could not be judged: {exc}") from exc
        return float(output.reshape(-1)[0])


def prepare(utterance: Waveform) -> Waveform:
    """The last 8 s, silence in front where there are fewer, at zero mean and unit variance, which
    is what the features of its training were made of (WhisperFeatureExtractor, do_normalize)."""
    window = np.zeros(_WINDOW, np.float32)
    tail = utterance[-_WINDOW:]
    if len(tail):
        window[-len(tail) :] = tail
    normal: Waveform = (window - window.mean()) / np.sqrt(window.var() + np.float32(1e-7))
    return normal
