"""A front end of LiveKit's own parts alone (web/starter) with our bot; it knows nothing of us."""

from __future__ import annotations

import mimetypes
import re
import subprocess
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, expect

from tests.e2e.serving import REPO, Serving
from tests.pages.visitor import WAIT_MS, after_silence, chromium

pytestmark = pytest.mark.e2e
Files: TypeAlias = dict[str, bytes]
# A page that a test hands out has no address, and may then call none on loopback.
FROM_NOWHERE = "--disable-features=LocalNetworkAccessChecks"


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Built; each file's path at the bot's address, and what is in it."""
    folder = tmp_path_factory.mktemp("starter")
    command = ["scripts/web", "starter", "--", "--outDir", str(folder)]
    built = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    files = (file for file in folder.rglob("*") if file.is_file())
    return {f"/starter/{file.relative_to(folder).as_posix()}": file.read_bytes() for file in files}


async def serve(context: BrowserContext, files: Files) -> None:
    """At the bot's own origin: the token endpoint answers no other unless it is told to."""

    async def answer(route: Any) -> None:
        path = urlsplit(route.request.url).path
        path = path + "index.html" if path.endswith("/") else path
        await route.fulfill(body=files[path], content_type=mimetypes.guess_type(path)[0])

    await context.route("**/starter/**", answer)


async def test_it_speaks_hears_and_types(bot: Serving, starter: Files, tmp_path: Path) -> None:
    wav = after_silence("free_shipping", 8.0, tmp_path)
    async with chromium(wav=wav, more_flags=[FROM_NOWHERE]) as context:
        await serve(context, starter)
        page = await context.new_page()
        await page.goto(f"{bot.base}/starter/")
        agent, assistant = page.locator("#agent"), page.locator("#assistant")
        await expect(agent).to_have_text("disconnected")
        await page.get_by_role("button", name="Start").click()
        await expect(agent).to_have_text("listening", timeout=WAIT_MS)
        await expect(assistant).to_have_attribute("data-track", re.compile("TR_"))
        heard = page.locator("li.userTranscript")
        await expect(heard).to_have_text(re.compile("free", re.IGNORECASE), timeout=WAIT_MS)
        said = page.locator("li.agentTranscript")
        await expect(said).to_have_count(2, timeout=WAIT_MS)  # the greeting, and an answer
        await expect(assistant).to_have_attribute("data-state", "listening", timeout=WAIT_MS)
        await page.get_by_role("textbox").fill("Do you have headphones?")
        await page.get_by_role("button", name="Send").click()
        await expect(said.filter(has_text="Headphones").first).to_be_visible(timeout=WAIT_MS)
        await page.get_by_role("button", name="End", exact=True).click()
        await expect(agent).to_have_text("disconnected", timeout=WAIT_MS)
