"""What a page recorded while it was connecting."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from tests.rooms.conftest import tone
from voicebot.audio import SPEAKING_RATE, Pcm
from voicebot.rooms.preconnect import DecodeError, decode


def webm(pcm: Pcm) -> bytes:
    """Opus in WebM, as browsers record it."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=SPEAKING_RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")
        frame.sample_rate = SPEAKING_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return out.getvalue()


def pitch(pcm: Pcm) -> float:
    spectrum = np.abs(np.fft.rfft(pcm[1600:9600].astype(np.float64)))
    return float(np.argmax(spectrum)) * 16_000 / 8000


def test_pcm_is_mixed_down_and_resampled() -> None:
    stereo = np.repeat(tone(1.0), 2).tobytes()
    heard = decode(stereo, "audio/pcm", {"sampleRate": "48000", "channels": "2"})
    assert abs(len(heard) - 16_000) < 32
    assert pitch(heard) == pytest.approx(440, abs=2)


def test_opus_in_webm_is_decoded() -> None:
    heard = decode(webm(tone(1.0)), "audio/webm;codecs=opus", {})
    assert abs(len(heard) - 16_000) < 800
    assert pitch(heard) == pytest.approx(440, abs=2)


def test_only_the_last_ten_seconds_are_kept() -> None:
    assert len(decode(tone(12.0).tobytes(), "audio/pcm", {})) == 160_000


@pytest.mark.parametrize(
    ("data", "mime", "attributes"),
    [
        (b"no container at all", "audio/webm", {}),
        (b"", "audio/opus", {}),
        (b"\0\0", "audio/pcm", {"sampleRate": "many"}),
        (b"\0\0", "audio/pcm", {"sampleRate": "1"}),
        (b"\0\0", "audio/pcm", {"channels": "0"}),
    ],
)
def test_what_cannot_be_decoded_is_one_error(
    data: bytes, mime: str, attributes: dict[str, str]
) -> None:
    with pytest.raises(DecodeError):
        decode(data, mime, attributes)
