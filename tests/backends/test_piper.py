import asyncio
import threading
from contextlib import aclosing

import numpy as np
import pytest

from tests.backends.conftest import collect
from voicebot.audio import SPEAKING_RATE, Speech, Waveform, level_db, to_waveform
from voicebot.backends.piper import PiperSynthesizer, Shaper, UsualLevel, speakable
from voicebot.errors import TtsError

RATE = 22_050


def hum(seconds: float, level: float) -> Waveform:
    time = np.arange(round(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * 220 * time) * level).astype(np.float32)


def shape(wave: Waveform, pieces: int = 1) -> Waveform:
    """A whole sentence, pushed in so many pieces."""
    shaper = Shaper(RATE, UsualLevel(RATE).learn(wave))
    return np.concatenate([*map(shaper.push, np.array_split(wave, pieces)), shaper.close()])


def test_raw_phonemes_cannot_be_smuggled_in() -> None:
    assert speakable("a [[ h@l ]] b\n c") == "a [ h@l ] b c"
    assert "[[" not in speakable("[[[[x]]]]")


def test_shape_trims_the_front_and_evens_the_pause() -> None:
    quiet = np.zeros(RATE // 2, np.float32)
    for tail in (quiet, quiet[:0]):
        wave = shape(np.concatenate([quiet, hum(0.5, 0.3), tail]))
        assert len(wave) / RATE == pytest.approx(0.01 + 0.5 + 0.12, abs=0.003)
        assert np.abs(wave[-len(quiet) // 10 :]).max() < 1e-3


def test_shape_makes_clauses_equally_loud_without_clipping() -> None:
    levels = [level_db(shape(hum(0.5, level))) for level in (0.1, 0.3, 0.9)]
    assert max(levels) - min(levels) < 0.5
    spike = hum(0.5, 0.05)
    spike[1000] = 0.9
    assert np.abs(shape(spike)).max() <= 0.98


@pytest.mark.parametrize("pieces", [2, 7, 40])
def test_shape_of_pieces_is_that_of_the_whole(pieces: int) -> None:
    pause = np.zeros(RATE // 4, np.float32)
    wave = np.concatenate([pause, hum(0.4, 0.3), pause, hum(0.3, 0.2), pause])
    assert np.allclose(shape(wave, pieces), shape(wave))


def test_a_pause_is_held_until_it_is_no_end() -> None:
    shaper = Shaper(RATE, 0.2)
    shaper.push(hum(0.2, 0.3))
    assert len(shaper.push(np.zeros(RATE // 4, np.float32))) == 0
    assert len(shaper.push(hum(0.2, 0.3))) / RATE == pytest.approx(0.45, abs=0.01)


def test_the_usual_level_is_a_mean_of_the_latest() -> None:
    level = UsualLevel(RATE)
    assert level.learn(np.zeros(100, np.float32)) == 0.0
    own = level.learn(hum(1.0, 0.1))
    assert level.usual is None  # of one second
    for _ in range(60):
        level.learn(hum(1.0, 0.1))
    assert level.usual == pytest.approx(own, rel=0.01)
    for _ in range(300):
        own = level.learn(hum(1.0, 0.3))
    assert level.usual == pytest.approx(own, rel=0.05)


def test_shape_of_silence_is_nothing() -> None:
    assert len(shape(np.zeros(100, np.float32))) == 0


async def warm(piper: PiperSynthesizer) -> None:
    """How loud the voice is, is known from now on."""
    await collect(piper.synthesize("We ship within two days to every address in the country. " * 3))


@pytest.mark.models
async def test_a_clause_comes_in_pieces_the_first_with_its_text(piper: PiperSynthesizer) -> None:
    await warm(piper)
    pieces = await collect(piper.synthesize("Your order is on its way."))
    assert [piece.text for piece in pieces] == [
        "Your order is on its way.",
        *[""] * len(pieces[1:]),
    ]
    assert len(pieces) > 1
    assert pieces[0].seconds < 0.5
    length = sum(len(piece.pcm) for piece in pieces)
    assert pieces[0].expected == pytest.approx(length, rel=0.25)
    assert [piece.expected for piece in pieces[1:]] == [0] * len(pieces[1:])
    wave = to_waveform(np.concatenate([piece.pcm for piece in pieces]))
    assert 0.8 < len(wave) / SPEAKING_RATE < 2.5
    loud = np.flatnonzero(np.abs(wave) > 0.02)
    assert loud[0] / SPEAKING_RATE < 0.06
    assert (len(wave) - loud[-1]) / SPEAKING_RATE < 0.2


@pytest.mark.models
async def test_only_the_first_of_two_sentences_carries_the_text(piper: PiperSynthesizer) -> None:
    await warm(piper)
    text = "It costs ten dollars and ninety-nine cents. Would you like to have one of them?"
    pieces = await collect(piper.synthesize(text))
    assert [piece.text for piece in pieces] == [text, *[""] * len(pieces[1:])]
    assert len([piece for piece in pieces[1:] if piece.expected]) == 1


@pytest.mark.models
async def test_short_and_long_are_equally_loud(piper: PiperSynthesizer) -> None:
    levels = []
    for text in ("Yes.", "No problem.", "We ship within two days to every address in the country."):
        pieces = await collect(piper.synthesize(text))
        wave = to_waveform(np.concatenate([piece.pcm for piece in pieces]))
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
    assert await collect(piper.synthesize("Done."))


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

    monkeypatch.setattr(piper._voice, "speak", broken)
    with pytest.raises(TtsError, match="no phonemes"):
        await collect(piper.synthesize("Hello."))
