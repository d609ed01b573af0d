"""The kiosk's page in a real browser: customers speak, type, tap, leave; servers come and go."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from tests.e2e.calling import AUDIO
from tests.e2e.serving import Serving
from tests.pages.visitor import Visitor, after_silence, chromium, visit
from voicebot.stages import Transcriber

pytestmark = pytest.mark.e2e

KIOSK = {"width": 1080, "height": 1920}
PHONE = {"width": 320, "height": 640}
SAID_S = 2.5  # longer than free_shipping.wav lasts
NOTES_THE_MICROPHONE = """
(() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let opened;
  window.microphone = new Promise((done) => { opened = done; });
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const stream = await ask(wish);
    opened();
    return stream;
  };
})();
"""
NOTES_THE_LOSS = """
() => {
  const stage = document.querySelector('.stage');
  window.lost = new Promise((done) => {
    new MutationObserver(() => { if (stage.dataset.state === 'lost') done(); })
      .observe(stage, { attributes: true });
  });
}
"""


async def test_a_spoken_question_gets_captions_a_card_and_speech(
    kiosk: Serving, ear: Transcriber, tmp_path: Path
) -> None:
    wav = after_silence("free_shipping", 6.0, tmp_path)
    async with chromium(wav=wav, viewport=KIOSK) as context:
        visitor = await visit(context, kiosk.base)
        await visitor.finds_no_barrier()
        await visitor.begin()
        await visitor.records()
        await visitor.sees(visitor.own("shipping"))
        await visitor.sees(".quote-card")
        await visitor.is_in("speaking")
        await visitor.finds_no_barrier()
        await visitor.is_in("listening")
        heard = (await ear.transcribe(await visitor.recording())).text
        assert re.search(r"\b(50|fifty)\b", heard), heard
        card = await visitor.page.locator(".quote-card").inner_text()
        assert "$50" in card
        assert re.search(r"page \d", card), card


async def test_a_return_by_voice_and_by_hand_ends_with_a_printed_slip(kiosk: Serving) -> None:
    async with chromium(viewport=KIOSK) as context:
        visitor = await visit(context, kiosk.base)
        await visitor.begin()
        await visitor.says("can_i_return_my_order")
        await visitor.sees(".keypad")
        await visitor.is_in("listening")
        await visitor.finds_no_barrier()
        await visitor.keys_in("124")
        await visitor.sees(visitor.bot("last name"))
        await visitor.is_in("listening")
        await visitor.says("my_last_name_is_smith")
        await visitor.button("It is broken").click()
        await visitor.sees(".yes-no")
        await visitor.is_in("listening")
        await visitor.finds_no_barrier()
        await visitor.button("Yes").click()
        await visitor.sees(".return-card")
        await visitor.is_in("listening")
        await visitor.finds_no_barrier()
        await visitor.button("Print slip").click()
        printed = await on_paper(visitor)
    assert "RET-ORD124" in printed
    assert "$59.99" in printed
    assert "Finish" not in printed
    assert "How can I help" not in printed


async def on_paper(visitor: Visitor) -> str:
    document = pypdfium2.PdfDocument(await visitor.page.pdf())
    try:
        assert len(document) == 1
        return str(document[0].get_textpage().get_text_bounded())
    finally:
        document.close()


async def test_who_types_needs_no_microphone(kiosk: Serving) -> None:
    async with chromium(permitted=False, viewport=PHONE, color_scheme="dark") as context:
        visitor = await visit(context, kiosk.base)
        await visitor.finds_no_barrier()
        await visitor.button("Type instead").click()
        await visitor.is_in("typing")
        await visitor.types("Where is my order ORD123?")
        await visitor.sees(visitor.bot("last name"))
        await visitor.is_in("typing")
        await visitor.types("Doe")
        await visitor.sees(".order-card")
        await visitor.is_in("typing")
        await visitor.finds_no_barrier()
        await visitor.sees_no(".notice")
        width = await visitor.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], "the page has to be pushed sideways"


async def test_a_refused_microphone_is_explained_and_goes_without(kiosk: Serving) -> None:
    async with chromium(permitted=False) as context:
        visitor = await visit(context, kiosk.base)
        await visitor.page.locator(".begin").click()
        await visitor.sees(visitor.page.get_by_text("I'm not allowed to hear you"))
        await visitor.is_in("typing")
        await visitor.finds_no_barrier()
        await visitor.types("Do you have headphones?")
        await visitor.sees(".products-card")


async def test_words_said_from_the_touch_on_are_heard(kiosk: Serving) -> None:
    """All of them before there is a room, let alone a bot."""
    async with chromium(wav=AUDIO / "free_shipping.wav") as context:
        await context.add_init_script(NOTES_THE_MICROPHONE)
        visitor = await visit(context, kiosk.base)

        async def when_all_is_said(route: Any) -> None:
            await visitor.page.evaluate("window.microphone")
            await asyncio.sleep(SAID_S)
            await route.continue_()

        await visitor.page.route("**/api/token", when_all_is_said)
        await visitor.page.locator(".begin").click()
        await visitor.sees(visitor.own(r"^you\W*when('s| is)? .*shipping.* free"))
        await visitor.sees(".quote-card")


async def test_a_microphone_that_comes_back_is_heard(kiosk: Serving) -> None:
    async with chromium() as context:
        visitor = await visit(context, kiosk.base)
        await visitor.begin()
        await visitor.page.evaluate("window.unplug()")
        await visitor.sees(visitor.page.get_by_text("The microphone is gone"))
        await visitor.is_in("typing")
        await visitor.page.evaluate("window.plugIn()")
        await visitor.button("Try again").click()
        await visitor.is_in("listening")
        await visitor.sees_no(".notice")
        await visitor.says("free_shipping")
        await visitor.sees(visitor.own("shipping"))
        await visitor.sees(".quote-card")


async def test_a_livekit_server_that_dies_is_missed_and_comes_back(kiosk: Serving) -> None:
    async with chromium() as context:
        visitor = await visit(context, kiosk.base)
        await visitor.begin()
        await visitor.page.evaluate(NOTES_THE_LOSS)  # it may be back before anybody looks
        os.kill(livekit_of(kiosk), signal.SIGKILL)
        await visitor.page.evaluate("window.lost")
        await visitor.sees(visitor.page.get_by_text("We are connected again"))
        await visitor.is_in("listening")
        await visitor.types("When is shipping free?")
        await visitor.sees(".quote-card")


def livekit_of(kiosk: Serving) -> int:
    """The process of the livekit-server that serve has started."""
    for task in Path(f"/proc/{kiosk.process.pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"livekit" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    raise AssertionError("serve has no livekit-server")


async def test_two_tabs_are_two_customers(kiosk: Serving) -> None:
    async with chromium() as context:
        one, other = await visit(context, kiosk.base), await visit(context, kiosk.base)
        await one.button("Type instead").click()
        await other.button("Type instead").click()
        await one.is_in("typing")
        await other.is_in("typing")
        await one.types("Where is my order?")
        await one.sees(".keypad")
        await other.types("Do you have headphones?")
        await other.sees(".products-card")
        await one.sees_no(".products-card")
        await other.sees_no(".keypad")
        await one.button("Start again").click()
        await one.sees(one.bot("start again"))
        await one.sees_no(".keypad")
        await other.sees(".products-card")


async def test_who_has_left_is_asked_for_and_forgotten(kiosk: Serving) -> None:
    async with chromium() as context:
        visitor = await visit(context, kiosk.base, idle_timeout=8)
        await visitor.button("Type instead").click()
        await visitor.is_in("typing")
        await visitor.sees(".still-there")
        await visitor.button("I'm still here").click()
        await visitor.sees_no(".still-there")
        await visitor.sees(".still-there")
        await visitor.finds_no_barrier()
        await visitor.sees(visitor.page.get_by_text("has been forgotten"))
        await visitor.sees_no(".caption")
        await visitor.finds_no_barrier()
