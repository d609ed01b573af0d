"""A server with OpenAI's API on loopback, strict about what it is asked, and with faults.

Each request is held against the documented fields: an unknown one, a missing one or one of the
wrong type is a 400, and `complaints` says why. Real sockets, so that a line can be cut.
"""

from __future__ import annotations

import asyncio
import email.parser
import email.policy
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

# "refuse" is for the test to arrange: nobody listens.
Fault = Literal[
    "",
    "refuse",
    "hang",
    "slow",
    "429",
    "500",
    "401",
    "cut",
    "no end",
    "garbage",
    "html",
    "error in stream",
]
KEY = "sk-test-4f9a2c"
MODELS = {"chat": "gpt-4o-mini", "stt": "whisper-1", "tts": "tts-1", "embed": "embed-3"}

Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _between(low: float, high: float) -> Check:
    return lambda value: isinstance(value, int | float) and low <= value <= high


def _messages(value: Any) -> bool:
    return bool(value) and all(
        set(one) == {"role", "content"}
        and one["role"] in ("system", "user", "assistant")
        and isinstance(one["content"], str)
        for one in value
    )


def _schema(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("type") == "object"
        and value.get("additionalProperties") is False
        and isinstance(value.get("properties"), dict)
    )


def _tools(value: Any) -> bool:
    return bool(value) and all(
        set(one) == {"type", "function"}
        and one["type"] == "function"
        and set(one["function"]) == {"name", "description", "parameters"}
        and one["function"]["name"].isidentifier()
        and _schema(one["function"]["parameters"])
        for one in value
    )


def _tool_choice(value: Any) -> bool:
    named = isinstance(value, dict) and value.get("type") == "function" and "function" in value
    return value == "required" or named


def _response_format(value: Any) -> bool:
    form = value["json_schema"]
    return bool(value["type"] == "json_schema" and form["strict"] and _schema(form["schema"]))


# The documented fields of each endpoint: those that must be there, and those that may.
_CHAT: tuple[dict[str, Check], dict[str, Check]] = (
    {"model": lambda v: v == MODELS["chat"], "messages": _messages},
    {
        "max_tokens": lambda v: isinstance(v, int) and v > 0,
        "temperature": _between(0, 2),
        "stream": lambda v: v is True,
        "stream_options": lambda v: v == {"include_usage": True},
        "stop": lambda v: isinstance(v, list) and 0 < len(v) <= 4,
        "tools": _tools,
        "tool_choice": _tool_choice,
        "response_format": _response_format,
        "logprobs": lambda v: v is True,
        "top_logprobs": _between(0, 20),
        "provider": lambda v: isinstance(v, dict),
    },
)
_STT: tuple[dict[str, Check], dict[str, Check]] = (
    {"file": lambda v: v[:4] == b"RIFF" and v[8:12] == b"WAVE", "model": _text},
    {
        "language": lambda v: len(v) == 2,
        "prompt": _text,
        "response_format": lambda v: v in ("json", "verbose_json"),
        "temperature": lambda v: 0 <= float(v) <= 1,
    },
)
_TTS: tuple[dict[str, Check], dict[str, Check]] = (
    {
        "model": lambda v: v == MODELS["tts"],
        "input": lambda v: _text(v) and len(v) <= 4096,
        "voice": lambda v: v == "alloy",
    },
    {"response_format": lambda v: v == "pcm", "speed": _between(0.25, 4)},
)
_EMBED: tuple[dict[str, Check], dict[str, Check]] = (
    {"model": lambda v: v == MODELS["embed"], "input": lambda v: bool(v) and all(map(_text, v))},
    {"dimensions": _between(1, 4096), "encoding_format": lambda v: v == "float"},
)
FIELDS = {
    "/v1/chat/completions": _CHAT,
    "/v1/audio/transcriptions": _STT,
    "/v1/audio/speech": _TTS,
    "/v1/embeddings": _EMBED,
}


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    fields: dict[str, Any]


