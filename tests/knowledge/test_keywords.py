import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.knowledge import keywords
from voicebot.knowledge.keywords import Wanted, choose, codes, wanted


def words(question: str) -> list[str]:
    return [each.forms[0] for each in wanted(question) if not each.parts]


def forms(question: str) -> set[str]:
    return {form for each in wanted(question) for form in each.forms}


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("The HX-2040 holds 2 litres.", "hx2040"),
        ("Model HX 2040, black", "hx2040"),
        ("Price: $1,299", "1299"),
        ("Part 12.34/56", "123456"),
        ("Code A-12-B", "a12b"),
    ],
)
def test_numbers_are_joined(text: str, joined: str) -> None:
    assert joined in codes(text).split()


def test_a_number_in_one_piece_is_also_told_in_parts() -> None:
    assert codes("HX2040") == "hx2040 hx 2040"
    assert codes("Open on 5 days, 10 hours") == ""


@pytest.mark.parametrize(
    "said",
    ["HX-2040", "hx2040", "h x 20 40", "HX 2040", "h x twenty forty", "the Nordal HX 2040 kettle"],
)
def test_a_part_number_is_found_in_every_way_it_is_said(said: str) -> None:
    assert "hx2040" in forms(f"How heavy is {said}?")


def test_words_that_every_question_has_are_left_out() -> None:
    assert words("Can you tell me what the battery is made of?") == ["battery", "made"]


def test_a_number_that_exists_stands_for_its_parts() -> None:
    asked = wanted("How heavy is h x 20 40")
    chosen = choose(asked, {"hx2040": 40, "20": 90, "40": 90, "heavy": 3}, 1000, 10_000)
    assert [term.text for term in chosen] == ["heavy", "hx2040"]


def test_the_parts_of_a_number_that_is_none_are_words() -> None:
    chosen = choose(wanted("within 20 40 days"), {"20": 5, "40": 5, "days": 9}, 1000, 10_000)
    assert [term.text for term in chosen] == ["within", "20", "40", "days"]


def test_a_word_that_is_nowhere_counts_against_every_sentence() -> None:
    asked = [Wanted(("kayak",)), Wanted(("rent",))]
    unknown, known = choose(asked, {"rent": 10}, 1000, 10_000)
    assert (unknown.known, known.known) == (False, True)
    assert unknown.weight > known.weight


def test_the_commonest_words_are_left_out_where_they_would_take_long() -> None:
    asked = [Wanted(("filter",)), Wanted(("hx2040",))]
    chosen = choose(asked, {"filter": 30_000, "hx2040": 40}, 200_000, 20_000)
    assert [term.text for term in chosen] == ["hx2040"]
    # One word is searched for however common it is.
    assert choose(asked[:1], {"filter": 30_000}, 200_000, 20_000)


@given(st.text(max_size=300))
def test_whatever_is_said_yields_few_plain_words(text: str) -> None:
    asked = wanted(text)
    assert len(asked) <= 2 * keywords.MOST_WORDS
    assert all(form.isalnum() for each in asked for form in each.forms)
    codes(text)
