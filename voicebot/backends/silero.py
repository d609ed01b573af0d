"""Voice detection by silero-vad's ONNX file, without its package (which imports torch)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voicebot.audio import HEARING_RATE, STEP, Waveform
from voicebot.backends.onnx_session import open_session
from voicebot.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_CONTEXT = 64  # samples of the step before, which the model wants in front (silero-vad 6, 16 kHz)


class SileroDetector:
    """The shared model: 0.1 to 0.4 ms a step, so that it is run on the event loop itself."""

    def __init__(self, model: Path) -> None:
        """Raises ModelError."""
        self._session = open_session(model)
        names = {item.name for item in self._session.get_inputs()}
        if names != {"input", "state", "sr"}:
            raise ModelError(f"{model} is not silero-vad 5 or 6: its inputs are {sorted(names)}")

    def stream(self) -> SileroStream:
        return SileroStream(self._session)


class SileroStream:
    """The state of one participant. Not for use by several threads."""

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        self._rate = np.array(HEARING_RATE, np.int64)
        self.reset()

    def reset(self) -> None:
        self._state = np.zeros((2, 1, 128), np.float32)
        self._input = np.zeros((1, _CONTEXT + STEP), np.float32)

    def probability(self, step: Waveform) -> float:
        """step: STEP samples at 16 kHz; another length is a mistake of the caller's."""
        if len(step) != STEP:
            raise ValueError(f"a step has {STEP} samples, not {len(step)}")
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._input[0, _CONTEXT:] = step
        output, self._state = self._session.run(
            None, {"input": self._input, "state": self._state, "sr": self._rate}
        )
        return float(output[0, 0])
