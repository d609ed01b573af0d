import pytest

from voicebot.knowledge.grounded import is_grounded

TEXTS = (
    "You can return most items within 30 days of delivery.",
    "Earbuds can only be returned unopened.",
    "Express: 2 to 3 business days, $12.99.",
    "Return shipping is free for defective items.",
    "We do not ship to Canada.",
)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("how long have I got", "You have thirty days from delivery to return most items."),
        ("what is express", "Express takes 2 to 3 business days and is $12.99."),
        ("what is express", "Express takes two to three business days."),
        ("can you send it to Canada", "We do not ship to Canada."),
        ("who pays if it is broken", "Return shipping is free for defective items."),
    ],
)
def test_what_the_texts_say_may_be_said(question: str, sentence: str) -> None:
    assert is_grounded(sentence, question, TEXTS)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("how long have I got", "You have 60 days of delivery to return most items."),
        ("how long have I got", "You have sixty days of delivery to return most items."),
        ("can you send it to Canada", "We ship to Canada."),
        ("can you send it to Canada", "Yes, we do not ship to Canada."),
        ("may I return it", "Yes, you can return most items."),
        ("may I return opened earbuds", "Earbuds can be returned."),
        ("what is express", "Express by FedEx takes 2 to 3 business days."),
        ("what is express", "Our lovely couriers bring parcels to every doorstep."),
        ("who pays", "Return shipping is not free for defective items."),
        ("what", ""),
    ],
)
def test_what_they_do_not_say_may_not(question: str, sentence: str) -> None:
    assert not is_grounded(sentence, question, TEXTS)
