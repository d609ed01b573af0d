"""What the way to a server costs: each stage's own model here, and the same model in another
process behind OpenAI's API, turn about.

    .venv/bin/python -m benchmarks.remote --count 30
    .venv/bin/python -m benchmarks.remote --json > remote.json

Both run on this box and over loopback: a real line adds its round trip, a faster server takes off.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import subprocess
import sys
import time
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import httpx
import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from rich.console import Console

from voicebot import assemble
from voicebot.assemble import Files
from voicebot.audio import SPEAKING_RATE, Speech, to_waveform
from voicebot.bench.llm import SAID
from voicebot.bench.machine import machine
from voicebot.bench.report import Report, Samples, show
from voicebot.bench.spoken import SENTENCES, clips
from voicebot.config import Sections
from voicebot.dialogue import prompt
from voicebot.dialogue.history import History
from voicebot.rooms.server import free_port
from voicebot.stages import Generation, LanguageModel, Message, Synthesizer, Transcriber

READY_S = 60.0
STAGES = ("stt", "llm", "tts")
SHOP = "the shop"

Timed = Callable[[int], Awaitable[float]]  # of the nth sentence: ms until what the customer hears


# ------------------------------------------------------------------ the server


def app_of(stt: Transcriber, llm: LanguageModel, tts: Synthesizer) -> FastAPI:
    app = FastAPI()

    @app.post("/v1/audio/transcriptions")
    async def transcriptions(request: Request) -> dict[str, Any]:
        form = await request.body()
        with wave.open(io.BytesIO(form[form.index(b"RIFF") :])) as reader:  # it knows its end
            pcm = np.frombuffer(reader.readframes(reader.getnframes()), np.int16)
        heard = await stt.transcribe(to_waveform(pcm))
        sure = {"avg_logprob": heard.confidence, "no_speech_prob": heard.no_speech}
        return {"text": heard.text, "segments": [{"id": 0, "text": heard.text, **sure}]}

    @app.post("/v1/chat/completions")
    async def completions(asked: dict[str, Any]) -> StreamingResponse:
        messages = tuple(Message(**one) for one in asked["messages"])
        stop = tuple(asked.get("stop", ()))
        wish = Generation(messages, max_tokens=asked["max_tokens"], stop=stop)
        return StreamingResponse(_events(llm, wish), media_type="text/event-stream")

    @app.post("/v1/audio/speech")
    async def speech(asked: dict[str, Any]) -> StreamingResponse:
        return StreamingResponse(_pcm(tts, asked["input"]), media_type="audio/pcm")

    return app


async def _events(llm: LanguageModel, wish: Generation) -> AsyncIterator[str]:
    async with aclosing(llm.generate(wish)) as deltas:
        async for text in deltas:
            yield _event({"content": text}, None)
    yield _event({}, "stop") + "data: [DONE]\n\n"


def _event(delta: dict[str, str], finish: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n"


async def _pcm(tts: Synthesizer, text: str) -> AsyncIterator[bytes]:
    async with aclosing(tts.synthesize(text)) as pieces:
        async for piece in pieces:
            yield piece.pcm.tobytes()


def serve(port: int) -> None:
    stages = opened(Sections())
    asyncio.run(stages[1].warm(prompt.to_talk(SHOP)))
    uvicorn.run(app_of(*stages), host="127.0.0.1", port=port, log_level="warning")


# ------------------------------------------------------------------ here and there


def opened(settings: Sections) -> tuple[Transcriber, LanguageModel, Synthesizer]:
    files = Files.of(settings)
    return (
        assemble.open_transcriber(settings, files),
        assemble.open_model(settings, files),
        assemble.open_synthesizer(settings, files),
    )


def moved(base_url: str) -> Sections:
    """Settings with every stage at the server, and without fallback."""
    server = {"base_url": base_url, "api_key_env": "", "first_timeout": 30.0, "timeout": 60.0}
    stages: dict[str, Any] = {
        stage: {"backend": "openai", "openai": dict(server)} for stage in STAGES
    }
    stages["tts"]["openai"]["sample_rate"] = SPEAKING_RATE
    return Sections.model_validate(stages)


@contextmanager
def running_server() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.remote", "--serve", str(port)]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + READY_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not start; its own words stand above")
            time.sleep(0.1)  # between two looks at another process
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/", timeout=5, trust_env=False)
    except httpx.TransportError:
        return False
    return True


async def timed(settings: Sections) -> dict[str, Timed]:
    """A way to time each stage: the whole text heard, the first token, the first sound."""
    stt, llm, tts = await asyncio.to_thread(opened, settings)
    await llm.warm(prompt.to_talk(SHOP))
    said = await clips(Sections(), len(SENTENCES))

    async def hears(nth: int) -> float:
        began = time.perf_counter()
        heard = await stt.transcribe(said[nth % len(said)].wave)
        assert heard.text
        return (time.perf_counter() - began) * 1000

    async def answers(nth: int) -> float:
        wish = prompt.talk(SHOP, History(0), SAID[nth % len(SAID)], 0.0)
        return await _first(llm.generate(wish))

    async def speaks(nth: int) -> float:
        return await _first(tts.synthesize(SENTENCES[nth % len(SENTENCES)]))

    return {"stt": hears, "llm": answers, "tts": speaks}


async def _first(pieces: AsyncGenerator[str, None] | AsyncGenerator[Speech, None]) -> float:
    """ms until the first; all of them are taken, as a call does."""
    began, first = time.perf_counter(), 0.0
    async with aclosing(pieces):
        async for _ in pieces:
            first = first or time.perf_counter()
    return (first - began) * 1000


async def measure(count: int) -> Report:
    machine_now = machine()
    with running_server() as base_url:
        here, there = await timed(Sections()), await timed(moved(base_url))
        samples: list[Samples] = []
        for stage in STAGES:
            for warm in (here, there):
                await warm[stage](0)
            pairs = [await _pair(here[stage], there[stage], n) for n in range(count)]
            samples += [
                Samples(f"{stage}, here", tuple(own for own, _ in pairs)),
                Samples(f"{stage}, there", tuple(far for _, far in pairs)),
                Samples(f"{stage}, added", tuple(far - own for own, far in pairs)),
            ]
    about = f"{count} sentences each: a text heard, a first token, a first sound"
    return Report("remote", about, machine_now, tuple(samples))


async def _pair(here: Timed, there: Timed, nth: int) -> tuple[float, float]:
    """Now the one first, now the other: whoever comes second finds the sentence's way paved."""
    if nth % 2:
        own = await here(nth)
        return own, await there(nth)
    far = await there(nth)
    return await here(nth), far


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve)
        return
    report = asyncio.run(measure(args.count))
    if args.json:
        json.dump(report.as_dict(), sys.stdout, indent=1)
    else:
        show(report, Console())


if __name__ == "__main__":
    main()
