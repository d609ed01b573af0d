"""A visitor at the kiosk's page, in a real Chromium whose microphone says what a test wants."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, async_playwright, expect

from tests.e2e.calling import AUDIO
from tests.e2e.serving import REPO, Serving
from voicebot.audio import Waveform, to_waveform
from voicebot.rooms.preconnect import decode

WAIT_MS = 60_000  # for what must come
AXE = REPO / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--autoplay-policy=no-user-gesture-required")

# A microphone that is silent but for what `speak` gives it.
MICROPHONE = """
(() => {
  let context, line;
  navigator.mediaDevices.getUserMedia = async () => {
    context = new AudioContext();
    line = context.createMediaStreamDestination();
    return line.stream;
  };
  window.speak = async (wav) => {
    const bytes = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0));
    const source = context.createBufferSource();
    source.buffer = await context.decodeAudioData(bytes.buffer);
    source.connect(line);
    const over = new Promise((done) => { source.onended = done; });
    source.start();
    await over;
  };
})();
"""
RECORD = """
() => {
  const parts = [];
  const stream = document.querySelector('audio').srcObject;
  const recorder = new MediaRecorder(stream, { mimeType: 'audio/webm;codecs=opus' });
  recorder.ondataavailable = (event) => parts.push(event.data);
  window.recorded = () => new Promise((done) => {
    recorder.onstop = () => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.split(',')[1]);
      reader.readAsDataURL(new Blob(parts));
    };
    recorder.stop();
  });
  recorder.start();
}
"""


class Visitor:
    """Sees, hears and touches one page. Everything waits for what it needs, WAIT_MS at most."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # ---- does

    async def begin(self) -> None:
        """Touches the button, and hears the greeting to its end."""
        await self.page.locator(".begin").click()
        await self.sees(self.bot("How can I help you today"))
        await self.is_in("listening")

    async def says(self, name: str) -> None:
        """A file of tests/audio, into the microphone."""
        wav = base64.b64encode((AUDIO / f"{name}.wav").read_bytes()).decode()
        await self.page.evaluate("wav => window.speak(wav)", wav)

    async def types(self, text: str) -> None:
        await self.page.locator(".typing-text").fill(text)
        await self.page.locator(".typing-text").press("Enter")

    async def keys_in(self, digits: str) -> None:
        for digit in digits:
            await self.button(digit).click()
        await self.page.locator(".key-send").click()

    async def records(self) -> None:
        """What the page plays, from now on; `recording` has the last 10 s of it."""
        await self.page.evaluate(RECORD)

    async def recording(self) -> Waveform:
        data = base64.b64decode(await self.page.evaluate("window.recorded()"))
        return to_waveform(await asyncio.to_thread(decode, data, "audio/webm", {}))

    # ---- sees

    def bot(self, words: str) -> Locator:
        return self.page.locator(".caption.bot", has_text=re.compile(words, re.IGNORECASE))

    def own(self, words: str) -> Locator:
        return self.page.locator(".caption.customer", has_text=re.compile(words, re.IGNORECASE))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def sees(self, what: Locator | str) -> None:
        place = self.page.locator(what) if isinstance(what, str) else what
        await expect(place.last).to_be_visible(timeout=WAIT_MS)

    async def sees_no(self, what: str) -> None:
        await expect(self.page.locator(what)).to_have_count(0, timeout=WAIT_MS)

    async def is_in(self, *states: str) -> None:
        any_of = ",".join(f".stage[data-state='{state}']" for state in states)
        await self.sees(any_of)

    async def finds_no_barrier(self) -> None:
        """axe-core on the page as it is, for WCAG 2.2 AA."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
        found = await self.page.evaluate(f"axe.run(document, {options})")
        barriers = [
            f"{one['id']}: {one['help']}\n  " + "\n  ".join(n["html"] for n in one["nodes"])
            for one in found["violations"]
        ]
        assert not barriers, "\n".join(barriers)


def _browser() -> str:
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise AssertionError("there is no Chromium: run scripts/chromium")


@asynccontextmanager
async def chromium(
    *, wav: Path | None = None, permitted: bool = True, **options: Any
) -> AsyncIterator[BrowserContext]:
    """wav: what Chromium's own fake microphone says, once, from the moment it is opened."""
    flags = [*FLAGS]
    if permitted:
        flags.append("--use-fake-ui-for-media-stream")
    if wav is not None or not permitted:  # there is one, and it may not be used
        flags.append("--use-fake-device-for-media-stream")
    if wav is not None:
        flags.append(f"--use-file-for-fake-audio-capture={wav}%noloop")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_browser(), args=flags)
        try:
            context = await browser.new_context(
                permissions=["microphone"] if permitted else [],
                reduced_motion="reduce",  # axe measures contrast: nothing may be halfway
                **options,
            )
            context.set_default_timeout(WAIT_MS)
            if wav is None and permitted:
                await context.add_init_script(MICROPHONE)
            yield context
        finally:
            await browser.close()


async def visit(context: BrowserContext, kiosk: Serving, *, idle_timeout: int = 0) -> Visitor:
    """At the first screen. idle_timeout: in seconds, in place of the shop's setting; 0: never."""
    page = await context.new_page()

    async def look(route: Any) -> None:
        answer = await route.fetch()
        await route.fulfill(json=await answer.json() | {"idle_timeout": idle_timeout})

    await page.route("**/api/kiosk", look)
    await page.goto(kiosk.base)
    visitor = Visitor(page)
    await visitor.sees(".begin")
    return visitor
