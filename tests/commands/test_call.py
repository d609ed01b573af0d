"""`voicebot call`: what a person at the command line sees."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicebot.commands import call as command
from voicebot.config import Sections
from voicebot.errors import RoomError
from voicebot.rooms.livekit_api import customer_token, room_of
from voicebot.rooms.names import Endpoint
from voicebot.rooms.server import free_port

QUESTION = Path(__file__).parents[1] / "audio" / "return_policy.wav"


def test_a_spoken_file_becomes_a_turn_at_48_khz() -> None:
    turn = command._turn(QUESTION)
    assert turn.name == "return_policy.wav"
    assert turn.speech is not None
    assert abs(len(turn.speech) - 3 * soundfile.info(QUESTION).frames) < 10


def test_a_file_without_a_voice_is_refused(tmp_path: Path) -> None:
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(16_000), 16_000)
    text = tmp_path / "text.wav"
    text.write_text("no sound")
    for path in (silence, text):
        with pytest.raises(RoomError, match="cannot be spoken"):
            command._turn(path)


def test_without_a_running_bot_it_says_what_to_start() -> None:
    settings = Sections.model_validate({"http": {"port": free_port()}})
    turns = [command._turn(QUESTION)]
    with pytest.raises(RoomError, match="voicebot serve"):
        asyncio.run(command._call(settings, turns, "", "", "", lambda said: None))


def test_a_url_needs_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVEKIT_API_KEY", raising=False)
    monkeypatch.delenv("LIVEKIT_API_SECRET", raising=False)
    with pytest.raises(RoomError, match="LIVEKIT_API_KEY"):
        command._own_token(Sections(), "ws://127.0.0.1:1", "r")


def test_the_room_is_read_from_the_token() -> None:
    token = customer_token(Endpoint("ws://x", "key", "s" * 40), "counter-2", "me")
    assert room_of(token) == "counter-2"
    with pytest.raises(ValueError, match="LiveKit"):
        room_of("nonsense")
