import asyncio
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.backends.conftest import Voice, noise, silence
from voicebot.audio import HEARING_RATE, Waveform, samples
from voicebot.backends import faster_whisper
from voicebot.backends.faster_whisper import FasterWhisper, loudness, pieces
from voicebot.dialogue import phrases
from voicebot.dialogue.ear import for_the_ear
from voicebot.dialogue.spoken import identifiers
from voicebot.errors import ModelError, SttError
from voicebot.scheduler import Priority
from voicebot.stages import Transcript


def test_long_utterances_are_cut_at_the_quietest_point() -> None:
    wave = noise(60.0, 0.1)
    wave[samples(25.0) : samples(25.3)] = 0
    first, second, third = pieces(wave)
    assert abs(len(first) - samples(25.15)) <= samples(0.2)
    assert max(len(second), len(third)) <= samples(28.0)
    assert np.array_equal(np.concatenate([first, second, third]), wave)


def test_short_utterances_are_one_piece() -> None:
    assert [len(piece) for piece in pieces(silence(3.0))] == [samples(3.0)]
    assert list(pieces(silence(0.0))) == []


def test_loudness_is_that_of_the_loudest_part() -> None:
    wave = np.concatenate([silence(1.0), noise(0.5, 0.1), silence(1.0)])
    level, seconds = loudness(wave)
    assert abs(level - -20.0) < 1.0
    assert seconds == pytest.approx(0.5)


def test_a_folder_without_a_tokenizer_would_reach_for_the_network(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        FasterWhisper(tmp_path)


@pytest.mark.models
@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("What is your return policy?", "return policy"),
        ("Do you have any headphones under sixty dollars?", "headphones under"),
        ("Yes please.", "yes"),
        ("No.", "no"),
    ],
)
async def test_what_is_said_is_heard(
    whisper: FasterWhisper, voice: Voice, said: str, heard: str
) -> None:
    wave = np.concatenate([silence(0.2), await asyncio.to_thread(voice, said), silence(0.3)])
    transcript = await whisper.transcribe(wave)
    assert heard in transcript.text.lower()
    assert transcript.window_s == 8.0
    assert transcript.attempts == 1
    assert -0.6 < transcript.confidence < 0
    assert transcript.no_speech < 0.3


@pytest.mark.models
@pytest.mark.parametrize("said", ["Where is order ORD508?", "Do you have headphones?"])
async def test_what_is_expected_is_told_from_what_is_like_it(
    whisper: FasterWhisper, voice: Voice, said: str
) -> None:
    heard = await whisper.transcribe(await asyncio.to_thread(voice, for_the_ear(said)))
    found = [one.order_id for one in identifiers.heard(heard.text)]
    assert found == [one.order_id for one in identifiers.heard(said)]
    assert ("headphones" in heard.text) == ("headphones" in said)


