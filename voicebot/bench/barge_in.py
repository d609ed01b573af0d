"""Voices over the bot's own: how soon it is silent, what stops it for good, and its own echo.

Real calls in real rooms, measured from outside. The echo goes through voice detection, the guard
and turn-taking alone: these need no room, and run faster than real time.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.audio import HEARING_RATE, SPEAKING_RATE, STEP, Waveform, samples, to_pcm, to_waveform
from voicebot.bench.customers import serve
from voicebot.bench.machine import machine
from voicebot.bench.pauses import open_hearing
from voicebot.bench.report import Report, Samples
from voicebot.bench.spoken import clips
from voicebot.bench.voice import POLICIES, copied
from voicebot.config import Sections
from voicebot.dialogue import phrases
from voicebot.dialogue.ear import for_the_ear
from voicebot.ears import Ears, Hearing
from voicebot.evaluation.statistics import Share
from voicebot.resampling import resample
from voicebot.rooms.customer import Patience, Turn
from voicebot.rooms.report import CallReport
from voicebot.telemetry.turns import TurnRecord

QUESTIONS = ("Do you have headphones under sixty dollars?", *POLICIES)
STOPPING = ("Wait, stop please.", "No, that is not what I meant.", "I have another question.")
BACKCHANNELS = ("Uh huh.", "I see.", "Okay.", "Yeah.", "Right.")  # Flite spells "mm hmm"
KINDS = ("words", "backchannel", "cough")
AFTER_S = (0.8, 1.2, 1.6)  # of the answer, when the voice comes
PAIRS = 6  # of question and voice in a call
PATIENCE = Patience(bot=60, ask_for_bot=60, greeting=40, answer=8, longest_answer=60)
ECHOES_DB = (-20.0, -10.0)
DELAYS_S = (0.03, 0.12, 0.25, 0.45)
ROOM_S = 0.35  # of reverberation, to -60 dB
HISS_DB = -65.0


async def measure(settings: Sections, count: int, rooms: int, minutes: float) -> Report:
    """`count` voices of each kind over answers, in `rooms` calls at once, and `minutes` of echo at
    each level. The shop is a copy. Cancelling ends the calls. Raises ModelError, RoomError."""
    here = machine()
    with tempfile.TemporaryDirectory(prefix="voicebot-bench-") as folder:
        settings = await copied(settings, Path(folder))
        reports, noted = await _calls(settings, count, rooms)
    met = [meeting for report in reports for meeting in _meetings(report, noted)]
    spoken = await _spoken(settings)
    hearing = open_hearing(settings)
    echoes = [_echo(settings, hearing, spoken, db, minutes) for db in ECHOES_DB]
    answers = [record.ms for record in noted]
    return Report(
        "barge-in",
        f"{count} voices of each kind over answers, {rooms} rooms at once, measured from outside"
        f" (about 100 ms of WebRTC); {minutes:g} minutes of its own echo at each level",
        here,
        (
            Samples("voice to silence", tuple(m.silent_ms for m in met if m.silent_ms is not None)),
            Samples("longest gap in an answer", tuple(ms["gap"] for ms in answers if "gap" in ms)),
            Samples("end of playout known", tuple(ms["end"] for ms in answers if "end" in ms)),
        ),
        {
            "words that ended the answer": _share(met, "words", ended=True),
            "backchannels that did": _share(met, "backchannel", ended=True),
            "coughs that did": _share(met, "cough", ended=True),
        },
        {name: value for echo in echoes for name, value in echo.items()},
    )


# ------------------------------------------------------------------ calls


@dataclass(frozen=True)
class _Meeting:
    """A voice over an answer. silent_ms: None where it was no interruption with words."""

    kind: str
    ended: bool
    silent_ms: float | None


async def _calls(
    settings: Sections, count: int, rooms: int
) -> tuple[list[CallReport], list[TurnRecord]]:
    voices = await _voices(settings, count)
    turns = [turn for number, voice in enumerate(voices) for turn in _pair(number, voice)]
    size = 2 * PAIRS
    calls = [turns[start : start + size] for start in range(0, len(turns), size)]
    return await serve(settings, calls, PATIENCE, rooms=rooms, plain=False)


async def _voices(settings: Sections, count: int) -> list[tuple[str, Waveform]]:
    """`count` of each kind, in turn."""
    words = await clips(settings, count, STOPPING)
    small = await clips(settings, count, BACKCHANNELS)
    coughs = [cough(seed) for seed in range(count)]
    return [
        voice
        for word, little, noise in zip(words, small, coughs, strict=True)
        for voice in zip(KINDS, (word.wave, little.wave, noise), strict=True)
    ]


def _pair(number: int, voice: tuple[str, Waveform]) -> Iterator[Turn]:
    kind, wave = voice
    yield Turn("question", text=QUESTIONS[number % len(QUESTIONS)])
    speech = resample(wave, HEARING_RATE, SPEAKING_RATE)
    yield Turn(kind, speech=speech, barge_in_s=AFTER_S[number % len(AFTER_S)])


def _meetings(report: CallReport, noted: Sequence[TurnRecord]) -> Iterator[_Meeting]:
    """Of each voice that came while the bot spoke: what became of the answer it came over."""
    answers = [one for one in noted if one.room == report.room and one.user in QUESTIONS]
    for answer, voice in zip(answers, report.turns[1::2], strict=False):
        if voice.interrupted:
            silent = voice.silent_ms if voice.name == "words" else None
            yield _Meeting(voice.name, answer.interrupted, silent)


def _share(met: Sequence[_Meeting], kind: str, *, ended: bool) -> Share:
    outcomes = [meeting.ended for meeting in met if meeting.kind == kind]
    return Share(outcomes.count(ended), len(outcomes))


def cough(seed: int) -> Waveform:
    """One to three bursts of noise with the resonances of an open throat, at HEARING_RATE."""
    random = np.random.default_rng(seed)
    parts = [np.zeros(samples(0.2))]
    for _ in range(random.integers(1, 4)):
        length = samples(random.uniform(0.1, 0.25))
        hertz = np.fft.rfftfreq(length, 1 / HEARING_RATE)
        throat = 0.1 + sum(
            height * np.exp(-np.square((hertz - centre) / width))
            for centre, width, height in ((500, 300, 1.0), (1500, 500, 0.7), (2800, 700, 0.4))
        )
        burst = np.fft.irfft(np.fft.rfft(random.standard_normal(length)) * throat, length)
        burst *= np.minimum(np.arange(length) / samples(0.008), 1.0)
        burst *= np.exp(-np.arange(length) / samples(0.07))
        parts += [burst / np.abs(burst).max() * 0.5, np.zeros(samples(random.uniform(0.05, 0.2)))]
    return np.concatenate([*parts, np.zeros(samples(0.3))]).astype(np.float32)


# ------------------------------------------------------------------ its own echo


async def _spoken(settings: Sections) -> Waveform:
    """All that the bot has ready to say, one after the other, at HEARING_RATE."""
    synthesizer = assemble.open_synthesizer(settings, Files.of(settings))
    pieces = [
        piece.pcm
        for text in phrases.FIXED
        async for piece in synthesizer.synthesize(for_the_ear(text))
    ]
    return resample(to_waveform(np.concatenate(pieces)), SPEAKING_RATE, HEARING_RATE)


def _echo(
    settings: Sections, hearing: Hearing, spoken: Waveform, db: float, minutes: float
) -> dict[str, float]:
    """Each minute is a call of its own, in another room."""
    found: Counter[str] = Counter()
    seconds = took = 0.0
    for minute in range(max(1, round(minutes))):
        said = np.resize(np.roll(spoken, -minute * samples(7.3)), samples(60.0))
        heard = echo(said, db, DELAYS_S[minute % len(DELAYS_S)], minute)
        began = time.process_time()
        found += in_silence(Ears(hearing, settings.turns, settings.vad), heard, said)
        took, seconds = took + time.process_time() - began, seconds + 60.0
    name = f"echo at {db:g} dB"
    return {
        f"{name}, stopped by it": float(found["Interrupted"]),
        f"{name}, made quieter by it": float(found["Noticed"]),
        f"{name}, taken for a turn": float(found["Ended"]),
        f"{name}, CPU of hearing, ms a second": took / seconds * 1000,
    }


def in_silence(ears: Ears, heard: Waveform, said: Waveform) -> Counter[str]:
    """How often each turn event came of what is heard while that is said."""
    found: Counter[str] = Counter()
    sent = to_pcm(resample(said, HEARING_RATE, SPEAKING_RATE))
    for start in range(0, len(heard) - STEP + 1, STEP):
        ears.taker.bot_speaks(True)
        played = sent[start * 3 : (start + STEP) * 3]
        found.update(
            type(event).__name__ for event in ears.hear(heard[start : start + STEP], played)
        )
    return found


def echo(said: Waveform, db: float, delay_s: float, seed: int) -> Waveform:
    """From a loudspeaker through a room to a microphone, `db` below what was said."""
    random = np.random.default_rng(seed)
    passed = np.arange(samples(0.25)) / HEARING_RATE
    room = random.standard_normal(len(passed)) * 10 ** (-3 * passed / ROOM_S) * 0.25
    room[0] = 1.0
    length = len(said) + len(room)
    back = np.fft.irfft(np.fft.rfft(said, length) * np.fft.rfft(room, length), length)
    back *= 10 ** (db / 20) * np.sqrt(np.mean(np.square(said)) / np.mean(np.square(back)))
    hiss = random.standard_normal(len(said)) * 10 ** (HISS_DB / 20)
    heard = np.pad(back, (samples(delay_s), 0))[: len(said)] + hiss
    return np.asarray(heard, np.float32)
