"""`voicebot call`: be the customer, from the command line."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.commands.common import console, print_json, settings_of
from voicebot.errors import RoomError

if TYPE_CHECKING:
    from voicebot.config import Sections
    from voicebot.rooms.customer import Turn
    from voicebot.rooms.report import CallReport, Said

HELP = """Join a room as a customer, speak, and measure the answers from outside.

\b
Each WAV file is one turn, spoken when the bot has finished. Without any, this
machine's microphone and loudspeaker are used (needs the package sounddevice).
A running `voicebot serve` lets the caller in; with --url it is any LiveKit
server, and LIVEKIT_API_KEY and LIVEKIT_API_SECRET make the token.

\b
Examples:
  voicebot call --wav tests/audio/return_policy.wav --save call.wav
  voicebot call --wav hello.wav --wav order.wav --json
  LIVEKIT_API_KEY=... LIVEKIT_API_SECRET=... \\
    voicebot call --url ws://10.0.0.5:7880 --room counter-2 --wav hello.wav
"""
JOIN_SECONDS = 10.0


def call(
    ctx: typer.Context,
    wav: Annotated[
        list[Path] | None,
        typer.Option("--wav", metavar="FILE", help="What to say; repeatable.", exists=True),
    ] = None,
    room: Annotated[str, typer.Option(help="The room, with --url; else serve chooses one.")] = "",
    url: Annotated[str, typer.Option(help="A LiveKit server, instead of voicebot serve.")] = "",
    save: Annotated[
        Path | None,
        typer.Option(metavar="OUT.wav", help="Both sides: the customer left, the bot right."),
    ] = None,
    spawn_url: Annotated[
        str, typer.Option(help="Where a bot is asked for when none comes by itself.")
    ] = "",
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    settings = settings_of(ctx)
    if room and not url:
        raise typer.BadParameter("a room is named only together with --url", param_hint="--room")
    turns = [_turn(path) for path in wav or []]
    show = (lambda said: None) if json_output else _show
    report = asyncio.run(_call(settings, turns, url, room, spawn_url, show))
    if save is not None:
        _save(report, save)
    if json_output:
        print_json(report.as_dict())
    else:
        _summary(report)
    if any(turn.outcome != "answered" for turn in report.turns):
        raise typer.Exit(1)


call.__doc__ = HELP


async def _call(
    settings: Sections,
    turns: list[Turn],
    url: str,
    room: str,
    spawn_url: str,
    show: Callable[[Said], None],
) -> CallReport:
    from voicebot.rooms.customer import call as talk

    base = f"http://{_reachable(settings.http.host)}:{settings.http.port}"
    if url:
        token = _own_token(settings, url, room := room or f"call-{uuid.uuid4().hex[:8]}")
    else:
        url, token, room = await _let_in(base)
    key = settings.http.api_key.get_secret_value()
    ask = _asker(spawn_url or f"{base}/api/spawn-bot", key, room)
    if turns:
        return await talk(url, token, turns, ask=ask, on_said=show)
    from voicebot.rooms.microphone import SystemHeadset

    with SystemHeadset() as headset:
        console.print("Speak; Ctrl-C hangs up.")
        return await talk(url, token, ask=ask, headset=headset, on_said=show)


def _turn(path: Path) -> Turn:
    """Raises RoomError for a file that is no sound or has no voice in it."""
    import soundfile

    from voicebot.audio import SPEAKING_RATE
    from voicebot.resampling import resample
    from voicebot.rooms.customer import Turn
    from voicebot.rooms.recording import voice_bounds

    try:
        wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
        speech = resample(wave.mean(axis=1), rate, SPEAKING_RATE)
        voice_bounds(speech)
    except (soundfile.SoundFileError, ValueError) as exc:
        raise RoomError(f"{path} cannot be spoken ({exc}): give a WAV file with speech") from exc
    return Turn(path.name, speech=speech)


def _own_token(settings: Sections, url: str, room: str) -> str:
    from voicebot.rooms.livekit_api import customer_token
    from voicebot.rooms.names import Endpoint

    key = settings.livekit.api_key or os.environ.get("LIVEKIT_API_KEY", "")
    secret = settings.livekit.api_secret.get_secret_value()
    secret = secret or os.environ.get("LIVEKIT_API_SECRET", "")
    if not (key and secret):
        raise RoomError("--url needs LIVEKIT_API_KEY and LIVEKIT_API_SECRET in the environment")
    return customer_token(Endpoint(url, key, secret), room, f"customer-{uuid.uuid4().hex[:8]}")


async def _let_in(base: str) -> tuple[str, str, str]:
    """URL, token and room from a running `voicebot serve`."""
    import httpx

    from voicebot.rooms.livekit_api import room_of

    try:
        async with httpx.AsyncClient(timeout=JOIN_SECONDS, trust_env=False) as client:
            reply = await client.post(f"{base}/api/token", json={})
        reply.raise_for_status()
        answer: dict[str, Any] = reply.json()
        url, token = str(answer["server_url"]), str(answer["participant_token"])
        return url, token, room_of(token)
    except (httpx.HTTPError, ValueError, KeyError) as exc:
        raise RoomError(
            f"no voicebot lets us in at {base} ({exc or type(exc).__name__}): start `voicebot"
            " serve`, or name a LiveKit server with --url"
        ) from exc


def _asker(url: str, key: str, room: str) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        import httpx

        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            async with httpx.AsyncClient(timeout=JOIN_SECONDS, trust_env=False) as client:
                reply = await client.post(url, json={"roomName": room}, headers=headers)
        except httpx.HTTPError as exc:
            console.print(f"{url} brings no bot: {exc or type(exc).__name__}")
            return
        if reply.status_code not in (200, 409):
            console.print(f"{url} brings no bot: HTTP {reply.status_code}")

    return ask


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)


def _show(said: Said) -> None:
    typer.echo(f"{said.at_s:7.1f} s  {said.speaker:>8}: {said.text.strip()}")


def _save(report: CallReport, path: Path) -> None:
    import soundfile

    from voicebot.audio import SPEAKING_RATE

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, report.recording, SPEAKING_RATE, subtype="PCM_16")
    except (OSError, soundfile.SoundFileError) as exc:
        raise RoomError(f"the call cannot be saved to {path}: {exc}") from exc


def _summary(report: CallReport) -> None:
    typer.echo(f"greeting after {_ms(report.greeting_ms)} in room {report.room}")
    for turn in report.turns:
        typer.echo(f"{turn.name:32} {turn.outcome:12} {_ms(turn.delay_ms)}")
    if report.turns:
        typer.echo(f"delay P50 {_ms(report.p50_ms)}, P95 {_ms(report.p95_ms)}")


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
