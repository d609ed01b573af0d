from __future__ import annotations

from contextlib import aclosing

import pytest

from tests.fakes import FakeSynthesizer
from voicebot.audio import Speech
from voicebot.dialogue.ear import for_the_ear
from voicebot.dialogue.phrases import FIXED
from voicebot.dialogue.sentences import clauses
from voicebot.errors import TtsError
from voicebot.phrasebook import Phrasebook


async def spoken(book: Phrasebook, text: str) -> list[Speech]:
    return [piece async for piece in book.synthesize(text)]


@pytest.fixture
async def voice() -> FakeSynthesizer:
    voice = FakeSynthesizer()
    voice.pieces = 2
    return voice


async def test_what_was_learnt_needs_no_voice_any_more(voice: FakeSynthesizer) -> None:
    book = Phrasebook(voice)
    await book.learn(FIXED)
    learnt = len(voice.asked)
    voice.broken = ("",)
    for text in FIXED:
        for clause in clauses(text):
            pieces = await spoken(book, for_the_ear(clause))
            assert pieces
            assert pieces[0].text
    assert len(voice.asked) == learnt == len(set(voice.asked))


async def test_what_was_not_learnt_is_passed_on_and_not_kept(voice: FakeSynthesizer) -> None:
    book = Phrasebook(voice)
    assert len(await spoken(book, "Hello there")) == 2
    await spoken(book, "Hello there")
    assert voice.asked == ["Hello there", "Hello there"]


async def test_what_could_not_be_learnt_is_not_half_known(voice: FakeSynthesizer) -> None:
    book = Phrasebook(voice)
    voice.broken = ("Hello",)
    with pytest.raises(TtsError):
        await book.learn(["Hello there."])
    voice.broken = ()
    assert len(await spoken(book, "Hello there.")) == 2


async def test_closing_it_closes_the_voice(voice: FakeSynthesizer) -> None:
    book = Phrasebook(voice)
    async with aclosing(book.synthesize("Hello there")) as pieces:
        await anext(pieces)
        assert voice.open == 1
    assert voice.open == 0
