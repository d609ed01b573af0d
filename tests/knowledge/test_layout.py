from collections.abc import Sequence
from dataclasses import replace

from tests.knowledge.setting import lines
from voicebot.knowledge import layout
from voicebot.knowledge.layout import Block, Heading, Note, Prose, Style
from voicebot.knowledge.lines import Line
from voicebot.knowledge.tables import Table

TELLING = Style(10, False, 1.2, True)
PLAIN = Style(10, False, 1.2, False)


def blocks(of: Sequence[Line], style: Style = TELLING) -> list[Block]:
    return layout.blocks(of, style, frozenset())


def test_headings_by_size_and_over_two_lines() -> None:
    large = lines("Price Match and Gift\nCards", size=18.0)
    below = [replace(line) for line in lines("\n\n\nWe match prices.")]
    assert blocks([*large, *below]) == [
        Heading("Price Match and Gift Cards", 18),
        Prose("We match prices."),
    ]


def test_headings_without_styles() -> None:
    found = blocks(
        lines("""
Refunds
Refunds are made to the original payment method
within a week.

OPENING HOURS
We open at nine.
"""),
        PLAIN,
    )
    assert found == [
        Heading("Refunds", 10),
        Prose("Refunds are made to the original payment method within a week."),
        Heading("OPENING HOURS", 10),
        Prose("We open at nine."),
    ]


def test_the_number_of_a_heading_goes() -> None:
    found = blocks(lines("3.2 Refunds\n\n\n4     Places\n", bold=True))
    assert [block for block in found if isinstance(block, Heading)] == [
        Heading("Refunds", 10),
        Heading("Places", 10),
    ]


def test_list_items_stand_alone() -> None:
    found = blocks(lines("• Press the button until\n  it blinks\n• Wait\n2. Go on"))
    assert found == [
        Prose("Press the button until it blinks", True),
        Prose("Wait", True),
        Prose("Go on", True),
    ]


def test_items_keep_what_leads_to_them() -> None:
    found = blocks(
        lines("""
Ask us first. We never take back:
• gift cards
• food:
  - opened
  - past its date
• software
Call us.
""")
    )
    lead = "We never take back:"
    assert found == [
        Prose("Ask us first. We never take back:"),
        Prose("gift cards", True, lead),
        Prose("food:", True, lead),
        Prose("opened", True, f"{lead} food:"),
        Prose("past its date", True, f"{lead} food:"),
        Prose("software", True, lead),
        Prose("Call us."),
    ]


def test_a_line_that_ends_early_ends_a_paragraph() -> None:
    found = blocks(
        lines("""
Phone: 555 0100
E-mail: help@shop.example
We are at the harbour, in the old house of the customs.
Come in, we are open.
Ring the bell
twice.
""")
    )
    assert found == [
        Prose("Phone: 555 0100"),
        Prose("E-mail: help@shop.example"),
        Prose("We are at the harbour, in the old house of the customs. Come in, we are open."),
        Prose("Ring the bell twice."),
    ]


def test_an_indented_line_begins_a_paragraph() -> None:
    found = blocks(
        lines("""
We ship within one day all that we have in our
own store and can send by post in a parcel too.
   Other things take longer, since we have them
sent to us by whoever makes them.
""")
    )
    assert [len(block.text) for block in found if isinstance(block, Prose)] == [94, 78]


def test_questions_lead_to_their_answers() -> None:
    found = blocks(
        lines("""
Q: Do you ship to Canada?
A: Yes, we do.

May I bring my dog?

Of course.

Do you sell food? No, only drinks.

1. Is there a lift?

There is one at the back.
""")
    )
    assert found == [
        Heading("Do you ship to Canada?"),
        Prose("Yes, we do."),
        Heading("May I bring my dog?"),
        Prose("Of course."),
        Prose("No, only drinks.", about="Do you sell food?"),
        Heading("Is there a lift?"),
        Prose("There is one at the back."),
    ]


def test_a_bold_label_gets_its_colon() -> None:
    assert blocks(lines("__Resoling__ We replace worn soles.")) == [
        Prose("Resoling: We replace worn soles.")
    ]


def test_a_footnote_is_no_part_of_the_text() -> None:
    small = lines("\n\n\n* Tents: 14 days.\n** Without stoves.", size=8.0)
    assert blocks([*lines("Returns take 30 days.*"), *small]) == [
        Prose("Returns take 30 days.*"),
        Note("*", "Tents: 14 days."),
        Note("**", "Without stoves."),
    ]


def test_a_table_is_about_its_caption() -> None:
    found = blocks(
        lines("""
Table 2: Repairs

Zip          $18
Patch        $20
""")
    )
    assert found == [Table((), (("Zip", "$18"), ("Patch", "$20")), about="Repairs")]


def test_a_heading_between_rows_names_a_group_of_them() -> None:
    found = blocks(
        lines("""
Drink        Price
Tea          $2.00
Coffee       $2.50
__Cakes__
Carrot       $4.00
Cheese       $4.50
""")
    )
    assert found == [
        Table(("Drink", "Price"), (("Tea", "$2.00"), ("Coffee", "$2.50"))),
        Heading("Cakes", 10),
        Table(("Drink", "Price"), (("Carrot", "$4.00"), ("Cheese", "$4.50"))),
    ]
