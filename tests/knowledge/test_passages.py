import pytest

from voicebot.knowledge.documents import Document
from voicebot.knowledge.layout import Block, Heading, Note, Prose
from voicebot.knowledge.passages import BROAD, MAX_SENTENCE, MOST_VECTORS, cut
from voicebot.knowledge.rows import rows
from voicebot.knowledge.tables import Table


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
    return BROAD.format(text)


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


def test_a_thing_is_called_by_its_name_before_its_number() -> None:
    table = Table(("Code", "Part", "Price"), (("IB-20", "Battery", "$39"),))
    assert said(table) == ["Battery: code IB-20, price $39."]
    codes = Table(("Code", "Meaning"), (("E03", "Brake stuck"),))
    assert said(codes) == ["Code E03: meaning Brake stuck."]


def test_a_list_is_said_with_what_leads_to_it() -> None:
    lead = "We never take back:"
    items = [Prose(text, True, lead) for text in ("gift cards;", "software; and", "food.")]
    (found,) = cut(document((Prose(f"Ask first. {lead}"), *items)))[1:]
    assert found.text == "We never take back: gift cards; software; food."
    assert found.embed[:4] == (
        "Shipping: We never take back: gift cards; software; food.",
        "Shipping: We never take back: gift cards",
        "Shipping: We never take back: software",
        "Shipping: We never take back: food.",
    )


def test_a_long_list_is_said_item_by_item() -> None:
    lead = "We never take back:"
    items = [Prose(f"thing number {n} of those that we list here", True, lead) for n in range(9)]
    found = cut(document((Prose(lead), *items)))
    assert len(found) == 9
    assert found[3].text == "We never take back: thing number 3 of those that we list here."


def test_names_under_a_heading_are_said_with_it() -> None:
    items = [Prose(text, True) for text in ("a charger", "two straps")]
    (found,) = cut(document((Heading("In the box"), *items)))
    assert found.text == "In the box: a charger; two straps."


def test_a_question_is_what_its_answer_is_found_by() -> None:
    found = cut(
        document((Heading("Payment", 14), Prose("Yes. No fee.", about="Do you take cards?")))
    )
    assert found[0].embed == (
        "Shipping: Payment: Do you take cards? Yes.",
        "Do you take cards?",
        broad("Shipping"),
    )
    assert found[1].heading == "Payment: Do you take cards?"


def test_headings_are_kept_two_deep_and_general_ones_left_out() -> None:
    found = cut(
        document(
            (
                Heading("FAQ", 16),
                Heading("Abroad", 14),
                Heading("Canada", 12),
                Prose("We ship there."),
                Heading("Mexico", 12),
                Prose("We do not."),
            )
        )
    )
    assert [s.heading for s in found] == ["Abroad: Canada", "Abroad: Mexico"]


def test_a_footnote_is_said_with_what_it_takes_back() -> None:
    found = cut(
        document((Prose("Returns take 30 days.¹ Bring 2 m² of it."), Note("¹", "Tents: 14 days")))
    )
    assert [s.text for s in found] == ["Returns take 30 days. Tents: 14 days.", "Bring 2 m² of it."]


def test_what_a_document_repeats_is_kept_once() -> None:
    long = "For help with your order please call us at the store during opening hours."
    found = cut(
        document(
            (Heading("Hours"), Prose(f"{long} We close at six."), Heading("Orders")),
            (Prose(f"{long.replace('please ', '')} We close at six."),),
        )
    )
    assert [(s.text, s.heading) for s in found] == [
        (long, "Hours"),
        ("We close at six.", "Hours"),
        ("We close at six.", "Orders"),
    ]
    assert found[0].embed[0].startswith("Shipping: Hours: For")
    assert any(text.startswith("Shipping: Orders: For") for text in found[0].embed)


def test_items_below_a_heading_that_denies_are_said_with_it() -> None:
    items = [
        Prose("Gas cylinders and refills of all kinds.", True),
        Prose("Anything abroad.", True),
    ]
    (found,) = cut(document((Heading("What we do not send"), *items)))
    assert found.text == (
        "What we do not send: Gas cylinders and refills of all kinds. Anything abroad."
    )
    plain = cut(document((Heading("Care"), Prose("Wash it by hand in cold water only.", True))))
    assert plain[0].text == "Wash it by hand in cold water only."
