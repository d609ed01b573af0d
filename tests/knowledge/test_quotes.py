from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.knowledge.quotes import (
    MAX_CHARACTERS,
    MAX_ROWS,
    Quote,
    candidates,
    choose,
    stem,
    words,
)
from voicebot.stages import Hit


def hits(
    *found: tuple[str, float], title: str = "Shop", heading: str = "", order: Sequence[int] = ()
) -> list[Hit]:
    """Sentences of one passage in the order given, with their similarity; best first."""
    passage = " ".join(sentence for sentence, _ in found)
    made = [
        Hit(sentence, score, "a.pdf", 1, title, heading, passage, "a.pdf#0", position)
        for position, (sentence, score) in enumerate(found)
    ]
    return sorted(made, key=lambda hit: -hit.score)


HOURS = hits(
    ("Friday: 9 AM to 8 PM.", 0.60), ("Saturday: 9 AM to 6 PM.", 0.61),
    ("Sunday: 11 AM to 5 PM.", 0.58), heading="Opening hours",
)  # fmt: skip


def answer(question: str, found: list[Hit], threshold: float) -> Quote | None:
    return choose(question, candidates(question, found), threshold)


def said(question: str, found: list[Hit], threshold: float = 0.1) -> str:
    quote = answer(question, found, threshold)
    return quote.text if quote else ""


def test_nothing_found_nothing_said() -> None:
    assert answer("What?", [], 0.1) is None
    assert answer("Do you sell pianos?", hits(("We sell phones.", 0.3)), 0.45) is None


def test_the_row_that_the_question_names() -> None:
    assert said("Are you open on Sundays?", HOURS) == "Sunday: 11 AM to 5 PM."
    assert said("What time do you close on Friday?", HOURS) == "Friday: 9 AM to 8 PM."


def test_several_rows_where_none_is_named() -> None:
    text = said("What are your opening hours?", HOURS)
    assert text == "Friday: 9 AM to 8 PM. Saturday: 9 AM to 6 PM. Sunday: 11 AM to 5 PM."
    many = hits(*((f"Day {n}: 9 to 5.", 0.6) for n in range(8)), heading="Opening hours")
    quote = answer("What are your opening hours?", many, 0.1)
    assert quote is not None
    assert len(quote.hits) == MAX_ROWS


def test_a_heading_that_says_when_is_read_out() -> None:
    found = hits(("The best month for a new lawn.", 0.7), heading="September")
    assert said("When do I sow a lawn?", found) == "September: The best month for a new lawn."
    told = hits(("On Sundays we open at noon.", 0.7), heading="Sundays")
    assert said("When do you open on Sundays?", told) == "On Sundays we open at noon."
    plain = hits(("Wash it by hand.", 0.7), heading="Care")
    assert said("How do I wash it?", plain) == "Wash it by hand."


def test_a_neighbour_that_is_as_close_is_said_too() -> None:
    found = hits(("Returns are free.", 0.62), ("There is no restocking fee.", 0.64))
    assert said("What fee is there?", found) == "Returns are free. There is no restocking fee."


def test_a_neighbour_that_is_far_is_not() -> None:
    found = hits(("Dogs are welcome.", 0.40), ("There is no restocking fee.", 0.66))
    assert said("What fee is there?", found) == "There is no restocking fee."


def test_another_passage_is_said_too_where_either_may_be_the_answer() -> None:
    one = hits(("Returns are free.", 0.66))
    other = [Hit("Pickup is free.", 0.65, "b.pdf", 1, "Shop", "", "Pickup is free.", "b.pdf#0")]
    assert said("Is it free?", one + other) == "Returns are free. Pickup is free."
    far = [replace(other[0], score=0.5)]
    assert said("Is it free?", one + far) == "Returns are free."
    leans = [replace(other[0], sentence="It is free.")]
    assert said("Is it free?", one + leans) == "Returns are free.", "of nobody knows what"
    long = [replace(other[0], sentence=f"{'So ' * MAX_CHARACTERS}free.")]
    assert said("Is it free?", one + long) == "Returns are free."


