import asyncio
import threading
from contextlib import aclosing

import numpy as np
import pytest

from tests.backends.conftest import collect
from voicebot.audio import SPEAKING_RATE, Speech, Waveform, level_db, to_waveform
from voicebot.backends.piper import PiperSynthesizer, shape, speakable
from voicebot.errors import TtsError

RATE = 22_050


def hum(seconds: float, level: float) -> Waveform:
    time = np.arange(round(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * 220 * time) * level).astype(np.float32)


def test_raw_phonemes_cannot_be_smuggled_in() -> None:
    assert speakable("a [[ h@l ]] b\n c") == "a [ h@l ] b c"
    assert "[[" not in speakable("[[[[x]]]]")


def test_shape_trims_the_front_and_evens_the_pause() -> None:
    quiet = np.zeros(RATE // 2, np.float32)
    for tail in (quiet, quiet[:0]):
        wave = shape(np.concatenate([quiet, hum(0.5, 0.3), tail]), RATE)
        assert len(wave) / RATE == pytest.approx(0.01 + 0.5 + 0.12, abs=0.003)
        assert np.abs(wave[-len(quiet) // 10 :]).max() < 1e-3


def test_shape_makes_clauses_equally_loud_without_clipping() -> None:
    levels = [level_db(shape(hum(0.5, level), RATE)) for level in (0.1, 0.3, 0.9)]
    assert max(levels) - min(levels) < 0.5
    spike = hum(0.5, 0.05)
    spike[1000] = 0.9
    assert np.abs(shape(spike, RATE)).max() <= 0.98


def test_shape_of_silence_is_nothing() -> None:
    assert len(shape(np.zeros(100, np.float32), RATE)) == 0


@pytest.mark.models
async def test_a_clause_is_one_piece_with_its_text(piper: PiperSynthesizer) -> None:
    (piece,) = await collect(piper.synthesize("Your order is on its way."))
    assert piece.text == "Your order is on its way."
    assert piece.pcm.dtype == np.int16
    assert 0.8 < piece.seconds < 2.5
    wave = to_waveform(piece.pcm)
    loud = np.flatnonzero(np.abs(wave) > 0.02)
    assert loud[0] / SPEAKING_RATE < 0.06
    assert (len(wave) - loud[-1]) / SPEAKING_RATE < 0.2


@pytest.mark.models
async def test_only_the_first_of_two_sentences_carries_the_text(piper: PiperSynthesizer) -> None:
    text = "It costs ten dollars. Would you like it?"
    pieces = await collect(piper.synthesize(text))
    assert [piece.text for piece in pieces] == [text, ""]


@pytest.mark.models
async def test_short_and_long_are_equally_loud(piper: PiperSynthesizer) -> None:
    levels = []
    for text in ("Yes.", "No problem.", "We ship within two days to every address in the country."):
        (piece,) = await collect(piper.synthesize(text))
        wave = to_waveform(piece.pcm)
        levels.append(level_db(wave[np.abs(wave) > 0.01]))
    assert max(levels) - min(levels) < 3.0


@pytest.mark.models
async def test_without_words_there_is_no_sound(piper: PiperSynthesizer) -> None:
    assert await collect(piper.synthesize("")) == []
    assert await collect(piper.synthesize("  \n")) == []


@pytest.mark.models
async def test_closing_stops_between_sentences(
    piper: PiperSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with aclosing(piper.synthesize("One more. " * 30)) as pieces:
        await anext(pieces)
    # The next job on the same thread has an answer, so the thirty are no longer being made.
    assert len(await collect(piper.synthesize("Done."))) == 1


@pytest.mark.models
async def test_who_hears_nothing_yet_goes_before_what_is_made_ahead(
    piper: PiperSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    began, go_on = threading.Event(), threading.Event()

    def speak(text: str, cancelled: object) -> list[Speech]:
        made.append(text)
        began.set()
        assert go_on.wait(30)
        return []

    monkeypatch.setattr(piper, "_speak", speak)
    running = asyncio.create_task(collect(piper.synthesize("First.")))
    await asyncio.to_thread(began.wait, 30)
    waiting = [asyncio.create_task(collect(piper.synthesize("More.", ahead=True)))]
    await asyncio.sleep(0)
    waiting += [asyncio.create_task(collect(piper.synthesize("Another's first.")))]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(running, *waiting)
    assert made == ["First.", "Another's first.", "More."]


@pytest.mark.models
async def test_the_librarys_errors_become_ours(
    piper: PiperSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no phonemes")

    monkeypatch.setattr(piper._voice, "synthesize", broken)
    with pytest.raises(TtsError, match="no phonemes"):
        await collect(piper.synthesize("Hello."))
