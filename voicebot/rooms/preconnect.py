"""What a customer said while his page was still connecting: LiveKit sends it as one byte stream."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np

from voicebot.audio import HEARING_RATE, Pcm, to_pcm, to_waveform
from voicebot.resampling import resample

TOPIC = "lk.agent.pre-connect-audio-buffer"
MOST_BYTES = 4_000_000  # 20 s of 48 kHz stereo PCM; clients keep 10 s
MOST_SAMPLES = 10 * HEARING_RATE


class DecodeError(Exception):
    """The buffer is of a kind that we do not know, or broken."""


def decode(data: bytes, mime_type: str, attributes: Mapping[str, str]) -> Pcm:
    """Mono at HEARING_RATE, the last 10 s of it. Takes milliseconds: call it in a thread."""
    if "pcm" in mime_type or mime_type in ("", "application/octet-stream"):
        sound = _from_pcm(data, attributes)
    else:
        sound = _from_container(data)
    return sound[-MOST_SAMPLES:]


def _from_pcm(data: bytes, attributes: Mapping[str, str]) -> Pcm:
    try:
        rate = int(attributes.get("sampleRate", "48000"))
        channels = int(attributes.get("channels", "1"))
    except ValueError as exc:
        raise DecodeError("sampleRate or channels is no number") from exc
    if not (8_000 <= rate <= 192_000 and 1 <= channels <= 8):
        raise DecodeError(f"{rate} Hz and {channels} channels")
    whole = len(data) // (2 * channels) * 2 * channels
    frames = np.frombuffer(data[:whole], np.int16).reshape(-1, channels)
    mono = frames.mean(axis=1).astype(np.int16) if channels > 1 else frames[:, 0]
    return to_pcm(resample(to_waveform(mono), rate, HEARING_RATE))


def _from_container(data: bytes) -> Pcm:
    """Opus in WebM, MP4 or Ogg, as browsers record it."""
    import av

    parts: list[Pcm] = []
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=HEARING_RATE)
            for frame in container.decode(audio=0):
                parts += [
                    f.to_ndarray().reshape(-1).astype(np.int16) for f in resampler.resample(frame)
                ]
    except (av.error.FFmpegError, IndexError, ValueError) as exc:
        raise DecodeError(str(exc)) from exc
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)