def test_a_sentence_that_stands_out_is_more_certain_than_one_among_others() -> None:
    question, one = "Is it free?", hits(("Returns are free.", 0.66))
    other = [Hit("Pickup is free.", 0.65, "b.pdf", 1, "Shop", "", "Pickup is free.", "b.pdf#0")]
    alone, among = answer(question, one, 0.01), answer(question, one + other, 0.01)
    assert alone is not None
    assert among is not None
    assert among.score < alone.score


def test_who_they_are_is_said_first_found_or_not() -> None:
    found = hits(("Gift cards cost $10.", 0.2), ("They do not expire.", 0.7))[:1]
    assert said("Do gift cards expire?", found) == "Gift cards cost $10. They do not expire."


def test_instructions_begin_at_their_beginning() -> None:
    steps = (("Hold the button.", 0.62), ("Open the settings.", 0.75), ("It blinks.", 0.5))
    assert said("How do I pair it?", hits(*steps)) == "Hold the button. Open the settings."
    assert said("Where are the settings?", hits(*steps)) == "Open the settings."


def test_words_that_stand_nowhere_speak_against_an_answer() -> None:
    near = hits(("Our store is at 48 Market Street.", 0.49))
    [strange] = candidates("Do you have a store in Chicago?", near)
    [known] = candidates("Do you have a store?", near)
    assert strange.evidence.unknown == 1
    doubtful, sound = (replace(one.evidence, log_odds=1.0) for one in (strange, known))
    assert doubtful.chance < 0.8 * sound.chance


def test_a_word_that_is_new_must_stand_in_the_answer() -> None:
    rows = hits(("Standard: $4.99.", 0.8), ("Express: $12.99.", 0.6))
    found = candidates("How much is standard shipping? Express?", rows, "express")
    assert [one.hit.sentence for one in found] == ["Express: $12.99."]
    assert len(candidates("How much is standard shipping? Drones?", rows, "drones")) == 2


def test_the_best_hit_comes_first_and_the_text_keeps_the_order() -> None:
    found = hits(("Returns are free.", 0.62), ("There is no restocking fee.", 0.64))
    quote = answer("What fee is there?", found, 0.1)
    assert quote is not None
    assert [hit.position for hit in quote.hits] == [1, 0]
    assert 0.1 <= quote.score <= 1


@pytest.mark.parametrize(
    "family",
    [("shipping", "ship", "ships", "shipped"), ("batteries", "battery"), ("charge", "charging"),
     ("returned", "return", "returns"), ("warranties", "warranty"), ("pass", "passes")],
)  # fmt: skip
def test_forms_of_a_word_share_a_stem(family: tuple[str, ...]) -> None:
    assert len({stem(word) for word in family}) == 1


def test_words_leave_out_those_without_meaning() -> None:
    assert words("Doesn't the tracker's battery last?") == {
        stem("tracker"),
        stem("battery"),
        "last",
    }


@given(
    st.text(max_size=60), st.lists(st.tuples(st.text(max_size=150), st.floats(0, 1)), max_size=8)
)
def test_any_question_gets_a_bounded_quote_or_none(
    question: str, found: list[tuple[str, float]]
) -> None:
    quote = answer(question, hits(*found), 0.45)
    if quote is not None:
        assert len(quote.hits) <= max(MAX_ROWS, 3)
        assert len(quote.text) <= max(MAX_CHARACTERS, 2 * 150 + MAX_CHARACTERS)


def test_a_general_question_is_answered_from_where_the_matter_begins() -> None:
    later, begins, other = (
        Hit(sentence, score, source, 1, "Returns", "", sentence, f"{source}#{number}")
        for sentence, score, source, number in (
            ("You get a label by e-mail.", 0.62, "returns.pdf", 10),
            ("Most items come back within 30 days.", 0.60, "returns.pdf", 2),
            ("Hired tools come back on Monday.", 0.61, "hire.pdf", 1),
        )
    )
    found = [later, other, begins]
    assert said("What is your return policy?", found) == begins.sentence
    assert said("Do I get a label for a return?", found) == later.sentence
    far = replace(begins, score=0.30)
    assert said("What is your return policy?", [later, other, far]) == later.sentence
