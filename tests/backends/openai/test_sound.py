"""Transcription, speech and vectors by the strict server."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import numpy as np
import pytest

from tests.openai_server import KEY, MODELS, Fault, OpenAIServer, impatient
from voicebot.audio import SPEAKING_RATE, Speech, Waveform, samples
from voicebot.backends.openai.embedding import BATCH, OpenAIEmbedder
from voicebot.backends.openai.server import retry_after
from voicebot.backends.openai.stt import OpenAITranscriber
from voicebot.backends.openai.tts import OpenAISynthesizer
from voicebot.config import OpenAIEmbedding, OpenAIStt, OpenAITts
from voicebot.errors import EmbeddingError, SttError, TtsError
from voicebot.events import Event, RemoteUsed

VOICE: Waveform = np.full(samples(1.5), 0.2, np.float32)
RATE = 24_000


class Stages:
    """Adapters of a server, with what they tell."""

    def __init__(self, server: OpenAIServer) -> None:
        self.server = server
        self.told: list[Event] = []
        self.made: list[Any] = []

    def _here(self, model: str, settings: dict[str, Any]) -> dict[str, Any]:
        here = {"base_url": self.server.base_url, "api_key_env": "TEST_KEY"}
        return {**here, "model": MODELS[model], **settings}

    def transcriber(self, **settings: Any) -> OpenAITranscriber:
        made = OpenAITranscriber(OpenAIStt(**self._here("stt", settings)), self.told.append)
        self.made.append(made)
        return made

    def synthesizer(self, **settings: Any) -> OpenAISynthesizer:
        made = OpenAISynthesizer(OpenAITts(**self._here("tts", settings)), self.told.append)
        self.made.append(made)
        return made

    def embedder(self, **settings: Any) -> OpenAIEmbedder:
        made = OpenAIEmbedder(OpenAIEmbedding(**self._here("embed", settings)), self.told.append)
        self.made.append(made)
        return made

    @property
    def used(self) -> list[RemoteUsed]:
        return [event for event in self.told if isinstance(event, RemoteUsed)]


@pytest.fixture
async def stages(server: OpenAIServer) -> AsyncIterator[Stages]:
    made = Stages(server)
    yield made
    for stage in made.made:
        await stage.aclose()


async def spoken(synthesizer: OpenAISynthesizer, text: str = "It is here.") -> list[Speech]:
    async with aclosing(synthesizer.synthesize(text)) as pieces:
        return [piece async for piece in pieces]


# ---- hearing


async def test_an_utterance_goes_as_a_wav_and_comes_back_as_text(
    server: OpenAIServer, stages: Stages
) -> None:
    heard = await stages.transcriber(price_minute=0.006).transcribe(VOICE)
    assert (heard.text, heard.confidence, heard.no_speech) == (server.heard, -0.3, 0.01)
    [asked] = server.asked
    with wave.open(io.BytesIO(asked.fields["file"])) as sent:
        assert (sent.getframerate(), sent.getnchannels(), sent.getsampwidth()) == (16_000, 1, 2)
        assert sent.getnframes() == len(VOICE)
    assert asked.fields["language"] == "en"
    assert asked.fields["response_format"] == "verbose_json"
    assert "prompt" not in asked.fields
    [used] = stages.used
    assert used.seconds == 1.5
    assert used.cost == pytest.approx(0.00015)


async def test_the_shop_s_own_words_go_along(server: OpenAIServer, stages: Stages) -> None:
    await stages.transcriber(prompt="Corner Audio.").transcribe(VOICE, after="I bought it.")
    assert server.asked[0].fields["prompt"] == "Corner Audio. I bought it."


async def test_newer_models_give_plain_text(server: OpenAIServer, stages: Stages) -> None:
    heard = await stages.transcriber(model="gpt-4o-transcribe").transcribe(VOICE)
    assert heard.text == server.heard
    assert server.asked[0].fields["response_format"] == "json"


async def test_silence_is_not_sent(server: OpenAIServer, stages: Stages) -> None:
    assert (await stages.transcriber().transcribe(VOICE * 0.0)).text == ""
    assert server.asked == []


async def test_subtitles_are_not_believed(server: OpenAIServer, stages: Stages) -> None:
    server.heard = "Thank you for watching!"
    assert (await stages.transcriber().transcribe(VOICE)).text == ""


@pytest.mark.parametrize("fault", ["hang", "429", "500", "401", "cut", "garbage", "slow"])
async def test_faults_of_hearing(server: OpenAIServer, stages: Stages, fault: Fault) -> None:
    server.fault = fault
    with pytest.raises(SttError, match=r"127\.0\.0\.1") as caught:
        await stages.transcriber(**impatient(fault)).transcribe(VOICE)
    assert KEY not in str(caught.value)
    assert len(server.asked) == 1


# ---- speaking


async def test_sound_is_given_out_while_more_is_to_come(
    server: OpenAIServer, stages: Stages
) -> None:
    server.sound = (b"\x00\x20" * 2400, *[b"\x00\x20" * 2400] * 300)
    pieces = stages.synthesizer().synthesize("It is here.")
    first = await anext(pieces)
    assert first.text == "It is here."
    assert server.open == 1
    await pieces.aclose()
    await server.until(lambda: not server.open)


async def test_it_is_resampled_in_one_piece_however_it_comes(
    server: OpenAIServer, stages: Stages
) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    raw = (tone * 8000).astype("<i2").tobytes()
    server.sound = (raw[:4801], raw[4801:4802], raw[4802:30_001], raw[30_001:])
    found = await spoken(stages.synthesizer(price_characters=15.0))
    sound = np.concatenate([piece.pcm for piece in found])
    assert len(sound) == pytest.approx(SPEAKING_RATE, rel=0.02)
    spectrum = np.abs(np.fft.rfft(sound[: SPEAKING_RATE // 2]))
    assert np.argmax(spectrum) * 2 == pytest.approx(440, abs=4)
    assert [piece.text for piece in found if piece.text] == ["It is here."]
    [used] = stages.used
    assert used.characters == 11
    assert used.cost == pytest.approx(165e-6)


async def test_silence_in_front_is_cut(server: OpenAIServer, stages: Stages) -> None:
    server.sound = (b"\x00\x00" * RATE, b"\x00\x20" * RATE)
    sound = np.concatenate([piece.pcm for piece in await spoken(stages.synthesizer())])
    assert len(sound) == pytest.approx(SPEAKING_RATE, rel=0.05)


async def test_a_text_without_words_is_no_request(server: OpenAIServer, stages: Stages) -> None:
    assert await spoken(stages.synthesizer(), "...") == []
    assert server.asked == []


async def test_the_settings_go_along(server: OpenAIServer, stages: Stages) -> None:
    await spoken(stages.synthesizer())
    fields = server.asked[0].fields
    assert (fields["voice"], fields["speed"], fields["response_format"]) == ("alloy", 1.1, "pcm")


FAULTS: list[Fault] = ["hang", "429", "500", "401", "cut", "garbage", "html", "slow"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_faults_of_speaking(server: OpenAIServer, stages: Stages, fault: Fault) -> None:
    server.fault = fault
    with pytest.raises(TtsError, match=r"127\.0\.0\.1"):
        await spoken(stages.synthesizer(**impatient(fault)))
    assert len(server.asked) == 1


async def test_no_sound_at_all_is_a_failure(server: OpenAIServer, stages: Stages) -> None:
    server.sound = ()
    with pytest.raises(TtsError, match="no sound"):
        await spoken(stages.synthesizer())


# ---- vectors


async def test_vectors_are_unit_and_in_order(server: OpenAIServer, stages: Stages) -> None:
    texts = ["a" * length for length in range(1, BATCH + 4)]
    found = await stages.embedder(dimensions=3).embed(texts)
    assert found.shape == (len(texts), 3)
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0)
    assert np.all(np.diff(found[:, 0]) > 0)
    assert len(server.asked) == 2
    assert sum(used.tokens_in for used in stages.used) == 14
    assert (await stages.embedder(dimensions=3).embed([])).shape == (0, 3)


async def test_vectors_of_another_size_are_refused(server: OpenAIServer, stages: Stages) -> None:
    embedder = stages.embedder(dimensions=3)
    embedder.dimension = 4
    server.fault = "500"
    with pytest.raises(EmbeddingError, match="answered 500"):
        await embedder.embed(["one"])


# ---- Retry-After


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float) -> None:
    assert retry_after({"retry-after": said}, now=100.0) == seconds
