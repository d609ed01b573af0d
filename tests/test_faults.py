"""Servers that fail in every way, with a customer on the line: an answer or the apology is heard,
and nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import openai  # noqa: F401  a second or more, which would count as an answer's
import pytest

from tests.fakes import FakeLine, Journal, Kit, silence
from tests.openai_server import KEY, MODELS, Fault, OpenAIServer, impatient, openai_server
from voicebot import events
from voicebot.backends.fallback import (
    FallbackModel,
    FallbackSynthesizer,
    FallbackTranscriber,
    Switch,
)
from voicebot.backends.openai.llm import OpenAIModel
from voicebot.backends.openai.stt import OpenAITranscriber
from voicebot.backends.openai.tts import OpenAISynthesizer
from voicebot.config import OpenAILlm, OpenAIStt, OpenAITts, Turns, Vad
from voicebot.conversation import Conversation
from voicebot.dialogue import phrases, prompt
from voicebot.ears import Hearing
from voicebot.errors import LlmError, SttError, TtsError
from voicebot.phrasebook import Phrasebook
from voicebot.speaker import Speaker

FAULTS: list[Fault] = ["refuse", "hang", "429", "500", "cut", "garbage", "slow"]
WELCOME, JOKE, ORDER = "Hello! How can I help you today?", "Tell me a joke.", "Where is my order?"
ANSWER = "Fine, thank you!"


class Remote:
    """The stages by a server, with or without the kit's own behind them."""

    def __init__(self, server: OpenAIServer, kit: Kit, journal: Journal, fault: Fault) -> None:
        self.server, self.kit, self.fault = server, kit, fault
        self.emit = journal.emit
        self.opened: list[Any] = []

    def _here(self, model: str) -> dict[str, Any]:
        url = "http://127.0.0.1:9/v1" if self.fault == "refuse" else self.server.base_url
        return {
            "base_url": url,
            "api_key_env": "TEST_KEY",
            "model": MODELS[model],
            **impatient(self.fault),
        }

    def _with(self, made: Any, both: type[Switch[Any]] | None, **how: Any) -> Any:
        made = made if both is None else both(emit=self.emit, **{**how, "first": ("far", made)})
        self.opened.append(made)
        return made

    def transcriber(self, *, alone: bool) -> Any:
        made = OpenAITranscriber(OpenAIStt(**self._here("stt")), self.emit)
        second = ("near", self.kit.transcriber)
        both = None if alone else FallbackTranscriber
        return self._with(made, both, stage="stt", second=second, error=SttError)

    def model(self, *, alone: bool) -> Any:
        made = OpenAIModel(OpenAILlm(**self._here("chat")), self.emit)
        second = ("near", self.kit.model)
        both = None if alone else FallbackModel
        return self._with(made, both, stage="llm", second=second, error=LlmError)

    def synthesizer(self, *, alone: bool) -> Any:
        made = OpenAISynthesizer(OpenAITts(**self._here("tts")), self.emit)
        second = ("near", self.kit.synthesizer)
        both = None if alone else FallbackSynthesizer
        return self._with(made, both, stage="tts", second=second, error=TtsError)


@asynccontextmanager
async def calling(kit: Kit, journal: Journal) -> AsyncIterator[FakeLine]:
    """A customer who has been greeted."""
    line, dialogue = FakeLine(journal), kit.dialogue(journal)
    conversation = Conversation(
        line,
        Hearing(kit.detector, kit.judge, kit.transcriber),
        kit.replier,
        dialogue,
        turns=Turns(),
        vad=Vad(),
        welcome=WELCOME,
    )
    running = asyncio.create_task(conversation.run())
    await journal.until(lambda: dialogue.state.said == WELCOME)
    yield line
    line.leave()
    await running


Make = Callable[[Fault], Remote]


