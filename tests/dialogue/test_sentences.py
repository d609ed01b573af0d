from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voicebot.dialogue.sentences import FIRST_WORDS, MOST_WORDS, Clauses, clauses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n ", []),
        ("Hello", ["Hello"]),
        ("Hello! How can I help?", ["Hello!", "How can I help?"]),
        ('He said "Stop!" Then he left.', ['He said "Stop!"', "Then he left."]),
        (
            "Your order has shipped, and it should be with you on the second of May.",
            ["Your order has shipped,", "and it should be with you on the second of May."],
        ),
        (
            "You can bring it back within thirty days if you still have the receipt.",
            ["You can bring it back", "within thirty days if you still have the receipt."],
        ),
        ("It costs $12.99. That is all.", ["It costs $12.99.", "That is all."]),
        (
            "We open at 9 a.m. and close at 5 p.m. on every weekday.",
            ["We open at 9 a.m.", "and close at 5 p.m. on every weekday."],
        ),
        ("Ask Dr. Smith. He knows.", ["Ask Dr. Smith.", "He knows."]),
        ("First line\nSecond line", ["First line", "Second line"]),
    ],
)
def test_clauses(text: str, expected: list[str]) -> None:
    assert clauses(text) == expected


KEPT = ("$12.99", "9 a.m.", "2 to 3", "5-7", "1,299.00", "e.g. this", "No. 5", "J. Doe", "v2.1")


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("before", range(0, 12, 3))
def test_what_belongs_together_is_not_torn(kept: str, before: int) -> None:
    words = "of course you will see that it was there for us then"
    text = f"{' '.join(words.split()[:before])} {kept} and then some more of it, as you know."
    assert any(kept in clause for clause in clauses(text))


def test_only_the_first_clause_is_short() -> None:
    sentence = "This one goes on for quite a while because it has much to tell."
    first, rest, *later = clauses(f"{sentence} {sentence}")
    assert len(first.split()) <= FIRST_WORDS
    assert f"{first} {rest}" == sentence
    assert later == [sentence]


def test_without_first_words_the_first_clause_is_a_sentence() -> None:
    splitter = Clauses(first_words=0)
    text = "This one goes on for quite a while because it has much to tell. Yes."
    assert [*splitter.push(text), *splitter.close()] == [text[:-5], "Yes."]


def test_a_clause_comes_as_soon_as_it_is_complete() -> None:
    splitter = Clauses()
    assert list(splitter.push("Hello! How ")) == ["Hello!"]
    assert list(splitter.push("can I help you")) == []
    assert list(splitter.close()) == ["How can I help you"]


def test_a_figure_at_the_edge_of_a_delta_is_waited_for() -> None:
    splitter = Clauses()
    assert list(splitter.push("It costs $12.")) == []
    assert list(splitter.push("99. ")) == ["It costs $12.99."]


def test_monsters_are_cut_so_that_synthesis_can_be_cancelled() -> None:
    assert [len(c.split()) for c in clauses("word " * 70)] == [MOST_WORDS] * 5


# Words that the rules look at, in any order, beside any others.
texts = st.lists(
    st.one_of(
        st.sampled_from(
            ("and", "or", "which", "for", "in", "it,", "so;", "yes.", "no!", "a.m.", "Mr.", "$5.99")
        ),
        st.sampled_from(("what?", "5", "5,", "(see", 'page)."', "...", "\n", "I", "long", "-")),
        st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=6),
    ),
    max_size=80,
).map(" ".join)


@given(texts)
def test_nothing_is_lost_added_or_endless(text: str) -> None:
    found = clauses(text)
    assert " ".join(found).split() == text.split()
    assert all(0 < len(clause.split()) <= MOST_WORDS for clause in found)


@given(texts)
@example("I can see that and you know and then it goes on.")
def test_letter_by_letter_gives_the_same_clauses_as_at_once(text: str) -> None:
    splitter = Clauses()
    streamed = [clause for letter in text for clause in splitter.push(letter)]
    assert [*streamed, *splitter.close()] == clauses(text)
