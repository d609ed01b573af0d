"""pipecat as a shop's assistant, all of it on this machine. Run by the driver."""

from __future__ import annotations

import asyncio
from functools import cache, partial
from pathlib import Path

from faster_whisper import WhisperModel
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import Frame, LLMContextFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.piper.tts import PiperTTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transports.livekit.transport import LiveKitParams, LiveKitTransport
from pipecat.turns.user_stop import TurnAnalyzerUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner
from piper import PiperVoice

from benchmarks.peers import desk
from benchmarks.peers.desk import Desk, Place

SPEAKING_RATE = 22_050  # Piper's own: nothing to resample


@cache
def whisper_model(folder: str) -> WhisperModel:
    model = WhisperModel(folder, compute_type="int8", cpu_threads=desk.THREADS)
    # The service has no options for these: it would search with five beams.
    model.transcribe = partial(model.transcribe, **desk.WHISPER)
    return model


class Whisper(WhisperSTTService):
    """The framework's own service, with one model for all calls."""

    def _load(self) -> None:
        self._model = whisper_model(self._settings.model)


class Lookup(FrameProcessor):
    """What is known and the question, and nothing said before: with former turns a model of this
    size repeats what it said, and the prompt grows."""

    def __init__(self, database: str) -> None:
        super().__init__()
        self._database = database

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            said = [one for one in frame.context.messages if one["role"] == "user"]
            asked = desk.asked(self._database, said[-1]["content"])
            frame = LLMContextFrame(LLMContext([{"role": "user", "content": asked}]))
        await self.push_frame(frame, direction)


def pipeline_of(given: Desk, transport: LiveKitTransport) -> Pipeline:
    voice = Path(given.voice)
    model = OpenAILLMService(
        api_key="none",
        base_url=given.base_url,
        settings=OpenAILLMService.Settings(
            model="local",
            system_instruction=given.instructions,
            temperature=0.0,
            max_tokens=desk.MAX_TOKENS,
        ),
    )
    # Their default: silence of 0.2 s, then Smart Turn v3.2 on the machine, which may wait longer.
    turns = TurnAnalyzerUserTurnStopStrategy(turn_analyzer=LocalSmartTurnAnalyzerV3())
    context = LLMContextAggregatorPair(
        LLMContext(),
        user_params=LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(params=VADParams(stop_secs=0.2)),
            user_turn_strategies=UserTurnStrategies(stop=[turns]),
        ),
    )
    return Pipeline(
        [
            transport.input(),
            Whisper(settings=WhisperSTTService.Settings(model=given.whisper)),
            context.user(),
            Lookup(given.database),
            model,
            # Sentence by sentence, as is its default.
            PiperTTSService(
                download_dir=voice.parent, settings=PiperTTSService.Settings(voice=voice.stem)
            ),
            transport.output(),
            context.assistant(),
        ]
    )


async def serve(given: Desk, place: Place) -> None:
    params = LiveKitParams(
        audio_in_enabled=True, audio_out_enabled=True, audio_out_sample_rate=SPEAKING_RATE
    )
    transport = LiveKitTransport(given.url, place.token, place.room, params)
    worker = PipelineWorker(
        pipeline_of(given, transport),
        params=PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=SPEAKING_RATE),
        enable_rtvi=False,
    )

    @transport.event_handler("on_first_participant_joined")
    async def greet(transport: LiveKitTransport, who: str) -> None:
        await worker.queue_frame(TTSSpeakFrame(given.welcome))

    @transport.event_handler("on_participant_disconnected")
    async def leave(transport: LiveKitTransport, who: str) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


async def main() -> None:
    given = desk.take_desk()
    PiperVoice.load = cache(PiperVoice.load)  # the service loads it for each call
    whisper_model(given.whisper)
    PiperVoice.load(Path(given.voice), use_cuda=False)
    async with asyncio.TaskGroup() as rooms:
        async for place in desk.places():
            rooms.create_task(serve(given, place))


if __name__ == "__main__":
    asyncio.run(main())
