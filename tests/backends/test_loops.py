import pytest

from voicebot.backends.loops import Loop, echoes, find_loop


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("What is your return policy? What is your return policy?", Loop(5, 2)),
        ("What is your return policy? What is your return policy? What is your", Loop(5, 2)),
        ("I I I I I I I", Loop(1, 7)),
        ("Smith Smith", Loop(1, 2)),
        ("and then and then and then and then", Loop(2, 4)),
        ("So it is the best one, " + "it is the best one, " * 3, Loop(5, 4)),
    ],
)
def test_loops_are_found(text: str, loop: Loop) -> None:
    assert find_loop(text) == loop


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No, no, no.",
        "5 5",
        "One one one one one one one.",
        "It is 5 5 5 5 5 5 5 5.",
        "double five double five double five double five",
        "The red one and the blue one and the green one",
        "Where is my order, I mean, where is my money",
        "thank you, thank you, bye",
    ],
)
def test_what_people_say_is_no_loop(text: str) -> None:
    assert find_loop(text) is None


def test_only_three_times_over_is_certain() -> None:
    assert not Loop(5, 2).certain
    assert Loop(5, 3).certain


HINT = "Where is order ORD507? I want to return it."


@pytest.mark.parametrize(
    "text", ["I want to return it.", "Want to return", "where is order", "Is it 507?"]
)
def test_a_hint_is_echoed(text: str) -> None:
    assert echoes(text, HINT)


@pytest.mark.parametrize(
    "text", ["", "It.", "Return it.", "I want to return it now.", "Where is order ORD123?"]
)
def test_other_words_are_no_echo(text: str) -> None:
    assert not echoes(text, HINT)
    assert not echoes(text, "")
