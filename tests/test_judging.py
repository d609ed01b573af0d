"""Whether the language model is asked if a sentence answers, and what a fitted one says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from benchmarks.fitting.counters import read_counters
from tests.fakes import ScriptedModel
from voicebot import assemble
from voicebot.assemble import Files
from voicebot.backends.closing import close
from voicebot.config import Knowledge, LlamaCpp, Llm, Models, OpenAILlm, Sections
from voicebot.dialogue import prompt
from voicebot.judging import SMALL, WORTH, Fitted, Judge, Prompted
from voicebot.stages import LanguageModel


def judge(sections: Sections, model: LanguageModel) -> Judge | None:
    return assemble.answer_judge(sections, Files.of(sections), model)


def test_a_model_that_nobody_knows_is_asked_only_where_that_is_wanted() -> None:
    remote = Sections(llm=Llm(backend="openai", openai=OpenAILlm(model="any")))
    model = ScriptedModel()
    assert judge(remote, model) is None
    always = remote.model_copy(update={"knowledge": Knowledge(judge="always")})
    assert judge(always, model) == Prompted(model)


def test_what_was_fitted_belongs_to_a_models_name_wherever_its_file_is() -> None:
    small = Files.of(Sections())
    name = small.name("llm")
    file = small.beside("{}.judging.npz", "llm")
    assert file.name == f"{name}.judging.npz"
    elsewhere = Sections(llm=Llm(llama_cpp=LlamaCpp(model=f"/models/{name}.gguf")))
    assert Files.of(elsewhere).beside("{}.judging.npz", "llm") == file


@pytest.fixture
async def opened() -> AsyncIterator[tuple[Judge | None, LanguageModel]]:
    sections = Sections()
    files = Files.of(sections)
    model = assemble.open_model(sections, files)
    yield assemble.answer_judge(sections, files, model), model
    await close(model)


def test_what_an_opinion_is_worth_is_known_by_the_models_name() -> None:
    medium = Sections(models=Models(profile="medium"))
    assert WORTH[Files.of(medium).name("llm")] != SMALL
    assert Files.of(Sections()).name("llm") not in WORTH


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
        odds = [
            await found.model.fitted_odds(
                prompt.fitted(counter.sentences[row], question.written),
                prompt.FITTED_YES,
                prompt.FITTED_NO,
            )
            for row in (right, beside)
        ]
        told += odds[0] > odds[1]
    assert told >= 10  # of 12; by chance 6 would be
