"""The OpenAPI document against the application: whatever is sent, no error of the server's, no
answer that is not described, and nothing refused that is described as right."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.http.conftest import FakeDispatcher, FakeService
from voicebot.config import Sections
from voicebot.events import EventStream
from voicebot.http import auth, routes
from voicebot.http.app import create_app
from voicebot.http.pages import Pages

EXAMPLES = 25  # of each operation, caller and kind of data
UNLIMITED = 10**6
WITH_INPUT = (
    "POST /api/token",
    "POST /api/spawn-bot",
    "POST /webhook",
    "GET /api/operator",
    "POST /api/operator/session",
)
WITHOUT = ("GET /health", "GET /ready", "GET /metrics", "DELETE /api/operator/session")
TRIED = [
    *((label, GenerationMode.POSITIVE) for label in (*WITH_INPUT, *WITHOUT)),
    *((label, GenerationMode.NEGATIVE) for label in WITH_INPUT),
]


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """One that is never full and refuses nobody for asking too often."""
    monkeypatch.setattr(routes, "TOKEN_BURST", UNLIMITED)
    monkeypatch.setattr(auth, "WRONG_KEYS", UNLIMITED)
    service = FakeService(FakeDispatcher(places=UNLIMITED))
    sections = Sections.model_validate({"http": {"api_key": "the-key"}})
    return create_app(service, sections, EventStream(), pages=Pages(tmp_path_factory.mktemp("web")))


@pytest.mark.parametrize("authorization", ["Bearer the-key", ""])
@pytest.mark.parametrize(("label", "mode"), TRIED)
def test_answers_are_as_described(
    app: FastAPI, label: str, authorization: str, mode: GenerationMode
) -> None:
    headers = {"host": "localhost", "authorization": authorization}
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app, headers=headers)
    method, path = label.split()
    operation = schema[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers)

    ask()


def test_every_operation_is_tried(app: FastAPI) -> None:
    theirs = {"GET /api/kiosk", "GET /api/kiosk/logo"}
    described = {
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    assert described - theirs == {*WITH_INPUT, *WITHOUT}
