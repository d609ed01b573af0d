from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from voicebot.assemble import Files
from voicebot.backends import faster_whisper, llama_context
from voicebot.cli import app
from voicebot.commands import checks
from voicebot.commands.checks import Check
from voicebot.config import Sections, Store
from voicebot.errors import StoreError
from voicebot.knowledge.versions import FORMAT
from voicebot.settings import load


def states(found: Iterator[Check]) -> list[tuple[str, str]]:
    return [(check.name, check.state) for check in found]


def sections(**tables: Any) -> Sections:
    return Sections.model_validate(tables)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


# ---- the command


def test_a_bare_box_fails_and_says_what_to_do(runner: CliRunner) -> None:
    result = runner.invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    found = [json.loads(line) for line in result.stdout.splitlines()]
    models = [check for check in found if check["name"] == "models"]
    assert models
    assert all(check["state"] == "fail" for check in models)
    assert models[0]["advice"].startswith("voicebot models pull ")
    assert all(check["advice"] for check in found if check["state"] == "fail")
    told = {"settings", "livekit", "http port", "index", "store", "audio", "disk", "versions"}
    assert told <= {check["name"] for check in found}


def test_lines_are_for_people(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def few(loaded: object) -> Iterator[Check]:
        yield Check("disk", "ok", "much")
        yield Check("index", "warn", "none", "voicebot ingest")

    monkeypatch.setattr(checks, "all_checks", few)
    result = runner.invoke(app, ["doctor"])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "ok    disk          much",
        "warn  index         none",
        "                    -> voicebot ingest",
    ]


