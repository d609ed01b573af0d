from __future__ import annotations

from collections.abc import AsyncIterator

import openai  # noqa: F401  a second or more, which would count as an answer's
import pytest

from tests.openai_server import KEY, OpenAIServer, openai_server


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenAIServer]:
    monkeypatch.setenv("TEST_KEY", KEY)
    async with openai_server() as serving:
        yield serving
