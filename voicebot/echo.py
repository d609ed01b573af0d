"""Whether what is heard is the bot's own voice, come back from the customer's loudspeaker.

A browser cancels its echo; a plain client, a box with its own microphone or a speakerphone may
not. Sample for sample the way of an echo cannot be followed here: Opus, jitter buffers and two
clocks lie in it. Its levels can: what is heard is what was played a moment ago, weaker by so many
decibels in each band. That difference is learnt for every delay up to half a second; the delays at
which it stays the same say what of the present sound is echo. What is louder than that is somebody
else, also while the bot speaks (double talk).
"""

from __future__ import annotations

import numpy as np
from numpy import fft
from numpy.typing import NDArray

from voicebot.audio import HEARING_RATE, SPEAKING_RATE, STEP, Pcm, Waveform

HOP = STEP // 2  # 16 ms
WINDOW = 2 * HOP
BANDS = 14
LOWEST, HIGHEST = 150.0, 4000.0  # Hz; above it Opus and small loudspeakers do as they like
DELAYS = 32  # hops, 512 ms
JITTER = 2  # hops that the delay may wander
DECAY_DB = 2.5  # of a room with 0.4 s of reverberation, in a hop
SILENT_DB = -62.0  # level of a band below which nothing is played
SILENT_PEAK = 0.001  # from lowest to highest sample: the same for all that is played
PRIOR_DB = 0.0  # what is heard against what was played, before anything is known: as loud
PRIOR_MISS_DB = 8.0  # by which that is off
PRIOR_HOPS = 6.0  # so much that counts
MEMORY = 64.0  # hops of playing, about a second
DOUBLE_TALK = 0.1  # of the usual pace is learnt while somebody else is heard
MARGIN_DB = 6.0  # the prediction of a band is off by about 4
UNSURE_DB = 12.0  # added to the next while nothing is known
AS_GOOD_DB = 1.0  # delays whose prediction is off by no more than this above the best are believed
OWN_SHARE = 0.25  # of the power heard, unexplained: more is somebody else
LEAST_SHARE = 0.01  # of the power heard, in the bands: else it is no voice of ours either
PRESENT_DB = -40.0  # an echo weaker than this is none

Levels = NDArray[np.float64]


def _edges() -> NDArray[np.intp]:
    """Of the bands, in bins: equally wide on the mel scale, at least a bin each."""
    lowest, highest = (float(2595 * np.log10(1 + hertz / 700)) for hertz in (LOWEST, HIGHEST))
    mel = np.linspace(lowest, highest, BANDS + 1)
    hertz = 700 * (10 ** (mel / 2595) - 1)
    # Not np.unique, which at its first call imports half a library.
    return np.array(sorted(set(np.round(hertz * WINDOW / HEARING_RATE))), np.intp)


_HANN = np.hanning(WINDOW)
_EDGES = _edges()


