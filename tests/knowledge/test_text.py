import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.knowledge.text import clean, join_lines, sentences, squeeze, strip_marks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs $5.99. Free over $50.", ["It costs $5.99.", "Free over $50."]),
        ("Rated, e.g. IPX7. Ask Dr. Lee.", ["Rated, e.g. IPX7.", "Ask Dr. Lee."]),
        ("Open until 5 p.m. We close then.", ["Open until 5 p.m.", "We close then."]),
        ("Open until 5 p.m. Monday.", ["Open until 5 p.m. Monday."]),
        ("At least 1 A. The light is red.", ["At least 1 A.", "The light is red."]),
        ("We ship to P.O. Boxes.", ["We ship to P.O. Boxes."]),
        ('Is it? Yes! "Free." Done', ["Is it?", "Yes!", '"Free."', "Done"]),
        ("Bluetooth 5.3 and 2.5 GHz.", ["Bluetooth 5.3 and 2.5 GHz."]),
        ("1. Hold the button.", ["1. Hold the button."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet="aB1 .!?$\"'(", max_size=80))
def test_sentences_lose_nothing(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_control_tokens_and_phonemes_go_also_when_nested() -> None:
    assert strip_marks("a<|im_end|>b [[fO]] <|<|x|>im_start|>c") == "ab fO im_startc"


@pytest.mark.parametrize(
    "token",
    [
        "<|im_end|>",
        "<|eot_id|>",
        "<\uff5cend\u2581of\u2581sentence\uff5c>",
        "[INST]",
        "[/INST]",
        "[TOOL_CALLS]",
        "<<SYS>>",
        "<</SYS>>",
        "<s>",
        "</s>",
        "<start_of_turn>",
        "<tool_call>",
        "<unused99>",
        "<[INST]s>",
    ],
)
def test_no_control_token_gets_through(token: str) -> None:
    assert squeeze(clean(f"We {token}open.")) == "We open."


def test_what_only_looks_like_a_token_stays() -> None:
    text = "At 3 < 5 and 7 > 6 [see page 2] [NEW] <Shift> we a<b."
    assert clean(text) == text


@given(st.text(alphabet="<|>[] x", max_size=60))
def test_no_mark_survives(text: str) -> None:
    stripped = squeeze(text)
    assert not any(mark in stripped for mark in ("<|", "|>", "[[", "]]"))


def test_a_mark_divided_by_a_line_end_goes_too() -> None:
    assert squeeze(join_lines(["hello <|im_", "start|> there [", "[x]"])) == "hello there [ [x]"


def test_clean_makes_characters_ordinary_and_keeps_columns() -> None:
    assert clean("o\ufb03ce\u00a0\u00a0“5”\u00ad ‑ x²™ \x00½") == 'office  "5" - x² 1/2'


@pytest.mark.parametrize(
    ("lines", "words", "expected"),
    [
        (["infor-", "mation"], set(), "information"),
        (["by e-", "mail"], set(), "by e-mail"),
        (["noise-", "cancelling"], {"noise-cancelling"}, "noise-cancelling"),
        (["two-", "way"], {"twoway"}, "twoway"),
        (["5-", "7 days"], set(), "5-7 days"),
        (["9:00–", "17:00"], set(), "9:00–17:00"),
        (["hello@north-", "gate.example"], set(), "hello@north-gate.example"),
        (
            ["to a@b.example. A confirma-", "tion follows"],
            set(),
            "to a@b.example. A confirmation follows",
        ),
        (["one", "two"], set(), "one two"),
    ],
)
def test_words_divided_at_line_ends(lines: list[str], words: set[str], expected: str) -> None:
    assert join_lines(lines, frozenset(words)) == expected
