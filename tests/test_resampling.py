import numpy as np
import pytest

from voicebot.resampling import resample


@pytest.mark.parametrize(("source", "target"), [(48_000, 16_000), (22_050, 48_000)])
def test_a_tone_keeps_its_pitch_and_length(source: int, target: int) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(source) / source)  # double precision, as files give
    made = resample(tone, source, target)
    assert made.dtype == np.float32
    assert abs(len(made) - target) <= 1
    assert int(np.argmax(np.abs(np.fft.rfft(made)))) == 440


def test_nothing_to_convert_is_given_back() -> None:
    empty, sound = np.zeros(0, np.float32), np.ones(8, np.float32)
    assert resample(empty, 48_000, 16_000) is empty
    assert resample(sound, 16_000, 16_000) is sound
