import pytest

from voicebot.dialogue.followup import resolve

TOPIC = "How much is standard shipping?"


@pytest.mark.parametrize(
    ("said", "focus"),
    [
        ("And express?", "express?"),
        ("what about Canada", "Canada"),
        ("Okay, and on Sundays?", "on Sundays?"),
        ("How about the large one?", "the large one?"),
        ("or overnight?", "overnight?"),
    ],
)
def test_a_part_takes_the_place_of_one_in_the_question_before(said: str, focus: str) -> None:
    found = resolve(said, TOPIC)
    assert found.leans
    assert found.focus == focus
    assert found.text.startswith(TOPIC)
    assert focus.lower() in found.text.lower()


@pytest.mark.parametrize("said", ["How long does it take?", "Is that free?", "What does it cost?"])
def test_a_pronoun_points_to_the_question_before(said: str) -> None:
    found = resolve(said, TOPIC)
    assert (found.text, found.focus, found.leans) == (f"{TOPIC} {said}", "", True)


@pytest.mark.parametrize(
    "said",
    [
        "And where is my order?",
        "And can I return it if I opened the box?",
        "What is your return policy?",
        "Is it waterproof?",
        "And do you have headphones?",
        "or I could send it back",
        "And what about all of the things that I bought last year in the sale?",
    ],
)
def test_a_question_of_its_own_stays_as_it_is(said: str) -> None:
    assert resolve(said, TOPIC).text == said


def test_without_a_topic_nothing_is_added() -> None:
    assert resolve("And express?", "").text == "And express?"
