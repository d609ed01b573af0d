import numpy as np

from voicebot.audio import HEARING_RATE
from voicebot.backends.mel import log_mel


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * HEARING_RATE)) / HEARING_RATE
    return np.sin(2 * np.pi * hertz * time).astype(np.float32)


def test_shape_and_range() -> None:
    features = log_mel(tone(440, 8.0))
    assert features.shape == (80, 800)
    assert features.dtype == np.float32
    assert features.flags["C_CONTIGUOUS"]
    # The range is cut 80 dB below the peak, which is 2 on this scale.
    assert np.isclose(features.max() - features.min(), 2.0, atol=1e-4)


def test_a_higher_tone_lies_in_a_higher_band() -> None:
    peaks = [int(log_mel(tone(hertz)).mean(axis=1).argmax()) for hertz in (200, 1000, 3000, 7000)]
    assert peaks == sorted(set(peaks))
    # 1 kHz is mel 15 of 45.25; 82 edges enclose 80 bands.
    assert abs(peaks[1] - (15 / 45.2456 * 81 - 1)) <= 1


def test_agrees_with_the_features_that_whisper_was_converted_for() -> None:
    from faster_whisper.feature_extractor import FeatureExtractor

    random = np.random.default_rng(1)
    wave = (random.standard_normal(3 * HEARING_RATE) * 0.1).astype(np.float32)
    for bands in (80, 128):
        reference = FeatureExtractor(feature_size=bands)(wave, padding=0)
        assert np.abs(log_mel(wave, bands) - reference).max() < 1e-3
