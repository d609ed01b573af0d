"""The kiosk's page, its files, and how the shop wants it to look."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.http.conftest import Client

SCRIPT = "console.log('a script that is long enough to be packed');" * 40


@pytest.fixture
def page(built: Path) -> Path:
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html><title>kiosk</title>")
    (built / "assets" / "index-4f2a.js").write_text(SCRIPT)
    (built / "assets" / "font.woff2").write_bytes(b"w" * 2000)
    (built / ".stamp").write_text("hash")
    (built.parent / "secret.txt").write_text("secret")
    return built


@pytest.mark.usefixtures("page")
async def test_the_page_is_asked_for_again_and_its_files_are_kept(client: Client) -> None:
    asking = client()
    page = await asking.get("/")
    assert "kiosk" in page.text
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    script = await asking.get("/assets/index-4f2a.js")
    assert script.text == SCRIPT
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]


@pytest.mark.usefixtures("page")
async def test_files_are_packed_for_who_takes_them_so(client: Client) -> None:
    async with client().stream("GET", "/assets/index-4f2a.js") as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw).decode() == SCRIPT
    plain = await client().get("/assets/index-4f2a.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == SCRIPT
    font = await client().get("/assets/font.woff2")
    assert "content-encoding" not in font.headers


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    "path", ["/assets/nothing.js", "/assets/..%2f..%2fsecret.txt", "/.stamp", "/assets/"]
)
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    assert (await client().get(path)).status_code == 404


async def test_the_look_is_the_shops(client: Client, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    kiosk = {"colour": "#336699", "logo": str(logo), "questions": ["Where?"], "idle_timeout": 5}
    asking = client({"conversation": {"shop": "the harbour shop"}, "kiosk": kiosk})
    look = (await asking.get("/api/kiosk")).json()
    assert look["name"] == "The harbour shop"
    assert look["colour"] == "#336699"
    assert look["questions"] == ["Where?"]
    assert look["idle_timeout"] == 5
    image = await asking.get(look["logo"])
    assert image.headers["content-type"].startswith("image/svg+xml")
    assert image.text.startswith("<svg")


async def test_without_a_logo_there_is_none(client: Client) -> None:
    asking = client()
    assert (await asking.get("/api/kiosk")).json()["logo"] == ""
    assert (await asking.get("/api/kiosk/logo")).status_code == 404
