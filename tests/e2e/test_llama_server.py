"""The remote language model against servers that others wrote, with the same model file."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Literal

import httpx
import pytest

from tests.e2e import llama_server
from tests.e2e.serving import READY_S
from voicebot import events
from voicebot.assemble import Files
from voicebot.backends.openai.llm import OpenAIModel
from voicebot.config import OpenAILlm, Sections
from voicebot.dialogue import prompt
from voicebot.dialogue.history import History
from voicebot.dialogue.intents import DOCUMENTS
from voicebot.errors import LlmError
from voicebot.events import RemoteUsed
from voicebot.models.places import cache_dir
from voicebot.rooms.server import free_port
from voicebot.stages import Generation

pytestmark = [pytest.mark.e2e, pytest.mark.models]
WORDS = {"status": "check_order_status", "question": DOCUMENTS}
SLOW = 200.0  # seconds that a loaded machine may take


def _of_python() -> list[str]:
    script = str(Path(llama_server.__file__))
    return [sys.executable, script, "--logits_all", "true", "--n_ctx", "2048", "--n_threads", "2"]


def _of_cpp() -> list[str]:
    found = shutil.which("llama-server") or shutil.which(cache_dir() / "bin" / "llama-server")
    if found is None:
        pytest.skip("no llama-server: scripts/llama-server builds it")
    # Weights are not repacked for AMX: a virtual machine may announce it and have none.
    return [found, "--no-repack", "--parallel", "2", "--ctx-size", "4096", "--threads", "2"]


@pytest.fixture(scope="module", params=[_of_python, _of_cpp], ids=["llama-cpp-python", "llama.cpp"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    model, port = Files.of(Sections()).file("llm", ".gguf"), free_port()
    command = [*request.param(), "--model", str(model), "--port", str(port)]
    log = tmp_path_factory.mktemp("llama") / "server.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + READY_S
        while not _answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)  # between two looks at another process
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        models = httpx.get(f"http://127.0.0.1:{port}/v1/models", timeout=5, trust_env=False)
        return models.status_code == 200
    except httpx.TransportError:
        return False


def remote(
    url: str,
    told: list[events.Event] | None = None,
    *,
    choose_by: Literal["tool", "schema"] = "tool",
    first_timeout: float = SLOW,
) -> OpenAIModel:
    section = OpenAILlm(
        base_url=url,
        model="m",
        api_key_env="",
        choose_by=choose_by,
        connect_timeout=SLOW,
        first_timeout=first_timeout,
        timeout=SLOW,
    )
    return OpenAIModel(section, events.ignore if told is None else told.append)


@pytest.fixture
async def model(url: str) -> AsyncIterator[OpenAIModel]:
    made = remote(url)
    yield made
    await made.aclose()


async def said(model: OpenAIModel, request: Generation) -> list[str]:
    async with aclosing(model.generate(request)) as deltas:
        return [delta async for delta in deltas]


async def test_it_talks_in_deltas(model: OpenAIModel) -> None:
    deltas = await said(model, prompt.talk("the shop", History(0), "How are you?", 0.0))
    assert len(deltas) > 3
    assert "\n" not in "".join(deltas)


@pytest.mark.parametrize(
    ("url", "way"),
    [(_of_python, "tool"), (_of_cpp, "tool"), (_of_cpp, "schema")],  # a schema is Python's 500
    indirect=["url"],
    ids=["llama-cpp-python-tool", "llama.cpp-tool", "llama.cpp-schema"],
)
async def test_it_chooses_what_it_is_offered(url: str, way: Literal["tool", "schema"]) -> None:
    async with aclosing(remote(url, choose_by=way)) as model:
        assert await said(model, prompt.sort("Has my parcel left yet?", WORDS)) == ["status"]


async def test_it_weighs_words(url: str) -> None:
    told: list[events.Event] = []
    model = remote(url, told)
    text = "Delivery: We deliver within the city on weekdays between 9 and 5."
    asked = [prompt.judge(text, q) for q in ("Do you bring it on Saturdays?", "Do you sell fish?")]
    async with aclosing(model.weigh(asked, (prompt.YES, prompt.NO))) as found:
        weights = [one async for one in found]
    assert len(weights) == 2
    assert all(-20 < weight < 0 for pair in weights for weight in pair)
    assert weights[0][0] - weights[0][1] > weights[1][0] - weights[1][1]
    used = [event for event in told if isinstance(event, RemoteUsed)]
    assert [event.tokens_out for event in used] == [1, 1]
    assert min(event.tokens_in for event in used) > 100
    await model.aclose()


async def test_it_is_given_up_in_time_and_answers_the_next(url: str, model: OpenAIModel) -> None:
    request = prompt.talk("the shop", History(0), "Tell me a long story.", 0.0)
    hasty = remote(url, first_timeout=0.001)
    with pytest.raises(LlmError, match="in time"):
        await said(hasty, request)
    await hasty.aclose()
    assert await said(model, prompt.talk("the shop", History(0), "How are you?", 0.0))
