"""A visitor at the kiosk's page, in a real Chromium whose microphone says what a test wants."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.pages import browser
from voicebot.audio import Waveform, to_waveform
from voicebot.rooms.preconnect import decode

WAIT_MS = 60_000  # for what must come
MOST_TABS = 40
AUDIO = Path(__file__).parents[1] / "audio"
AUTOPLAY = "--autoplay-policy=no-user-gesture-required"

# A microphone that hears nothing but a faint hum, and what `speak` gives it. It can be switched
# off, and unplugged.
MICROPHONE = """
(() => {
  let context, line, hum, plugged = true;
  navigator.mediaDevices.getUserMedia = async () => {
    if (!plugged) throw new DOMException('Requested device not found', 'NotFoundError');
    context = new AudioContext();
    line = context.createMediaStreamDestination();
    hum = new ConstantSourceNode(context, { offset: 0.0001 });
    hum.connect(line);
    hum.start();
    return line.stream;
  };
  window.switchOff = () => { hum.disconnect(); };
  window.switchOn = () => { hum.connect(line); };
  window.plugIn = () => { plugged = true; };
  window.unplug = () => {
    plugged = false;
    for (const track of line.stream.getTracks()) {
      track.stop();
      track.dispatchEvent(new Event('ended'));
    }
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

    async def tabs_to(self, what: Locator) -> None:
        """With the keyboard alone, and never without seeing where it is."""
        await self.sees(what)
        for _ in range(MOST_TABS):
            await self.page.keyboard.press("Tab")
            shown = "document.activeElement.matches('body, :focus-visible')"
            assert await self.page.evaluate(shown), "nothing shows where the keyboard is"
            if await what.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"{MOST_TABS} tabs do not lead to {what}")

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
        found = await browser.barriers(self.page)
        assert not found, "\n".join(found)


@asynccontextmanager
async def chromium(
    *,
    wav: Path | None = None,
    permitted: bool = True,
    more_flags: Sequence[str] = (),
    **options: Any,
) -> AsyncIterator[BrowserContext]:
    """wav: what Chromium's own fake microphone says, once, from the moment it is opened."""
    flags = [AUTOPLAY, *more_flags]
    if permitted:
        flags.append("--use-fake-ui-for-media-stream")
    if wav is not None or not permitted:  # there is one, and it may not be used
        flags.append("--use-fake-device-for-media-stream")
    if wav is not None:
        flags.append(f"--use-file-for-fake-audio-capture={wav}%noloop")
    motion = {"reduced_motion": "reduce"}  # axe measures contrast: nothing may be halfway
    async with browser.chromium(flags) as running:
        context = await running.new_context(
            permissions=["microphone"] if permitted else [], **motion | options
        )
        context.set_default_timeout(WAIT_MS)
        if wav is None and permitted:
            await context.add_init_script(MICROPHONE)
        yield context


async def visit(context: BrowserContext, base: str, *, idle_timeout: int = 0) -> Visitor:
    """At the first screen. idle_timeout: in seconds, in place of the shop's setting; 0: never."""
    page = await context.new_page()

    async def look(route: Any) -> None:
        answer = await route.fetch()
        await route.fulfill(json=await answer.json() | {"idle_timeout": idle_timeout})

    await page.route("**/api/kiosk", look)
    await page.goto(base)
    visitor = Visitor(page)
    await visitor.sees(".begin")
    return visitor


def after_silence(name: str, seconds: float, folder: Path) -> Path:
    """A file of tests/audio with silence before it."""
    wave, rate = soundfile.read(AUDIO / f"{name}.wav", dtype="float32")
    file = folder / "microphone.wav"
    soundfile.write(file, np.concatenate([np.zeros(int(seconds * rate)), wave]), rate)
    return file
