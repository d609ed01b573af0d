"""This machine's microphone and loudspeaker through PortAudio, if `sounddevice` is installed.

The loudspeaker's echo is taken out of what the microphone hears, as a browser does it.
"""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import Any

import numpy as np
from livekit import rtc

from voicebot.audio import SPEAKING_RATE, Pcm
from voicebot.errors import RoomError
from voicebot.rooms.recording import FRAME

ECHO_MS = 40  # from writing to PortAudio to hearing it: a first guess, which the canceller mends
BEHIND = 20  # frames, 200 ms; then the oldest goes: a call is live


class Canceller:
    """WebRTC's echo canceller for one microphone and one loudspeaker, in frames of 10 ms."""

    def __init__(self) -> None:
        self._processing = rtc.AudioProcessingModule(echo_cancellation=True, high_pass_filter=True)

    def spoken(self, pcm: Pcm) -> None:
        """A FRAME that goes to the loudspeaker."""
        self._processing.process_reverse_stream(_frame(pcm))

    def heard(self, pcm: Pcm) -> Pcm:
        """A FRAME from the microphone, without the echo in it."""
        frame = _frame(pcm)
        self._processing.set_stream_delay_ms(ECHO_MS)
        self._processing.process_stream(frame)
        return np.frombuffer(frame.data, np.int16).copy()


def _frame(pcm: Pcm) -> rtc.AudioFrame:
    return rtc.AudioFrame(bytearray(pcm.tobytes()), SPEAKING_RATE, 1, FRAME)


class SystemHeadset:
    """`with SystemHeadset() as headset:` Raises RoomError where there is no PortAudio or device."""

    def __init__(self) -> None:
        self._heard: deque[Pcm] = deque(maxlen=BEHIND)
        self._spoken: deque[Pcm] = deque(maxlen=BEHIND)
        self._canceller = Canceller()
        self._stream: Any = None

    def __enter__(self) -> SystemHeadset:
        try:
            import sounddevice  # type: ignore[import-not-found, unused-ignore]
        except (ImportError, OSError) as exc:  # OSError: the library PortAudio itself is missing
            raise RoomError(
                "the microphone needs the package sounddevice and PortAudio:"
                " pip install 'voicebot[microphone]'; or speak files with --wav"
            ) from exc
        try:
            self._stream = sounddevice.Stream(
                samplerate=SPEAKING_RATE,
                blocksize=FRAME,
                channels=1,
                dtype="int16",
                callback=self._exchange,
            )
            self._stream.start()
        except sounddevice.PortAudioError as exc:
            raise RoomError(f"no microphone or loudspeaker can be opened: {exc}") from exc
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def read(self) -> Pcm:
        return self._heard.popleft() if self._heard else np.zeros(FRAME, np.int16)

    def write(self, pcm: Pcm) -> None:
        self._spoken.append(pcm.copy())

    def _exchange(self, heard: Any, spoken: Any, frames: int, time: Any, status: Any) -> None:
        """On PortAudio's thread, FRAME samples; a deque's append and popleft are atomic."""
        self._heard.append(self._canceller.heard(np.array(heard[:, 0], np.int16)))
        pcm = self._spoken.popleft() if self._spoken else np.zeros(0, np.int16)
        out = np.zeros(frames, np.int16)
        out[: len(pcm)] = pcm[:frames]
        self._canceller.spoken(out)
        spoken[:, 0] = out
