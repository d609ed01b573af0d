"""The kiosk's page without a mouse and without eyes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.serving import Serving
from tests.pages.visitor import chromium, visit

pytestmark = pytest.mark.e2e

# What a screen reader reads out of its own accord: what is new in live regions.
READER = """
(() => {
  const LIVE = '[role=log], [role=status], [role=alert], [aria-live=polite], [aria-live=assertive]';
  window.read = [];
  new MutationObserver((changes) => {
    for (const { target, type, addedNodes } of changes) {
      const region = (target.closest ? target : target.parentElement)?.closest(LIVE);
      if (!region) continue;
      const isNew = type === 'characterData' ? [target] : [...addedNodes];
      for (const part of region.role === 'log' ? isNew : [region]) {
        const text = part.textContent.trim();
        if (text) window.read.push(text);
      }
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
})();
"""


async def test_a_return_by_keyboard_alone_is_told_to_a_screen_reader(kiosk: Serving) -> None:
    async with chromium(permitted=False) as context:
        await context.add_init_script(READER)
        visitor = await visit(context, kiosk.base)
        await visitor.tabs_to(visitor.button("Type instead"))
        await visitor.page.keyboard.press("Enter")
        await expect(visitor.page.locator(".typing-text")).to_be_focused()
        await visitor.sees(visitor.bot("how can I help"))  # all of it: who types before cuts it
        await visitor.is_in("typing")
        await visitor.page.keyboard.type("I want to return my order")
        await visitor.page.keyboard.press("Enter")
        await visitor.sees(".keypad")
        await visitor.is_in("typing")
        await visitor.tabs_to(visitor.page.locator("#number"))
        await visitor.page.keyboard.type("126")
        await visitor.page.keyboard.press("Enter")
        await visitor.sees("[placeholder='Your last name']")
        await visitor.is_in("typing")
        await visitor.tabs_to(visitor.page.locator(".typing-text"))
        await visitor.page.keyboard.type("Johnson")
        await visitor.page.keyboard.press("Enter")
        await visitor.sees(visitor.button("It does not fit"))
        await visitor.is_in("typing")
        await visitor.tabs_to(visitor.button("It does not fit"))
        await visitor.page.keyboard.press("Space")
        await visitor.sees(".yes-no")
        await visitor.is_in("typing")  # no yes counts to a question that was not heard
        await visitor.tabs_to(visitor.button("Yes"))
        await visitor.page.keyboard.press("Enter")
        await visitor.tabs_to(visitor.button("Print slip"))
        await visitor.is_in("typing")
        read: list[str] = await visitor.page.evaluate("window.read")
    answers = [text for text in read if text not in ("Ready", "Just a moment")]
    for expected in ("How can I help", "order number", "last name", "reason", "RET-ORD126"):
        assert any(expected in answer for answer in answers), (expected, answers)
    assert len(answers) == len(set(answers)), answers
    halves = [a for a in answers for b in answers if a != b and b.startswith(a)]
    assert not halves, "read before it was whole"


async def test_the_text_field_keeps_the_keyboard_while_a_place_is_waited_for(
    kiosk: Serving,
) -> None:
    async with chromium(permitted=False) as context:
        visitor = await visit(context, kiosk.base)

        async def busy(route: Any) -> None:
            await route.fulfill(status=503, json={"error": {"code": "busy", "message": "full"}})

        await visitor.page.route("**/api/token", busy, times=1)
        await visitor.tabs_to(visitor.button("Type instead"))
        await visitor.page.keyboard.press("Enter")
        await visitor.is_in("waiting")
        await visitor.sees(visitor.bot("how can I help"))
        await visitor.is_in("typing")
        await visitor.page.keyboard.type("Do you have headphones?")
        await visitor.page.keyboard.press("Enter")
        await visitor.sees(".products-card")
