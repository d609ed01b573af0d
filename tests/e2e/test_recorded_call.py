"""A call is recorded in a real room, and its turn-taking comes out of the recording once more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.e2e.calling import be_customer, spoken, typed
from tests.e2e.serving import Shop, open_shop, serving, voicebot
from voicebot.audio import STEP, level_db, to_waveform
from voicebot.dialogue.trace import parsed
from voicebot.rooms.report import Said
from voicebot.stages import Transcriber

pytestmark = pytest.mark.e2e


def replayed(shop: Shop, file: Path) -> dict[str, Any]:
    done = voicebot(shop, "replay", "--json", str(file))
    assert done.returncode == 0, done.stderr + done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


async def test_a_recorded_call_is_replayed_sample_for_sample(
    shop: Shop, ear: Transcriber, tmp_path: Path
) -> None:
    own = open_shop(tmp_path, like=shop)
    with own.config.open("a") as settings:
        settings.write('[recording]\ncalls = true\nfolder = "kept"\n')
    on_the_way = tmp_path / "on_the_way.jsonl"

    def look(said: Said) -> None:
        """What a kill would leave, when the bot has begun to answer."""
        if said.speaker != "customer" and "ClearTone" in said.text and not on_the_way.exists():
            (file,) = (tmp_path / "kept").glob("*.jsonl")
            on_the_way.write_bytes(file.read_bytes())

    with serving(own) as bot:
        call = await be_customer(
            bot,
            ear,
            spoken("headphones_under_sixty"),
            spoken("wait_stop", barge_in_s=1.5),
            typed("Where is order ORD123?"),
            spoken("doe"),
            spoken("pause_in_the_middle"),
            on_said=look,
        )
    assert call.report.turns[1].interrupted, f"\n{call}"
    (sound_file,), (trace_file,) = (
        (tmp_path / "kept").glob(f"*.{kind}") for kind in ("wav", "jsonl")
    )

    found = replayed(own, trace_file)
    assert found["same"]
    assert found["ended"] == "left"
    events = [event["event"] for moment in found["moments"] for event in moment["replayed"]]
    assert {"Began", "Paused", "AskJudge", "Interrupted", "Ended"} <= set(events)
    assert found["turns"]["replayed"]["count"] >= 4

    trace = parsed(trace_file.read_text().splitlines(keepends=True))
    sound, _ = soundfile.read(sound_file, dtype="int16")
    steps = [came for came in trace.inputs if came.name == "step"]
    assert len(sound) == STEP * len(steps) == trace.heard
    for step in steps:
        heard = level_db(to_waveform(sound[step.at : step.at + STEP]))
        assert heard == step.given["level_db"], f"at {step.at}"

    part = replayed(own, on_the_way)
    assert part["same"]
    assert part["ended"] is None
    assert part["moments"] == found["moments"][: len(part["moments"])]
    assert part["turns"]["replayed"]["count"] >= 1
