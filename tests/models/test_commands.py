"""The commands as a person meets them, in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from voicebot.models.progress import Lines


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "voicebot.models", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_list_gives_json_on_stdout(tmp_path: Path) -> None:
    done = run(tmp_path, "list", "--json", "--folder", str(tmp_path), "--profile", "medium")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["role"] for row in rows] == ["stt", "llm", "tts", "embedding", "turn", "vad"]
    assert {row["state"] for row in rows} == {"missing"}


def test_verify_ends_with_the_models_exit_code(tmp_path: Path) -> None:
    done = run(tmp_path, "verify", "silero-vad-6.2.3", "--folder", str(tmp_path))
    assert done.returncode == 4
    assert done.stdout == "silero-vad-6.2.3: silero_vad.onnx is missing\n"
    mending = f"run: voicebot models pull --folder {tmp_path} silero-vad-6.2.3"
    assert done.stderr.splitlines()[-1].endswith(mending)


def test_a_bundle_that_is_none_is_one_line_and_exit_code_4(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_text("no")
    done = run(tmp_path, "import", "x.tar", "--folder", str(tmp_path / "models"))
    assert done.returncode == 4
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_progress_without_a_terminal_is_plain_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as stream, Lines(stream) as lines:
        lines.begin("ear", 4_000_000)
        for _ in range(8):
            lines.advance("ear", 500_000)
        lines.warn("mind this")
    with log.open("a") as stream, Lines(stream, quiet=True) as lines:
        lines.begin("ear", 4_000_000)
        lines.say("ear: ready")
        lines.warn("ear: pinned")
    assert log.read_text().splitlines() == [
        "ear: fetching (4 MB)",
        "ear: 25%",
        "ear: 50%",
        "ear: 75%",
        "mind this",
        "ear: pinned",
    ]
