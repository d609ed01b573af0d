"""Nothing blocks the event loop while customers are served."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.calling import be_customer, spoken, typed
from tests.e2e.serving import REPO, Shop, open_shop, serving
from voicebot.stages import Transcriber

pytestmark = pytest.mark.e2e

WATCHED = (sys.executable, str(Path(__file__).with_name("watched_serve.py")))


async def test_no_callback_holds_up_a_call(shop: Shop, ear: Transcriber, tmp_path: Path) -> None:
    slow = tmp_path / "slow.jsonl"
    more = {"E2E_SLOW": str(slow), "PYTHONASYNCIODEBUG": "1", "PYTHONPATH": str(REPO)}
    with serving(open_shop(tmp_path, like=shop), WATCHED, more) as bot:
        called_at = time.monotonic()
        first, second = await asyncio.gather(
            be_customer(bot, ear, typed("Where is order ORD123?"), typed("Doe")),
            be_customer(bot, ear, spoken("express_shipping_cost"), typed("Hello, how are you?")),
        )
        left_at = time.monotonic()
        first.answer(1, r"december")
        second.answer(0, r"12\D{0,14}99")
        assert second.report.turns[1].outcome == "answered", f"\n{second}"
    blocked = [json.loads(line) for line in slow.read_text().splitlines()]
    blocked = [b for b in blocked if called_at <= b["at"] <= left_at]
    listed = [f"{b['cpu_ms']:.0f} ms CPU, {b['wall_ms']:.0f} ms: {b['what']}" for b in blocked]
    assert not blocked, "the event loop was held up by\n" + "\n".join(listed)


def test_the_watch_finds_what_blocks(tmp_path: Path) -> None:
    """Or the test above could not fail."""
    slow = tmp_path / "slow.jsonl"
    code = (
        "import asyncio, pathlib, sys, time\n"
        "from tests.e2e.watched_serve import watch\n"
        "async def works():\n"
        "    began = time.thread_time()\n"
        "    while time.thread_time() - began < 0.06: pass\n"
        "async def waits(): time.sleep(0.6)\n"
        "async def harmless(): time.sleep(0.1)\n"
        "async def main():\n"
        "    for work in (works, waits, harmless): await asyncio.create_task(work())\n"
        "watch(pathlib.Path(sys.argv[1]))\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", code, str(slow)], cwd=REPO, check=True, timeout=60)
    found = [json.loads(line)["what"].split()[0] for line in slow.read_text().splitlines()]
    assert found == ["works", "waits"]
