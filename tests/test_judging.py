"""Whether the language model is asked if a sentence answers, and what a fitted one says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from benchmarks.fitting.counters import read_counters
from tests.fakes import ScriptedModel
from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.closing import close
from voicebot.config import Knowledge, Llm, Models, OpenAILlm, Sections
from voicebot.judging import SMALL, WORTH, Fitted, Judge, Prompted
from voicebot.stages import LanguageModel


def judge(sections: Sections, model: LanguageModel) -> Judge | None:
    return assemble.open_answer_judge(sections, Files.of(sections), model)


def test_a_model_that_nobody_knows_is_asked_only_where_that_is_wanted() -> None:
    remote = Sections(llm=Llm(backend="openai", openai=OpenAILlm(model="any")))
    model = ScriptedModel()
    assert judge(remote, model) is None
    always = remote.model_copy(update={"knowledge": Knowledge(judge="always")})
    assert judge(always, model) == Prompted(model)


@pytest.fixture
async def opened() -> AsyncIterator[tuple[Judge | None, LanguageModel]]:
    sections = Sections()
    files = Files.of(sections)
    model = assemble.open_model(sections, files)
    found = assemble.open_answer_judge(sections, files, model)
    yield found, model
    await close(found)
    await close(model)


def test_what_an_opinion_is_worth_is_known_by_the_models_name() -> None:
    medium = Sections(models=Models(profile="medium"))
    assert WORTH[Files.of(medium).name("llm")] != SMALL
    assert Files.of(Sections()).name("llm") not in WORTH


@pytest.mark.models
async def test_who_wants_no_opinion_gets_no_judge(
    opened: tuple[Judge | None, LanguageModel],
) -> None:
    never = Sections(knowledge=Knowledge(judge="never"))
    assert judge(never, opened[1]) is None


@pytest.mark.models
async def test_the_fitted_one_tells_what_answers_from_what_stands_beside_it(
    opened: tuple[Judge | None, LanguageModel],
) -> None:
    found, _ = opened
    assert isinstance(found, Fitted)
    counter = next(one for one in read_counters() if one.name == "bikes")
    asked = [question for question in counter.questions if question.found][:12]
    told = 0
    for question in asked:
        right = question.found[0]
        beside = next(row for row in (right + 1, right - 1, right - 2) if row not in question.found)
        texts = [counter.sentences[row] for row in (right, beside)]
        odds = await found.model.log_odds(question.written, texts)
        told += odds[0] > odds[1]
    assert told >= 10  # of 12; by chance 6 would be