@pytest.mark.parametrize("error", [StoreError("locked"), PermissionError("no")])
def test_a_check_that_breaks_does_not_end_the_others(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(settings: Sections) -> Iterator[Check]:
        raise error
        yield

    monkeypatch.setattr(checks, "store", broken)
    found = {check.name: check for check in checks.all_checks(load())}
    assert found["store"].state == "fail"
    assert str(error) in found["store"].found
    assert "versions" in found


# ---- each


def test_a_dotenv_that_others_can_read(here: Path) -> None:
    (here / ".env").write_text("", encoding="utf-8")
    (here / ".env").chmod(0o644)
    assert states(checks.settings_files(load())) == [("settings", "ok"), ("secrets", "warn")]
    (here / ".env").chmod(0o600)
    assert states(checks.settings_files(load())) == [("settings", "ok")]


def test_livekit_of_our_own(here: Path, taken: int) -> None:
    program = here / "livekit-server"
    missing = sections(livekit={"server": str(program), "port": taken})
    assert states(checks.livekit(missing)) == [("livekit", "fail"), ("livekit port", "warn")]
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    there = sections(livekit={"server": str(program), "port": 0})
    assert states(checks.livekit(there)) == [("livekit", "ok")]


@pytest.mark.parametrize(
    ("key", "secret", "state"), [("k", "s" * 32, "ok"), ("k", "short", "warn"), ("", "", "fail")]
)
def test_livekit_elsewhere(taken: int, key: str, secret: str, state: str) -> None:
    url = f"ws://127.0.0.1:{taken}"
    settings = sections(livekit={"url": url, "api_key": key, "api_secret": secret})
    assert states(checks.livekit(settings)) == [("livekit", state)]


@pytest.mark.parametrize("url", ["http://127.0.0.1", "ws://", "ws://127.0.0.1:1"])
def test_livekit_that_is_not_there(url: str) -> None:
    settings = sections(livekit={"url": url, "api_key": "k", "api_secret": "s" * 32})
    assert states(checks.livekit(settings)) == [("livekit", "fail")]


def test_the_http_port() -> None:
    [free] = checks.http_port(sections(http={"port": 0}))
    assert free.state == "ok"


def test_the_http_port_of_another_program(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    monkeypatch.setattr(checks, "KNOCK_S", 0.05)  # the other program never answers
    [check] = checks.http_port(sections(http={"port": taken}))
    assert check.state == "fail"
    assert "in use" in check.found
    monkeypatch.setattr(checks, "_is_voicebot", lambda host, port: True)
    [check] = checks.http_port(sections(http={"port": taken}))
    assert check.state == "ok"


@pytest.fixture
def indexed(here: Path) -> Callable[[str], Sections]:
    """An index of one document, made with an embedder of that name."""

    def make(embedder: str) -> Sections:
        documents, index = here / "papers", here / "index"
        version = index / "versions" / "v1"
        version.mkdir(parents=True)
        documents.mkdir()
        (index / "CURRENT").write_text("v1\n", encoding="ascii")
        paper = documents / "returns.md"
        paper.write_text("Thirty days.", encoding="utf-8")
        source = {
            "name": "returns.md",
            "origin": str(paper),
            "sha256": "",
            "pages": 1,
            "sentences": 1,
            "modified": paper.stat().st_mtime,
        }
        about = {
            "format": FORMAT,
            "embedder": embedder,
            "dimension": 384,
            "built": paper.stat().st_mtime + 10,
            "sentences": 1,
            "sources": [source],
        }
        (version / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
        return sections(knowledge={"folder": documents, "index": index})

    return make


def test_the_index(indexed: Callable[[str], Sections]) -> None:
    settings = indexed(Files.of(Sections()).indexer())
    [check] = checks.index(settings)
    assert (check.state, check.found) == ("ok", "1 sentences of 1 documents")
    paper = settings.knowledge.folder / "returns.md"
    later = paper.stat().st_mtime + 60
    os.utime(paper, (later, later))
    [check] = checks.index(settings)
    assert (check.state, check.advice) == ("warn", "voicebot ingest")


def test_an_index_of_another_model(indexed: Callable[[str], Sections]) -> None:
    [check] = checks.index(indexed("another-model"))
    assert (check.state, check.advice) == ("fail", "voicebot ingest --rebuild")


def test_no_index_and_no_database(here: Path) -> None:
    settings = load().settings
    [index] = checks.index(settings)
    assert (index.state, index.advice) == ("warn", "voicebot ingest")
    [store] = checks.store(settings)
    assert store.state == "warn"
    assert "voicebot store load" in store.advice
    assert not (here / "data").exists()  # looking makes nothing


def test_the_store_is_counted(here: Path) -> None:
    from voicebot.store import Store

    orders = here / "orders.json"
    order = {
        "order_id": "ORD1",
        "customer": "Jo Doe",
        "status": "Shipped",
        "items": ["Lamp"],
        "total": 10.0,
        "shipping_eta": "",
        "tracking_number": None,
    }
    orders.write_text(json.dumps({"ORD1": order}), encoding="utf-8")
    settings = load().settings
    store = Store(settings.store.url)
    store.load(orders=orders)
    store.close()
    [check] = checks.store(settings)
    assert (check.state, check.found) == ("ok", "1 orders, 0 products, 0 returns")


def test_remote_servers(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    server = {"api_key_env": "SOME_KEY", "base_url": f"http://127.0.0.1:{taken}/v1"}
    settings = sections(llm={"backend": "openai", "openai": server})
    assert states(checks.remote(settings)) == [("remote", "fail")]
    monkeypatch.setenv("SOME_KEY", "hush")
    [check] = checks.remote(settings)
    assert check.state == "ok"
    assert "hush" not in check.found
    assert states(checks.remote(sections())) == []


def test_a_remote_server_that_is_not_there(unused_tcp_port: int) -> None:
    server = {"api_key_env": "", "base_url": f"http://127.0.0.1:{unused_tcp_port}/v1"}
    settings = sections(tts={"fallback": "openai", "openai": server})
    assert states(checks.remote(settings)) == [("remote", "warn")]
    nowhere = sections(tts={"fallback": "openai", "openai": {**server, "base_url": "back-room"}})
    assert states(checks.remote(nowhere)) == [("remote", "fail")]


def test_what_leaves_the_box() -> None:
    [check] = checks.privacy(sections())
    assert check.found == "nothing leaves this box"
    [check] = checks.privacy(sections(llm={"backend": "openai"}))
    assert "what customers say" in check.found
    assert "api.openai.com" in check.found
    [_, check] = checks.privacy(sections(recording={"calls": True}))
    assert check.state == "warn"
    assert "kept for 7 days" in check.found


def test_more_threads_than_cores() -> None:
    settings = sections(llm={"llama_cpp": {"threads": 1000}})
    [check] = checks.processor(settings)
    assert check.state == "warn"
    assert "llm.llama_cpp.threads" in check.advice


@pytest.mark.parametrize(
    ("cards", "offloading", "device", "told"),
    [
        (0, False, "auto", [("gpu", "ok")]),
        (0, False, "cuda", [("gpu", "fail")]),
        (1, True, "auto", [("gpu", "ok"), ("gpu", "ok")]),
        (1, False, "auto", [("gpu", "ok"), ("gpu", "warn")]),
        (1, True, "cpu", [("gpu", "ok")]),
    ],
)
def test_where_the_large_models_run(
    monkeypatch: pytest.MonkeyPatch,
    cards: int,
    offloading: bool,
    device: str,
    told: list[tuple[str, str]],
) -> None:
    monkeypatch.setattr(faster_whisper, "gpus", lambda: cards)
    monkeypatch.setattr(checks, "_has_card", lambda: bool(cards))
    monkeypatch.setattr(llama_context, "offloads", lambda: offloading)
    settings = sections(stt={"faster_whisper": {"device": device}})
    found = list(checks.gpu(settings))
    assert states(iter(found)) == told
    assert all(check.advice for check in found if check.state != "ok")


def test_boxes_that_cannot_know_of_each_other_are_told_so(taken: int) -> None:
    livekit = {"url": f"ws://127.0.0.1:{taken}", "api_key": "k", "api_secret": "s" * 40}
    alone = sections(livekit=livekit | {"dispatch": "worker"})
    assert states(checks.livekit(alone)) == [("livekit", "ok"), ("boxes", "warn")]
    shared = alone.model_copy(update={"store": Store(url="postgresql://db/shop")})
    assert states(checks.livekit(shared)) == [("livekit", "ok")]
