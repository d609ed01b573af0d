"""The whole system: a bot's process with its own livekit-server, real models, spoken calls."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.e2e.serving import DATA, Serving, Shop, open_shop, serving, voicebot
from voicebot.backends.faster_whisper import FasterWhisper
from voicebot.models.store import ModelStore


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The sample shop, its documents taken in and its data loaded."""
    opened = open_shop(tmp_path_factory.mktemp("shop"))
    taken = voicebot(opened, "ingest")
    assert taken.returncode == 0, taken.stderr
    files = ("--orders", str(DATA / "orders.json"), "--products", str(DATA / "products.json"))
    loaded = voicebot(opened, "store", "load", *files)
    assert loaded.returncode == 0, loaded.stderr
    return opened


@pytest.fixture(scope="session")
def bot(shop: Shop) -> Iterator[Serving]:
    with serving(shop) as running:
        yield running


@pytest.fixture(scope="module")
def kiosk(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server with orders of its own: what is returned here is not returned elsewhere."""
    own = open_shop(tmp_path_factory.mktemp("kiosk"), like=shop, own_orders=True)
    files = ("--orders", str(DATA / "orders.json"), "--products", str(DATA / "products.json"))
    loaded = voicebot(own, "store", "load", *files)
    assert loaded.returncode == 0, loaded.stderr
    with serving(own) as running:
        yield running


@pytest.fixture(scope="session")
def ear() -> Iterator[FasterWhisper]:
    """Hears what the bot says; it may take longer windows than the bot's own."""
    model = FasterWhisper(ModelStore().directory("whisper-base"), min_window_s=15.0)
    yield model
    model.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """With a failure comes the end of the log of every bot that had a part in it."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Serving):
                report.sections.append((f"log of {name}", value.tail()))
    return report