@pytest.mark.models
async def test_a_listener_who_repeats_what_it_was_told_listens_without_it(
    whisper: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    texts = {0: "I won't return it.", 1: "I want to return it."}
    monkeypatch.setattr(FasterWhisper, "_text", lambda _, ids: texts[ids[0]])

    def decode(_: object, __: object, ___: object, ____: int, hint: str = "", **____s: int) -> Any:
        told.append(hint)
        return [int(bool(hint))], -0.5, 0.0

    monkeypatch.setattr(FasterWhisper, "_decode", decode)
    heard = await whisper.transcribe(noise(1.0, 0.1))
    assert (heard.text, told) == ("I won't return it.", ["", phrases.LIKELY_SENTENCES])


@pytest.mark.models
async def test_more_transcripts_are_followed_where_one_is_doubtful(
    whisper: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FasterWhisper, "_text", lambda _, ids: str(ids[0]))

    def decode(*_: object, beam: int = 1) -> Any:
        return [beam], confidence, 0.0

    monkeypatch.setattr(FasterWhisper, "_decode", decode)
    for confidence, text in ((-0.2, "1"), (-0.5, "5"), (-1.5, "1")):
        heard = await whisper.transcribe(noise(1.0, 0.1))
        assert (heard.text, heard.confidence) == (text, confidence)
        assert heard.acoustics is not None
        assert heard.acoustics.plain == "1"


@pytest.mark.models
async def test_a_hint_leaves_the_words(whisper: FasterWhisper, voice: Voice) -> None:
    wave = await asyncio.to_thread(voice, "What is your return policy?")
    heard = await whisper.transcribe(wave)
    assert heard.acoustics is not None
    hinted = await heard.acoustics.again("Kettles, lamps <|endoftext|> and radios.")
    assert "return policy" in hinted


@pytest.mark.models
async def test_more_than_a_window_is_heard_to_its_end(whisper: FasterWhisper, voice: Voice) -> None:
    first = await asyncio.to_thread(voice, "I bought the blue kettle last week.")
    last = await asyncio.to_thread(voice, "How do I return my headphones?")
    transcript = await whisper.transcribe(np.concatenate([first, silence(26.0), last]))
    assert "kettle" in transcript.text
    assert "headphones" in transcript.text


@pytest.mark.models
@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_heard_in_noise(whisper: FasterWhisper, seed: int) -> None:
    slam = silence(1.5)
    slam[8000:9600] = noise(0.1, 0.5, seed) * np.exp(-np.arange(1600) / 300)
    for wave in (silence(2.0), noise(2.0, 0.0005, seed), noise(2.0, 0.05, seed), slam):
        assert (await whisper.transcribe(wave)).text == ""
    assert await whisper.transcribe(silence(0.0)) == Transcript("")


class Scripted:
    """Stands for the decoder: what it hears with each window and temperature."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *heard: tuple[bool, Transcript]) -> None:
        self.attempts: list[tuple[float, float]] = []
        self.left = list(heard)
        monkeypatch.setattr(FasterWhisper, "_attempt", self.attempt)

    def attempt(self, _: object, attempt: object, *__: object) -> tuple[bool, Transcript]:
        assert isinstance(attempt, faster_whisper._Attempt)
        self.attempts.append((attempt.window_s, attempt.temperature))
        return self.left.pop(0)


@pytest.mark.models
async def test_a_loop_is_tried_again_with_a_longer_window(
    whisper: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = Transcript("where is it", -0.2, 0.01, 16.0)
    looping = Transcript("where is it now where is it now", -0.1, 0.01, 8.0)
    scripted = Scripted(monkeypatch, (False, looping), (True, good))
    heard = await whisper.transcribe(noise(2.0, 0.1))
    assert (heard.text, heard.attempts) == ("where is it", 2)
    assert scripted.attempts == [(8.0, 0.0), (16.0, 0.0)]


@pytest.mark.models
async def test_a_low_confidence_is_tried_again_once(
    whisper: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubtful = [Transcript("Joe", -1.2, 0.1, 8.0), Transcript("Doe", -1.1, 0.1, 16.0)]
    scripted = Scripted(monkeypatch, *[(True, one) for one in doubtful])
    heard = await whisper.transcribe(noise(0.6, 0.1))
    assert (heard.text, heard.attempts) == ("Doe", 2)
    assert scripted.left == []


@pytest.mark.models
async def test_nothing_but_loops_is_nothing(
    whisper: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = Transcript("and then it goes " * 5, -0.1, 0.01, 8.0)
    scripted = Scripted(monkeypatch, *[(False, loop)] * 3)
    assert (await whisper.transcribe(noise(2.0, 0.1))).text == ""
    assert scripted.attempts == [(8.0, 0.0), (16.0, 0.0), (30.0, 0.4)]


@pytest.mark.models
async def test_the_librarys_errors_become_ours(
    whisper: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(FasterWhisper, "_decode", broken)
    with pytest.raises(SttError, match="out of memory"):
        await whisper.transcribe(noise(2.0, 0.1))


def test_a_gpu_that_cannot_be_used_is_told_and_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tokenizer.json").touch()
    tried: list[str] = []

    def opened(folder: Path, threads: int, device: str) -> str:
        tried.append(device)
        if device == "cuda":
            raise ModelError("libcudnn_ops.so.9 cannot be loaded")
        return "model"

    monkeypatch.setattr(faster_whisper, "gpus", lambda: 1)
    monkeypatch.setattr(faster_whisper, "_opened", opened)
    assert faster_whisper._load(tmp_path, 2, "auto") == "model"
    assert tried == ["cuda", "cpu"]
    assert "there is a GPU, and yet whisper runs on the CPU: libcudnn" in caplog.text
    with pytest.raises(ModelError, match="libcudnn"):
        faster_whisper._load(tmp_path, 2, "cuda")


@pytest.mark.models
async def test_the_sound_tells_what_was_said(whisper: FasterWhisper, voice: Voice) -> None:
    wave = await asyncio.to_thread(voice, "My last name is Garcia.")
    acoustics = (await whisper.transcribe(wave)).acoustics
    assert acoustics is not None
    said = [f"My last name is {name}." for name in ("Garcia", "Wilson", "Walker")]
    right, *others = await acoustics.score(said)
    assert right > max(others) + 5
    assert "Garcia" in await acoustics.again("Walker, Garcia, Wilson.")
    assert await acoustics.score([]) == ()
    with pytest.raises(SttError, match="empty"):
        await acoustics.score(["<|endoftext|>"])


@pytest.mark.models
async def test_what_was_heard_in_parts_has_no_one_sound(
    whisper: FasterWhisper, voice: Voice
) -> None:
    said = await asyncio.to_thread(voice, "I bought the blue kettle last week.")
    transcript = await whisper.transcribe(np.concatenate([said, silence(26.0), said]))
    assert transcript.acoustics is None


@pytest.mark.models
async def test_nothing_is_decoded_for_who_went_on_speaking(
    whisper: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding, gone, decoded = threading.Event(), threading.Event(), list[object]()
    encode = whisper._encode

    def slow(*given: object) -> object:
        encoding.set()
        assert gone.wait(30)
        return encode(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(whisper, "_encode", slow)
        patched.setattr(whisper, "_decode", lambda *given: decoded.append(given))
        first = asyncio.create_task(whisper.transcribe(noise(1.0, 0.1)))
        await asyncio.to_thread(encoding.wait, 30)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        gone.set()
        await whisper.transcribe(silence(1.0))  # the thread is free again
    assert decoded == []


@pytest.mark.models
async def test_who_waits_is_heard_before_who_still_speaks(
    whisper: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, go, silent = list[float](), threading.Event(), threading.Event()

    def heard(_: object, wave: Waveform, *__: object) -> Transcript:
        order.append(len(wave) / HEARING_RATE)
        return Transcript("")

    monkeypatch.setattr(FasterWhisper, "_transcribe", heard)
    async with asyncio.TaskGroup() as group:
        group.create_task(whisper._worker.run(lambda _: go.wait(30), priority=Priority.HEARING))
        for seconds, waits in ((6.0, lambda: False), (5.0, silent.is_set), (1.0, None)):
            group.create_task(whisper.transcribe(silence(seconds), waits=waits))
        await asyncio.sleep(0)
        silent.set()
        go.set()
    assert order == [5.0, 1.0, 6.0]


@pytest.mark.models
async def test_what_was_said_before_is_told_once(
    whisper: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, decode = list[tuple[object, ...]](), whisper._decode

    def unsure(*given: Any) -> tuple[list[int], float, float]:
        told.append(given[3:])
        ids, _, _ = decode(*given)
        return ids, -1.5, 0.0

    monkeypatch.setattr(whisper, "_decode", unsure)
    await whisper.transcribe(noise(1.0, 0.1), after="I bought the blue")
    assert told[:2] == [("I bought the blue",), ("",)]