class EchoGuard:
    """One customer's. Feed it each step that is heard with what was played since the last one."""

    def __init__(self) -> None:
        self._heard_tail = np.zeros(HOP)
        self._played = np.zeros(HOP)  # at HEARING_RATE, not compared yet; a window's half at least
        self._levels = np.full((DELAYS + JITTER, BANDS), -120.0)  # played, latest first
        self._ringing = self._levels.copy()  # the same, dying away as in a room
        self._gain = np.full((DELAYS, BANDS), PRIOR_DB)
        self._weight = np.full((DELAYS, 1), PRIOR_HOPS)
        self._error = np.full(DELAYS, PRIOR_MISS_DB)
        self._idle = DELAYS + 1  # hops since something was played

    @property
    def present(self) -> bool:
        """Whether the customer's microphone hears us at all, as far as is known."""
        return bool(self._gain[int(np.argmin(self._error))].mean() > PRESENT_DB)

    def is_own(self, step: Waveform, played: Pcm) -> bool:
        """Whether the STEP samples heard are nothing but our voice. played: at SPEAKING_RATE, since
        the last call; empty while nothing sounds."""
        sent = _at_hearing_rate(played)
        silent = not len(sent) or float(np.ptp(sent)) < SILENT_PEAK
        if silent and self._idle > DELAYS and len(self._played) <= HOP:
            self._heard_tail = step[-HOP:].astype(np.float64)
            return False
        self._take(sent)
        sound = np.concatenate([self._heard_tail, step])
        self._heard_tail = sound[-HOP:]
        heard = unexplained = 0.0
        for start in (0, HOP):
            power, strange = self._compare(self._bands(sound[start : start + WINDOW]))
            heard, unexplained = heard + power, unexplained + strange
        compared = heard > LEAST_SHARE * 2 * float(np.mean(np.square(sound)))
        return compared and unexplained <= OWN_SHARE * heard

    def _take(self, sent: NDArray[np.float64]) -> None:
        """A sixth of a frame more or less comes each time; a step is taken at a time."""
        self._played = np.concatenate([self._played, sent])
        short = HOP + STEP - len(self._played)
        if short > 0:  # it has just begun, or just ended
            self._played = np.concatenate([self._played, np.zeros(short)])
        self._played = self._played[-(HOP + 8 * STEP) :]  # behind by more: the beginning is lost

    def _compare(self, heard: Levels) -> tuple[float, float]:
        """Power heard in a hop, and how much of it no echo explains."""
        self._push(self._bands(self._played[:WINDOW]))
        self._played = self._played[HOP:]
        level = self._levels[:DELAYS]
        active = level > SILENT_DB
        off = heard - level
        unsure = UNSURE_DB * PRIOR_HOPS / float(self._weight.max())
        believed = self._error <= self._error.min() + AS_GOOD_DB + unsure
        predicted = (self._near() + self._gain)[believed].max(axis=0)
        power, beyond = 10 ** (heard / 10), heard > predicted + MARGIN_DB
        usual = power[beyond].sum() <= OWN_SHARE * power.sum()
        self._learn(off, active, 1.0 if usual else DOUBLE_TALK)
        # Nothing is explained by an echo that is none.
        return float(power.sum()), float(power[beyond | (predicted < SILENT_DB - 10)].sum())

    def _near(self) -> Levels:
        """For each delay, what rang then or JITTER hops before or after it."""
        ringing = np.concatenate([self._ringing[:1]] * JITTER + [self._ringing])
        moments = [ringing[place : place + DELAYS] for place in range(2 * JITTER + 1)]
        return np.asarray(np.maximum.reduce(moments))

    def _learn(self, off: Levels, active: NDArray[np.bool_], pace: float) -> None:
        some = active.any(axis=1, keepdims=True)
        miss = np.where(active, np.abs(off - self._gain), 0.0).sum(axis=1)
        count = active.sum(axis=1)
        rate = pace / (self._weight + 1)
        heard = count > 0
        self._error[heard] += rate[heard, 0] * (miss[heard] / count[heard] - self._error[heard])
        self._gain += np.where(active, rate * (off - self._gain), 0.0)
        self._weight = np.minimum(MEMORY, self._weight + pace * some)

    def _push(self, levels: Levels) -> None:
        self._levels = np.roll(self._levels, 1, axis=0)
        self._levels[0] = levels
        ringing = np.maximum(levels, self._ringing[0] - DECAY_DB)
        self._ringing = np.roll(self._ringing, 1, axis=0)
        self._ringing[0] = ringing
        self._idle = 0 if levels.max() > SILENT_DB else self._idle + 1

    def _bands(self, window: NDArray[np.floating]) -> Levels:
        """dBFS of each band of WINDOW samples."""
        power = np.square(np.abs(fft.rfft(window * _HANN))) / (WINDOW * WINDOW / 8)
        return np.asarray(10 * np.log10(np.add.reduceat(power, _EDGES)[:BANDS] + 1e-12))


def _at_hearing_rate(played: Pcm) -> NDArray[np.float64]:
    """Near enough: what is folded down by it lies above the bands."""
    ratio = SPEAKING_RATE // HEARING_RATE
    whole = played[: len(played) // ratio * ratio].reshape(-1, ratio)
    return np.asarray(whole.mean(axis=1) / 32768)
