"""livekit-agents as a shop's assistant, all of it on this machine. Run by the driver."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from livekit import rtc
from livekit.agents import Agent, AgentSession, inference, llm, stt, tokenize, tts
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions
from livekit.plugins import openai, silero
from piper import PiperVoice

from benchmarks.peers import desk
from benchmarks.peers.desk import Desk, Place


class Whisper(stt.STT):
    """One segment of speech at a time; the framework cuts them by its voice detection."""

    def __init__(self, model: WhisperModel) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._model = model

    async def _recognize_impl(
        self, buffer: Any, *, language: Any, conn_options: Any
    ) -> stt.SpeechEvent:
        pcm = np.frombuffer(rtc.combine_audio_frames(buffer).data, np.int16)
        text = await asyncio.to_thread(self._transcribe, pcm.astype(np.float32) / 32768)
        said = stt.SpeechData(language="en", text=text)
        return stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[said])

    def _transcribe(self, wave: np.ndarray) -> str:
        segments, _ = self._model.transcribe(wave, **desk.WHISPER)
        return "".join(segment.text for segment in segments).strip()


class Piper(tts.TTS):
    """A sentence at a time."""

    def __init__(self, voice: PiperVoice) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=voice.config.sample_rate,
            num_channels=1,
        )
        self.voice = voice

    def synthesize(self, text: str, **options: Any) -> tts.ChunkedStream:
        return Sentence(tts=self, input_text=text, conn_options=tts.tts.DEFAULT_API_CONNECT_OPTIONS)


class Sentence(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id="piper",
            sample_rate=self._tts.sample_rate,
            num_channels=1,
            mime_type="audio/pcm",
        )
        pieces = self._tts.voice.synthesize(self.input_text)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            output_emitter.push(piece.audio_int16_bytes)
        output_emitter.flush()


class Assistant(Agent):
    def __init__(self, given: Desk) -> None:
        super().__init__(instructions=given.instructions)
        self._given = given

    async def on_enter(self) -> None:
        self.session.say(self._given.welcome)

    async def llm_node(self, chat_ctx: Any, tools: Any, model_settings: Any) -> Any:
        """What is known and the question, and nothing said before: with former turns a model of
        this size repeats what it said, and the prompt grows."""
        alone = llm.ChatContext.empty()
        alone.add_message(role="system", content=self.instructions)
        said = [one for one in chat_ctx.items if one.type == "message" and one.role == "user"]
        alone.add_message(
            role="user", content=desk.asked(self._given.database, said[-1].text_content or "")
        )
        async for chunk in Agent.default.llm_node(self, alone, tools, model_settings):
            yield chunk


class Shop:
    """The models, loaded once; a session for each room."""

    def __init__(self, given: Desk) -> None:
        self._given = given
        self._whisper = Whisper(
            WhisperModel(given.whisper, compute_type="int8", cpu_threads=desk.THREADS)
        )
        # A sentence is spoken as soon as it has ended, however short, before the next begins.
        sentences = tokenize.blingfire.SentenceTokenizer(min_sentence_len=6, stream_context_len=1)
        piper = Piper(PiperVoice.load(given.voice))
        self._voice = tts.StreamAdapter(tts=piper, sentence_tokenizer=sentences)
        # Speech ends after 0.3 s of silence in place of 0.55: transcription starts so much earlier.
        self._detector = silero.VAD.load(min_silence_duration=desk.SILENCE_S)
        self._model = openai.LLM(
            model="local",
            base_url=given.base_url,
            api_key="none",
            temperature=0.0,
            extra_body={"max_tokens": desk.MAX_TOKENS},
        )

    async def serve(self, place: Place) -> None:
        room = rtc.Room()
        session = AgentSession(
            stt=self._whisper,
            vad=self._detector,
            llm=self._model,
            tts=self._voice,
            turn_handling={
                # Their audio model that runs on the machine; the larger one is in their cloud.
                "turn_detection": inference.TurnDetector(version="v1-mini"),
                "endpointing": {"min_delay": desk.SILENCE_S, "max_delay": 1.5},
                # The answer is begun, and its first sentence spoken, before the turn is taken.
                "preemptive_generation": {"enabled": True, "preemptive_tts": True},
            },
            aec_warmup_duration=None,  # nothing echoes here, and it is deaf for 3 s otherwise
        )
        over = asyncio.Event()
        session.on("close", lambda closed: over.set())
        await room.connect(self._given.url, place.token)
        hearing = AudioInputOptions(sample_rate=16_000)  # what whisper hears: nothing to resample
        await session.start(
            Assistant(self._given), room=room, room_options=RoomOptions(audio_input=hearing)
        )
        await over.wait()
        await room.disconnect()


async def main() -> None:
    shop = Shop(desk.take_desk())
    async with asyncio.TaskGroup() as rooms:
        async for place in desk.places():
            rooms.create_task(shop.serve(place))


if __name__ == "__main__":
    asyncio.run(main())