@pytest.fixture
async def remote(
    kit: Kit, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Make]:
    monkeypatch.setenv("TEST_KEY", KEY)
    made: list[Remote] = []
    async with openai_server() as server:

        def make(fault: Fault) -> Remote:
            made.append(Remote(server, kit, journal, fault))
            return made[-1]

        yield make
        for one in made:
            for stage in one.opened:
                await stage.aclose()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_voice_that_fails(kit: Kit, journal: Journal, remote: Make, fault: Fault) -> None:
    far = remote(fault)
    kit.replier = replace(kit.replier, speaker=Speaker(far.synthesizer(alone=False), None))
    async with calling(kit, journal) as line:  # the greeting is spoken before the fault
        far.server.fault = fault
        line.type(JOKE)
        ended = await journal.next(events.ReplyEnded)
    begun = fault == "cut"  # its first sound was heard, so the clause is not spoken again
    assert ended.heard.endswith(phrases.TROUBLE if begun else ANSWER)
    assert " ".join(line.said).count("thank you") == 1
    assert [text for text in kit.synthesizer.asked if text == ANSWER] == [ANSWER] * (not begun)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_voice_that_fails_with_nobody_behind_it(
    kit: Kit, journal: Journal, remote: Make, fault: Fault
) -> None:
    far = remote("" if fault == "refuse" else fault)
    voice = far.synthesizer(alone=True)
    phrasebook = Phrasebook(voice)
    await phrasebook.learn([WELCOME, phrases.TROUBLE])
    kit.replier = replace(kit.replier, speaker=Speaker(phrasebook, None))
    async with calling(kit, journal) as line:
        far.server.fault = fault if fault != "refuse" else "500"
        line.type(JOKE)
        ended = await journal.next(events.ReplyEnded)
    assert ended.heard.endswith(phrases.TROUBLE)


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_model_that_fails(
    kit: Kit, journal: Journal, remote: Make, fault: Fault, alone: bool
) -> None:
    far = remote(fault)
    talk = replace(kit.replier.small_talk, model=far.model(alone=alone))
    kit.replier = replace(kit.replier, small_talk=talk)
    far.server.fault, far.server.said = fault, ("How nice! ", "Really ", "nice!")
    async with calling(kit, journal) as line:
        line.type(JOKE)
        ended = await journal.next(events.ReplyEnded)
    expected = prompt.SMALL_TALK_FALLBACK if alone else ANSWER
    assert ended.heard == ("How nice!" if fault == "cut" else expected)


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
async def test_an_ear_that_fails(
    kit: Kit, journal: Journal, remote: Make, fault: Fault, alone: bool
) -> None:
    far = remote(fault)
    local = kit.transcriber
    kit.transcriber = far.transcriber(alone=alone)
    far.server.fault = fault
    async with calling(kit, journal) as line:
        line.hear(*kit.voice.sound(ORDER), *silence(0.4))
        said = phrases.NOT_HEARD if alone else phrases.ASK_ORDER
        await journal.until(lambda: line.said[-1] == said)
    assert line.said == [WELCOME, said]
    assert local.heard == ([] if alone else [ORDER])


async def test_nothing_fails(kit: Kit, journal: Journal, remote: Make) -> None:
    far = remote("")
    kit.transcriber = far.transcriber(alone=False)
    kit.replier = replace(
        kit.replier,
        small_talk=replace(kit.replier.small_talk, model=far.model(alone=False)),
        speaker=Speaker(far.synthesizer(alone=False), None),
    )
    async with calling(kit, journal) as line:
        line.hear(*kit.voice.sound(ORDER), *silence(0.4))
        assert (await journal.next(events.ReplyEnded)).heard == phrases.ASK_ORDER
        line.type(JOKE)
        assert (await journal.next(events.ReplyEnded, 2)).heard.startswith("Hello there.")
    assert not journal.of(events.FellBack)
    assert not journal.of(events.StageFailed)
    assert not kit.synthesizer.asked
    assert not kit.model.requests
    used = journal.of(events.RemoteUsed)
    assert {(one.room, one.stage) for one in used} == {
        ("desk-1", "stt"),
        ("desk-1", "llm"),
        ("desk-1", "tts"),
    }
    assert {one.turn for one in used if one.stage == "llm"} == {2}
