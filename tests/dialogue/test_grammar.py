from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.grammar import literal, one_of


def test_the_alternatives_of_a_choice() -> None:
    assert one_of(["status", "return"]) == 'root ::= "status" | "return"'


def test_a_word_that_comes_twice_is_one_alternative() -> None:
    assert one_of(["a", "b", "a"]) == 'root ::= "a" | "b"'


@pytest.mark.parametrize("words", [[], [""], ["status", ""]])
def test_a_dead_end_is_refused(words: list[str]) -> None:
    with pytest.raises(ValueError, match="at least one word"):
        one_of(words)


def test_a_word_that_would_end_the_grammar_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        one_of(["status", "a\0b"])


def test_words_cannot_end_the_literal_they_stand_in() -> None:
    assert literal('say "hi" \\ \n\r\t') == r'"say \"hi\" \\ \n\r\t"'


@given(st.text())
def test_a_literal_is_one_line_with_two_bare_quotes(text: str) -> None:
    made = literal(text)
    assert not re.search(r"[\n\r\t]", made)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', made, re.DOTALL)
