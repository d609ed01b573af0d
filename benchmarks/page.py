"""The kiosk's page in Chromium, against a real `voicebot serve` with the sample shop: how long its
first load takes, and how long it is from the button to the greeting that is heard.

    .venv/bin/python -m benchmarks.page --count 10 --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from playwright.async_api import BrowserContext

from tests.e2e.serving import DATA, Serving, open_shop, serving, voicebot
from tests.pages.visitor import chromium

# The page's own clock (performance.now) at: the touch of the button, what came before the greeting,
# the first sound in what the page plays. Looked for every 5 ms; rendered audio comes in 3 ms.
WATCH = """
(() => {
  const marks = {};
  let heard;
  window.greeted = new Promise((done) => { heard = () => done(marks); });
  const mark = (name) => { marks[name] ??= performance.now(); };
  addEventListener('click', (event) => {
    if (event.target.closest('.begin')) mark('touch');
  }, true);
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const stream = await ask(wish);
    mark('microphone');
    return stream;
  };
  const listen = (audio) => {
    mark('voice');
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 256;
    context.createMediaStreamSource(audio.srcObject).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(wave);
      if (!wave.some((sample) => Math.abs(sample) > 0.01)) return;
      mark('greeting');
      heard();
      clearInterval(timer);
      void context.close();
    }, 5);
  };
  new MutationObserver((_, self) => {
    const state = document.querySelector('.stage')?.dataset.state;
    if (state) mark(state);
    if (document.querySelector('.begin')) mark('button');
    const audio = document.querySelector('audio');
    if (!audio?.srcObject || marks.voice) return;
    listen(audio);
  }).observe(document, { subtree: true, childList: true, attributes: true });
})();
"""
STEPS = ("token", "microphone", "initializing", "speaking", "voice", "greeting")


async def visit(context: BrowserContext, base: str) -> tuple[float, dict[str, float]]:
    """Milliseconds: of the load until the button can be touched; after its touch, of each step."""
    page = await context.new_page()
    await page.goto(base)
    await page.locator(".begin").click()
    marks: dict[str, float] = await page.evaluate("window.greeted")
    marks["token"] = await page.evaluate(
        "performance.getEntriesByName(new URL('/api/token', location).href)[0].responseEnd"
    )
    await page.close()
    after = {name: marks[name] - marks["touch"] for name in STEPS if name in marks}
    return marks["button"], after


def quiet_room(folder: Path) -> Path:
    """Nobody speaks: a greeting would wait for whoever does."""
    file = folder / "quiet.wav"
    noise = np.random.default_rng(1).normal(0, 1e-4, 10 * 48_000)
    soundfile.write(file, noise, 48_000)
    return file


async def measure(base: str, room: Path, count: int) -> list[tuple[float, dict[str, float]]]:
    found = []
    for _ in range(count + 1):
        # A browser of its own each time: nothing is in its cache.
        async with chromium(wav=room) as context:
            await context.add_init_script(WATCH)
            found.append(await visit(context, base))
    return found[1:]  # the first one warms the server


def told(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median_ms": round(statistics.median(ordered)),
        "most_ms": round(ordered[-1]),
        "count": len(ordered),
    }


def run(kiosk: Serving, count: int) -> dict[str, Any]:
    room = quiet_room(kiosk.shop.folder)
    found = asyncio.run(measure(kiosk.base, room, count))
    steps = {
        name: told([after[name] for _, after in found if name in after])
        for name in STEPS
        if any(name in after for _, after in found)
    }
    return {"load": told([load for load, _ in found]), "after the touch": steps}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10, help="visits (10)")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shop = open_shop(Path(folder))
        for command in (
            ("ingest",),
            (
                "store",
                "load",
                "--orders",
                f"{DATA}/orders.json",
                "--products",
                f"{DATA}/products.json",
            ),
        ):
            done = voicebot(shop, *command)
            assert done.returncode == 0, done.stderr
        with serving(shop) as kiosk:
            found = run(kiosk, wish.count)
    if wish.json:
        json.dump(found, sys.stdout, indent=2)
        print()
        return
    rows = {"load": found["load"], **found["after the touch"]}
    print(f"{'':14}{'median':>8}{'most':>8}  ms, of {wish.count}")
    for name, row in rows.items():
        print(f"{name:14}{row['median_ms']:8}{row['most_ms']:8}")


if __name__ == "__main__":
    main()
