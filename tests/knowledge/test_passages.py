import pytest

from voicebot.knowledge.documents import Document
from voicebot.knowledge.layout import Block, Heading, Prose, Table
from voicebot.knowledge.passages import MAX_SENTENCE, MOST_VECTORS, cut, rows


def document(*pages: tuple[Block, ...]) -> Document:
    return Document("shipping.pdf", "Shipping", pages)


def said(table: Table) -> list[str]:
    return [piece.text for piece in rows(table)]


def test_rows_stand_alone() -> None:
    table = Table(
        ("Method", "Delivery time", "Price"), (("Express", "2 to 3 business days", "$12.99"),)
    )
    assert said(table) == ["Express: delivery time 2 to 3 business days, price $12.99."]


def test_rows_leave_out_what_only_the_eye_needs() -> None:
    assert said(Table(("Property", "Value"), (("Weight", "250 g"),))) == ["Weight: 250 g."]
    assert said(Table(("Problem", "What to do"), (("no sound", "Raise the volume."),))) == [
        "No sound: Raise the volume."
    ]
    assert said(Table((), (("Sunday", "closed"), ("", "")))) == ["Sunday: closed."]


def test_sentences_carry_title_heading_and_passage() -> None:
    first, second = cut(
        document((Heading("Prices"), Prose("Standard is free. Express costs more.")))
    )
    assert first.embed[0] == "Shipping: Prices: Standard is free."
    assert (first.heading, first.title, first.page) == ("Prices", "Shipping", 1)
    assert (first.position, second.position) == (0, 1)
    assert first.passage == "Standard is free. Express costs more."
    assert first.passage_id == second.passage_id


def test_headings_go_over_to_the_next_page() -> None:
    found = cut(document((Heading("Hours"), Prose("We open.")), (Prose("We close."),)))
    assert [(s.heading, s.page) for s in found] == [("Hours", 1), ("Hours", 2)]
    assert found[0].passage_id != found[1].passage_id


def test_passages_and_sentences_are_bounded() -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(30))
    found = cut(document((Prose(text), Prose("word " * 300))))
    assert max(s.position for s in found) <= 5
    assert all(len(s.text) <= MAX_SENTENCE for s in found)


def test_courtesies_are_no_answers_but_stay_in_their_passage() -> None:
    found = cut(document((Prose("Thank you for choosing us. This page explains all. We ship."),)))
    assert [(s.text, s.position) for s in found] == [("We ship.", 2)]
    assert found[0].passage.startswith("Thank you")


@pytest.mark.parametrize(
    "text",
    [
        "We want you to be happy with what you bought.",
        "We are committed to your satisfaction.",
        "We hope you enjoy it as much as we do.",
        "Our team is happy to help you.",
        "Your satisfaction is what counts.",
        "Here you will find all about it.",
        "Welcome to our shop!",
    ],
)
def test_greetings_answer_nothing(text: str) -> None:
    assert [s.text for s in cut(document((Prose(f"{text} We ship."),)))] == ["We ship."]


@pytest.mark.parametrize(
    "text",
    [
        "We are happy to exchange unworn shoes.",
        "We want you to bring your receipt.",
        "We hope to ship it on the same day.",
        "In this box you will find the charger.",
        "Thank you for calling (555) 010-0148 before you come.",
    ],
)
def test_what_sounds_like_a_greeting_but_tells_something_stays(text: str) -> None:
    assert [s.text for s in cut(document((Prose(text),)))] == [text]


def broad(text: str) -> str:
    return f"What is your {text} policy? About {text}"


def test_what_stands_first_answers_for_the_whole() -> None:
    found = cut(
        document(
            (
                Heading("Prices"),
                Prose("We want you to be happy. Standard is free. Express is not. Bulk is."),
                Heading("Places"),
                Prose("We ship to Canada."),
            )
        )
    )
    assert {s.text: s.embed[1:] for s in found} == {
        "Standard is free.": (broad("Prices"), broad("Shipping")),
        "Express is not.": (broad("Prices"), broad("Shipping")),
        "Bulk is.": (),
        "We ship to Canada.": (broad("Places"),),
    }
    assert max(len(s.embed) for s in found) <= MOST_VECTORS


def test_a_section_that_begins_with_a_table_is_told_by_its_rows() -> None:
    hours = Table((), (("Saturday", "9 to 6"), ("Sunday", "closed")))
    found = cut(document((Heading("Hours"), hours, Prose("Dogs are welcome."))))
    assert {s.text: s.embed[1:] for s in found} == {
        "Saturday: 9 to 6.": (broad("Hours"),),
        "Sunday: closed.": (broad("Hours"),),
        "Dogs are welcome.": (broad("Shipping"),),
    }


def test_a_heading_like_the_title_is_asked_for_once() -> None:
    (only,) = cut(document((Heading("Shipping"), Prose("We ship."))))
    assert only.embed == ("Shipping: We ship.", broad("Shipping"))


def test_a_document_of_courtesies_has_nothing_to_say() -> None:
    assert cut(document((Prose("Thank you for choosing us."),))) == []


def test_list_items_end_as_sentences_do() -> None:
    found = cut(document((Prose("Press the button", True), Prose("* * *", True))))
    assert [s.text for s in found] == ["Press the button."]
