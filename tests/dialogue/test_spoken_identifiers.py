from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voicebot.dialogue.spoken import identifiers
from voicebot.dialogue.spoken.identifiers import IdIndex
from voicebot.dialogue.spoken.numbers import in_words
from voicebot.dialogue.spoken.symbols import NATO

KNOWN = IdIndex(
    ["ORD123", "ORD124", "ORD1203", "ORD456", "ORD48213", "ORD15", "ORD150", "ORD555", "A17B2"]
)


def first(text: str, expected: bool = False) -> str | None:
    found = identifiers.match(text, KNOWN, expected=expected)
    return found[0].order_id if found and found[0].score >= 0.9 else None


@pytest.mark.parametrize(
    ("text", "order_id"),
    [
        ("ORD123", "ORD123"),
        ("O R D one two three", "ORD123"),
        ("Where is my order 1, 2, 3?", "ORD123"),
        ("oh Rd123", "ORD123"),
        ("O.R.D. 1-2-3", "ORD123"),
        ("O. R. D. 4. 5. 6.", "ORD456"),
        ("order number forty eight two thirteen", "ORD48213"),
        ("ord one twenty-three", "ORD123"),
        ("order one hundred and twenty three", "ORD123"),
        ("order triple five", "ORD555"),
        ("oscar romeo delta one two three", "ORD123"),
        ("O as in Oscar, R as in Robert, D as in dog, 1 2 3", "ORD123"),
        ("order one two three, sorry, one two four", "ORD124"),
        ("Order 123, sorry 4.", "ORD124"),
        ("my order number is, uh, ORD-456. My name is Doe.", "ORD456"),
        ("A seventeen B two", "A17B2"),
        ("order 4, uh, 5, 6 please", "ORD456"),
        ("order one to three", "ORD123"),
        ("My order is 456. One is broken.", "ORD456"),
        ("O R D. 4 5 6.", "ORD456"),
    ],
)
def test_an_order_number_is_heard_in_many_ways(text: str, order_id: str) -> None:
    assert first(text) == order_id


@pytest.mark.parametrize(
    "text",
    [
        "do you have headphones under 123 dollars",
        "I paid $123",
        "I bought it 456 days ago",
        "I want to order 2 of them",
        "do you have a 15 inch screen",
        "are you open in december 2024",
        "hello there",
        "",
        "fifteen",
    ],
)
def test_other_numbers_are_no_order_numbers(text: str) -> None:
    assert first(text) is None


def test_bare_digits_count_while_a_number_is_expected() -> None:
    assert first("fifteen") is None
    assert first("fifteen", expected=True) == "ORD15"
    assert identifiers.heard("I don't have one", expected=True) == ()


def test_what_sounds_alike_is_near_but_not_sure() -> None:
    index = IdIndex(["ORD250", "ORD777"])
    (near,) = identifiers.match("order two fifteen", index)
    assert near.order_id == "ORD250"
    assert 0.7 <= near.score < 0.9
    (nine,) = identifiers.match("order 259", IdIndex(["ORD255"]))
    assert 0.7 <= nine.score < 0.9


def test_a_digit_more_or_less_ranks_below_what_sounds_alike() -> None:
    (off,) = identifiers.match("order 1 2 3 4 5", IdIndex(["ORD12346"]))
    assert off.score < 0.7


def test_the_exact_number_hides_the_near_ones() -> None:
    found = identifiers.match("order 123", IdIndex(["ORD123", "ORD124", "ORD129"]))
    assert [m.order_id for m in found] == ["ORD123"]


def test_ambiguous_words_give_both_readings_in_order() -> None:
    found = identifiers.match("order one twenty-three", KNOWN)
    assert [m.order_id for m in found] == ["ORD123", "ORD1203"]
    assert found[0].score > found[1].score + 0.05


def test_the_letters_tell_apart_what_the_digits_do_not() -> None:
    index = IdIndex(["ORD123", "WEB123"])
    assert identifiers.match("WEB 123", index)[0].order_id == "WEB123"
    alone = identifiers.match("order 123", index)
    assert {m.order_id for m in alone} == {"ORD123", "WEB123"}
    assert alone[0].score == alone[1].score


def test_leading_zeros_may_be_left_out() -> None:
    (found,) = identifiers.match("order 4 2 7", IdIndex(["ORD-00427"]))
    assert found.order_id == "ORD-00427"
    assert found.score >= 0.9


def test_a_number_that_does_not_exist_is_still_heard() -> None:
    (heard,) = identifiers.heard("order nine nine nine", prefix_known=["ORD"])
    assert heard.order_id == "999"
    assert heard.cue
    assert identifiers.match("order nine nine nine", KNOWN) == ()


def test_the_span_is_where_it_was_said() -> None:
    text = "Please check ORD-123 for me."
    (heard,) = identifiers.heard(text)
    assert text[heard.start : heard.end] == "ORD-123"


@pytest.mark.parametrize(
    "text",
    [
        "my order number is",
        "It's O R D",
        "O R D one two",
        "my order number is 12",
        "order number one double",
        "My order number is, um",
    ],
)
def test_a_number_that_is_still_open(text: str) -> None:
    assert identifiers.unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "ORD123",
        "Where is my order?",
        "where is my order",
        "I don't know my order number",
        "O R D one two three",
        "Do you have headphones under sixty dollars",
        "yes",
        "I have 2",
        "",
    ],
)
def test_nothing_is_open(text: str) -> None:
    assert not identifiers.unfinished(text)


def test_existing_numbers_say_whether_more_comes() -> None:
    index = IdIndex(["ORD12345", "ORD67"])
    assert identifiers.unfinished("O R D one two three", index)
    assert not identifiers.unfinished("O R D six seven", index)


