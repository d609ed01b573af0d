"""Chromium, and what it is asked about a page whatever is on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

WEB = Path(__file__).parents[2] / "web"
DIST = WEB / "dist"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
TARGET = 48  # CSS pixels, of what is touched

_TOO_SMALL = """(least) =>
  [...document.querySelectorAll('button, input, a[href]')]
    .filter((one) => one.checkVisibility())
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => Math.min(box.width, box.height) < least - 0.5)
    .map(([one, { width, height }]) =>
      `${one.className || one.id || one.tagName}: ${width.toFixed(0)} x ${height.toFixed(0)}`)
"""
# Text or a control that is cut off, lies beyond the edge, or under something else. What can be
# scrolled to is in order.
_HIDDEN = """() => {
  const found = [];
  const scrolls = (one) => {
    for (let up = one.parentElement; up && up !== document.body; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (/auto|scroll/.test(style.overflowY) && up.scrollHeight > up.clientHeight + 1) return true;
    }
    return document.documentElement.scrollHeight > innerHeight + 1;
  };
  const name = (one) => `${one.className?.baseVal ?? one.className ?? ''} ${one.tagName}`
    + ` "${(one.textContent || one.getAttribute('aria-label') || '').trim().slice(0, 40)}"`;
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page is too wide');
  for (const one of document.querySelectorAll('body *')) {
    if (!one.checkVisibility({ visibilityProperty: true }) || one.closest('.unseen, svg')) continue;
    const box = one.getBoundingClientRect();
    const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const touched = one.matches('button, input');
    if (!own && !touched) continue;
    if (box.left < -1 || box.right > innerWidth + 1) found.push(`${name(one)}: beyond the edge`);
    const clips = getComputedStyle(one).overflowX !== 'visible' && !one.matches('input');
    if (clips && one.scrollWidth > one.clientWidth + 1) found.push(`${name(one)}: cut off`);
    const inView = box.top >= 0 && box.bottom <= innerHeight + 1;
    if (!inView && !scrolls(one)) found.push(`${name(one)}: above or below the window`);
    if (!touched || !inView || document.querySelector('dialog[open]')) continue;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const same = top && (one.contains(top) || top.contains(one));
    if (!same && !scrolls(one)) found.push(`${name(one)}: under ${top ? name(top) : 'nothing'}`);
  }
  return found;
}
"""


def program() -> str:
    for name in PROGRAMS:
        if found := shutil.which(name):
            return found
    raise AssertionError("there is no Chromium: run scripts/chromium")


@asynccontextmanager
async def chromium(flags: Sequence[str] = ()) -> AsyncIterator[Browser]:
    assert AXE.exists(), "the pages are not built: run scripts/web"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program(), args=["--no-sandbox", *flags]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def barriers(page: Page) -> list[str]:
    """What axe-core finds on the page as it is, for WCAG 2.2 AA. Its script is let past the page's
    policy for this alone."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
    found = await page.evaluate(f"axe.run(document, {options})")
    return [
        f"{one['id']}: {one['help']}\n  " + "\n  ".join(node["html"] for node in one["nodes"])
        for one in found["violations"]
    ]


async def too_small(page: Page) -> list[str]:
    """What can be touched and is smaller than TARGET."""
    return list(await page.evaluate(_TOO_SMALL, TARGET))


async def hidden(page: Page) -> list[str]:
    """What nobody can see or reach, though it is shown."""
    return list(await page.evaluate(_HIDDEN))