@dataclass
class OpenAIServer:
    """fault: of every request from now on. said: text deltas of chat. called: a tool's name and
    arguments instead of text; repeats: its name with every piece, as llama-cpp-python's server
    does. likeliest: first tokens and their logprobs. heard: what was
    transcribed. sound: PCM in the pieces in which it is sent."""

    port: int = 0
    fault: Fault = ""
    said: tuple[str, ...] = ("Hello ", "there.")
    called: tuple[str, str] | None = None
    repeats: bool = False
    likeliest: tuple[tuple[str, float], ...] | None = None
    heard: str = "Where is my order?"
    sound: tuple[bytes, ...] = (b"\x00\x20" * 2400, b"\x00\x20" * 2400)
    retry_after: str = "1"
    asked: list[Asked] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    open: int = 0  # requests that were neither answered nor given up
    connections: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    resume: asyncio.Event = field(default_factory=asyncio.Event)  # what a slow one waits for

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not met():
                self._changed.clear()
                await self._changed.wait()

    # ---- a connection

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request: that the connection ends with it shows at once who gave up."""
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._request(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self.connections -= 1
        self._changed.set()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, _, rest = head.partition("\r\n")
        headers = {k.lower(): v for k, v in email.parser.Parser().parsestr(rest).items()}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path = line.split()[1]
        asked = Asked(path, headers, _decoded(headers, body))
        self.asked.append(asked)
        self.open += 1
        self._changed.set()
        gone = asyncio.create_task(reader.read(1))
        answer = asyncio.create_task(self._answer(asked, writer))
        await asyncio.wait({gone, answer}, return_when=asyncio.FIRST_COMPLETED)
        self.open -= 1
        self._changed.set()
        for task in (gone, answer):
            task.cancel()
        await asyncio.gather(gone, answer, return_exceptions=True)

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if complaint := _complaint(asked):
            self.complaints.append(complaint)
            await _send(writer, 400, {"error": {"message": complaint, "type": "invalid"}})
            return
        match self.fault:
            case "hang":
                await asyncio.Event().wait()
            case "429":
                error = {"error": {"message": f"slow down, {KEY}", "code": "rate_limit_exceeded"}}
                await _send(writer, 429, error, {"Retry-After": self.retry_after})
            case "500" | "401":
                echoed = {"error": {"message": f"{KEY} {asked.fields}"}}
                await _send(writer, int(self.fault), echoed)
            case "html":
                await _head(writer, 200, "text/html")
                await _chunk(writer, b"<html>Please log in to the guest network</html>")
                await _chunk(writer, b"")
            case _:
                await self._served(asked, writer)

    async def _served(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path == "/v1/audio/speech":
            await self._streamed(writer, "audio/pcm", list(self.sound), b"")
        elif asked.path == "/v1/audio/transcriptions":
            if self.fault == "slow":
                await self.resume.wait()
            await _send(writer, 200, self._transcript(asked), cut=self.fault == "cut")
        elif asked.path == "/v1/embeddings":
            size = int(asked.fields["dimensions"])
            rows = [
                {
                    "object": "embedding",
                    "index": n,
                    "embedding": [float(len(text))] + [0.5] * (size - 1),
                }
                for n, text in enumerate(asked.fields["input"])
            ]
            usage = {"prompt_tokens": 7, "total_tokens": 7}
            await _send(writer, 200, {"object": "list", "data": rows[::-1], "usage": usage})
        elif asked.fields.get("stream"):
            lines = [_event({"choices": [choice]}) for choice in self._choices()]
            if self.fault != "no end":
                lines.append(_event({"choices": [_choice({}, "stop")]}))
            usage = {"prompt_tokens": 40, "completion_tokens": 5, "total_tokens": 45}
            lines.append(_event({"choices": [], "usage": usage}))
            if self.fault == "error in stream":
                lines[1:] = [b'data: {"error": {"message": "overloaded"}}\n\n']
            await self._streamed(writer, "text/event-stream", lines, b"data: [DONE]\n\n")
        else:
            await _send(writer, 200, self._first_word(asked))

    async def _streamed(
        self, writer: asyncio.StreamWriter, kind: str, pieces: list[bytes], end: bytes
    ) -> None:
        if self.fault == "garbage":
            pieces = [b"data: {]\xff\xfe\n\n" if "event" in kind else b'{"no": 1}']
            kind = kind if "event" in kind else "application/json"
        await _head(writer, 200, kind)
        for place, piece in enumerate(pieces):
            if self.fault == "slow" or (self.fault == "cut" and place == 1):
                if self.fault == "cut":
                    writer.transport.abort()
                    return
                await self.resume.wait()
            await _chunk(writer, piece)
        if end:
            await _chunk(writer, end)
        await _chunk(writer, b"")

    # ---- what is answered

    def _choices(self) -> list[dict[str, Any]]:
        if self.called is None:
            return [_choice({"content": text}) for text in self.said]
        name, arguments = self.called
        half = len(arguments) // 2
        again = {"name": name} if self.repeats else {}
        first = {"index": 0, "id": "call_1", "type": "function"}
        return [
            _choice({"tool_calls": [{**first, "function": {"name": name, "arguments": ""}}]}),
            *(
                _choice({"tool_calls": [{"index": 0, "function": {**again, "arguments": part}}]})
                for part in (arguments[:half], arguments[half:])
            ),
        ]

    def _first_word(self, asked: Asked) -> dict[str, Any]:
        choice: dict[str, Any] = {
            "index": 0,
            "finish_reason": "length",
            "message": {"role": "assistant", "content": "".join(self.said)},
            "logprobs": None,
        }
        if asked.fields.get("logprobs") and self.likeliest:
            tops = [{"token": t, "logprob": p, "bytes": None} for t, p in self.likeliest]
            choice["logprobs"] = {"content": [{**tops[0], "top_logprobs": tops}]}
        usage = {"prompt_tokens": 300, "completion_tokens": 1, "total_tokens": 301}
        return {"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage}

    def _transcript(self, asked: Asked) -> dict[str, Any]:
        if self.fault == "garbage":
            return {"nothing": "here"}
        if asked.fields.get("response_format") == "verbose_json":
            segment = {"id": 0, "text": self.heard, "avg_logprob": -0.3, "no_speech_prob": 0.01}
            return {"text": self.heard, "language": "english", "segments": [segment]}
        return {"text": self.heard}


@asynccontextmanager
async def openai_server() -> AsyncIterator[OpenAIServer]:
    """On a port of its own; whatever was complained about fails the test."""
    serving = OpenAIServer()
    server = await asyncio.start_server(serving.connected, "127.0.0.1", 0)
    serving.port = server.sockets[0].getsockname()[1]
    try:
        yield serving
    finally:
        server.close()
        await server.wait_closed()
        await serving.until(lambda: not serving.connections)
    assert serving.complaints == []


def impatient(fault: Fault) -> dict[str, float]:
    """Limits for who waits for nothing, and such as a busy machine keeps for all else."""
    never = fault in ("hang", "slow")
    return {"first_timeout": 0.5 if never else 20.0, "timeout": 20.0, "connect_timeout": 20.0}


def _decoded(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    kind = headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return dict(json.loads(body or b"{}"))
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    found: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        found[str(name)] = data if part.get_filename() else data.decode()
    return found


def _complaint(asked: Asked) -> str:
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        return "no key"
    told = ("x-stainless-os", "x-stainless-arch", "x-stainless-runtime", "openai-organization")
    if set(told) & asked.headers.keys():
        return "headers that tell of the machine"
    if asked.path not in FIELDS:
        return f"no such endpoint {asked.path}"
    required, optional = FIELDS[asked.path]
    known = required | optional
    if missing := required.keys() - asked.fields.keys():
        return f"{asked.path}: missing {missing}"
    if unknown := asked.fields.keys() - known.keys():
        return f"{asked.path}: unknown {unknown}"
    wrong = [name for name, value in asked.fields.items() if not known[name](value)]
    if "stream_options" in asked.fields and not asked.fields.get("stream"):
        wrong.append("stream_options without stream")
    if "tool_choice" in asked.fields and "tools" not in asked.fields:
        wrong.append("tool_choice without tools")
    if "top_logprobs" in asked.fields and "logprobs" not in asked.fields:
        wrong.append("top_logprobs without logprobs")
    return f"{asked.path}: wrong {wrong}" if wrong else ""


def _choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _event(chunk: dict[str, Any]) -> bytes:
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", **chunk}
    return b"data: " + json.dumps(whole).encode() + b"\n\n"


async def _head(
    writer: asyncio.StreamWriter, status: int, kind: str, headers: Mapping[str, str] | None = None
) -> None:
    lines = [f"HTTP/1.1 {status} It", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if "Content-Length" not in (headers or {}):
        lines.append("Transfer-Encoding: chunked")
    writer.write("\r\n".join([*lines, "", ""]).encode())
    await writer.drain()


async def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()
    await asyncio.sleep(0)


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    answer: object,
    headers: Mapping[str, str] | None = None,
    *,
    cut: bool = False,
) -> None:
    body = json.dumps(answer).encode()
    length = {"Content-Length": str(len(body))}
    await _head(writer, status, "application/json", {**(headers or {}), **length})
    writer.write(body[: len(body) // 2] if cut else body)
    await writer.drain()