# ---- any identifier, spoken in any way

SEPARATORS = st.sampled_from([" ", ", ", " uh ", "-", ". "])
BY_LETTER = {letter: word for word, letter in NATO.items()}


@st.composite
def spoken(draw: st.DrawFn) -> tuple[str, str]:
    """An identifier and one way to say it, each digit on its own or doubled."""
    prefix = draw(st.sampled_from(["", "ORD", "A", "WX", "QZ", "PKB"]))
    digits = draw(st.text(string.digits, min_size=3, max_size=7))
    separator = draw(SEPARATORS)
    parts = []
    for letter in prefix:
        way = draw(st.sampled_from(["letter", "nato"]))
        parts.append(letter if way == "letter" else BY_LETTER[letter])
    at = 0
    while at < len(digits):
        digit = digits[at]
        if digits[at : at + 2] == digit * 2 and draw(st.booleans()):
            parts.append(f"double {in_words(int(digit))}")
            at += 2
            continue
        words = [in_words(int(digit)), digit] + (["oh", "zero"] if digit == "0" and at else [])
        parts.append(draw(st.sampled_from(words)))
        at += 1
    lead = draw(st.sampled_from(["", "my order number is ", "it's ", "yes, order "]))
    tail = draw(st.sampled_from(["", ".", " please", "?"]))
    return prefix + digits, lead + separator.join(parts) + tail


@given(spoken(), st.lists(st.from_regex(r"ORD[0-9]{8}", fullmatch=True), max_size=5))
@example(("ORD0000", "O uh R uh D uh zero uh zero uh oh uh 0"), [])
def test_any_identifier_said_digit_by_digit_is_understood(
    said: tuple[str, str], others: list[str]
) -> None:
    order_id, text = said
    (best, *_) = identifiers.match(text, IdIndex([order_id, *others]), expected=True)
    assert best.order_id == order_id
    assert best.score >= 0.85


@given(st.integers(100, 999_999), st.sampled_from(["order {}", "ORD {}", "it's order number {}."]))
def test_any_number_said_as_one_is_understood(number: int, carrier: str) -> None:
    (best, *_) = identifiers.match(
        carrier.format(in_words(number)), IdIndex([f"ORD{number}"]), expected=True
    )
    assert best.order_id == f"ORD{number}"
    assert best.score >= 0.9


@given(st.lists(st.integers(10, 99), min_size=2, max_size=4))
def test_any_number_said_in_pairs_is_among_the_readings(pairs: list[int]) -> None:
    number = "".join(map(str, pairs))
    text = "order " + " ".join(in_words(pair) for pair in pairs)
    (best, *_) = identifiers.match(text, IdIndex([f"ORD{number}"]))
    assert best.order_id == f"ORD{number}"


@given(st.text(max_size=80), st.booleans())
def test_no_text_is_too_much(text: str, expected: bool) -> None:
    for heard in identifiers.heard(text, expected=expected):
        assert heard.readings
        assert 0 <= heard.start < heard.end <= len(text)
    identifiers.match(text, KNOWN, expected=expected)
    identifiers.unfinished(text, KNOWN)


@pytest.mark.parametrize(
    "text",
    ["Where so RD123?", "Can I send Beco Rd123?", "SOR-D123 left your warehouse yet."],
)
def test_a_prefix_that_ran_into_a_word_is_made_whole(text: str) -> None:
    assert [one.order_id for one in identifiers.heard(text, prefix_known=("ORD",))] == ["ORD123"]


def test_letters_of_another_kind_are_left_alone() -> None:
    assert [one.order_id for one in identifiers.heard("Item SP100", prefix_known=("ORD",))] == [
        "SP100"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I'd like a refund for LRD124.",
        "And where is RDR124?",
        "I need a refund 4LRD 124.",
        "Can I still return the RDR-D124?",
        "So Rd 124 first.",
        "Where's O-RT124?",
    ],
)
def test_a_prefix_that_was_misheard_is_made_whole(text: str) -> None:
    [found] = identifiers.heard(text, prefix_known=("ORD",))
    assert found.order_id == "ORD124"


@pytest.mark.parametrize("code", ["SP100", "LC511", "UC510", "BX410", "USB3"])
def test_codes_of_goods_are_no_order_numbers(code: str) -> None:
    assert not any(
        one.order_id.startswith("ORD") for one in identifiers.heard(code, prefix_known=("ORD",))
    )


def test_an_ordinal_before_a_number_is_no_prefix() -> None:
    found = identifiers.heard("On the 3rd 124 came.", prefix_known=("ORD",), expected=True)
    assert not any(one.order_id.startswith("ORD") for one in found)


INDEX = IdIndex(("ORD123", "ORD905"))


@pytest.mark.parametrize(
    ("text", "order_id"),
    [
        ("Where so are 905.", "905"),
        ("And where's Olar D123?", "D123"),
        ("Hazardy 123 left your warehouse yet.", "123"),
        ("Where is 123, please?", "123"),
    ],
)
def test_a_bare_number_may_be_that_of_an_order(text: str, order_id: str) -> None:
    assert [one.order_id for one in identifiers.bare(text, INDEX)] == [order_id]


@pytest.mark.parametrize(
    "text",
    [
        "Where are your 100 watt chargers?",
        "My SP-100 arrived broken.",
        "I want to return 2.",
        "Can I return it within 30 days?",
    ],
)
def test_other_bare_numbers_are_none(text: str) -> None:
    assert identifiers.bare(text, INDEX) == ()
