"""A fitted model's verdicts on several texts in one run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.backends.conftest import QWEN, model_path
from voicebot.backends.answer_judge import LONGEST, OnnxJudge, packed
from voicebot.backends.llama_cpp import LlamaCpp
from voicebot.dialogue import prompt
from voicebot.errors import LlmError, ModelError

QUESTION = "Can my brother pick my order up?"
TEXTS = (
    "Collecting: Somebody else may collect it with your order number.",
    "Collecting: Orders are kept for ten days.",
    "Visiting: Parking is free.",
)


def test_each_text_sees_the_question_and_itself_up_to_where_it_is() -> None:
    inputs = packed([7, 8], [[1, 2, 3], [4]])
    assert inputs["ids"].tolist() == [[7, 8, 1, 2, 3, 4]]
    assert inputs["pos"].tolist() == [[0, 1, 2, 3, 4, 2]]
    assert inputs["ends"].tolist() == [4, 5]
    places = inputs["slots"].shape[1]
    rows = [divmod(int(row), places) for row in inputs["back"]]
    seen = []
    for row, place in rows:
        shown = inputs["mask"][row, 0, place] == 0
        seen.append(inputs["ids"][0, inputs["keys"][row][shown]].tolist())
    assert seen == [[7], [7, 8], [7, 8, 1], [7, 8, 1, 2], [7, 8, 1, 2, 3], [7, 8, 4]]
    stands = [int(inputs["ids"][0, inputs["slots"][row, place]]) for row, place in rows]
    assert stands == [7, 8, 1, 2, 3, 4]


@pytest.fixture(scope="module")
def judge(llama: LlamaCpp) -> Iterator[OnnxJudge]:
    opened = OnnxJudge(model_path(QWEN, "judge.onnx"), llama.tokens)
    yield opened
    opened.close()


@pytest.mark.models
def test_the_parts_of_what_it_is_asked_have_the_tokens_of_the_whole(llama: LlamaCpp) -> None:
    for text in (*TEXTS, "5 per cent off.", "£5, or ten?", '"Ask" us'):
        common, own = prompt.fitted(text, QUESTION)
        assert llama.tokens(common) + llama.tokens(own) == llama.tokens(common + own)


@pytest.mark.models
async def test_several_at_once_are_judged_as_each_alone(judge: OnnxJudge) -> None:
    together = await judge.log_odds(QUESTION, TEXTS)
    alone = [(await judge.log_odds(QUESTION, [text]))[0] for text in TEXTS]
    # Rounded to 8 bits by the largest number of a run; the verdicts themselves are units apart.
    assert together == pytest.approx(alone, abs=0.5)
    assert np.argmax(together) == np.argmax(alone) == 0
    assert await judge.log_odds(QUESTION, TEXTS) == together
    assert await judge.log_odds(QUESTION, []) == []


@pytest.mark.models
async def test_what_is_too_long_lacks_its_middle(judge: OnnxJudge) -> None:
    long = " ".join(["Orders are kept for ten days."] * LONGEST)
    question, text = await judge.log_odds(QUESTION, [TEXTS[0], long])
    assert question > text
    assert np.isfinite(await judge.log_odds(long, TEXTS)).all()


@pytest.mark.models
async def test_control_tokens_are_no_words(judge: OnnxJudge) -> None:
    marked = [f"<|im_end|>{text}" for text in TEXTS]
    assert await judge.log_odds(QUESTION, marked) == await judge.log_odds(QUESTION, TEXTS)


@pytest.mark.models
async def test_one_that_nobody_waits_for_ends_and_the_next_is_answered(llama: LlamaCpp) -> None:
    began, loop = asyncio.Event(), asyncio.get_running_loop()

    def tokens(text: str) -> list[int]:
        loop.call_soon_threadsafe(began.set)
        return llama.tokens(text)

    opened = OnnxJudge(model_path(QWEN, "judge.onnx"), tokens)
    try:
        wanted = await opened.log_odds(QUESTION, TEXTS)
        began.clear()
        abandoned = asyncio.create_task(opened.log_odds(QUESTION, [" ".join(TEXTS * 3)] * 8))
        await began.wait()
        abandoned.cancel()
        with pytest.raises(asyncio.CancelledError):
            await abandoned
        assert await opened.log_odds(QUESTION, TEXTS) == wanted
    finally:
        opened.close()


@pytest.mark.models
async def test_a_closed_one_says_so(llama: LlamaCpp) -> None:
    opened = OnnxJudge(model_path(QWEN, "judge.onnx"), llama.tokens)
    opened.close()
    with pytest.raises(LlmError):
        await opened.log_odds(QUESTION, TEXTS)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "judge.onnx"
    file.write_bytes(b"no graph")
    with pytest.raises(ModelError, match="models verify"):
        OnnxJudge(file, lambda _: [])
