"""Every grammar that can be made for a turn, tried on llama.cpp."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicebot.backends.llama_cpp import LlamaCpp
from voicebot.dialogue import grammar
from voicebot.errors import LlmError
from voicebot.stages import Generation, Message

FUZZED = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# What a shop can name a tool, a product or an order; a lone surrogate is no text.
WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
)


async def said(llama: LlamaCpp, gbnf: str) -> str:
    request = Generation((Message("user", "Which?"),), gbnf, max_tokens=60)
    return "".join([delta async for delta in llama.generate(request)])


@pytest.mark.models
@FUZZED
@given(words=st.lists(WORD, min_size=1, max_size=6))
async def test_whatever_the_words_are_one_of_them_is_said(
    llama: LlamaCpp, words: list[str]
) -> None:
    assert await said(llama, grammar.one_of(words)) in words


@pytest.mark.models
@FUZZED
@given(gbnf=st.text(st.sampled_from('root:= "ab|()[]{}*+?-,1\\\n'), max_size=24))
async def test_what_is_no_grammar_or_leads_nowhere_ends_nothing_but_the_turn(
    llama: LlamaCpp, gbnf: str
) -> None:
    with contextlib.suppress(LlmError):
        await said(llama, f"root ::= {gbnf}")
    assert await said(llama, grammar.one_of(["still here"])) == "still here"
