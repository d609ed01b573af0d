from voicebot.knowledge.layout import Heading, Line, Prose, Style, Table, blocks
from voicebot.knowledge.layout import without_running_heads as bare

BODY = Style(10, False, True)
NONE: frozenset[str] = frozenset()


def lines(text: str, size: float = 10, bold: bool = False) -> list[Line]:
    return [Line(line.rstrip(), size, bold) for line in text.strip("\n").splitlines()]


def test_running_heads_and_page_numbers_go() -> None:
    pages = [lines(f"The Shop    Returns\n\nText {n * n} here.\n\nPage {n} of 2") for n in (1, 2)]
    assert [[line.text for line in page if line.text] for page in bare(pages)] == [
        ["Text 1 here."],
        ["Text 4 here."],
    ]


def test_a_single_page_loses_only_its_number() -> None:
    assert [x.text for x in bare([lines("Title\nText.\n- 3 -")])[0]] == ["Title", "Text."]


def test_a_table_with_wrapped_cells() -> None:
    table = lines("""
 Function        How it works                      Accuracy
 Steps           all day                           about 3%
 Heart rate      every 5 minutes, every second     about 5 beats per
                 during workouts                   minute
 Blood           at night                          about 2%
 oxygen
""")
    table[0] = Line(table[0].text, 10, True)
    (found,) = blocks(table, BODY, NONE)
    assert found == Table(
        ("Function", "How it works", "Accuracy"),
        (
            ("Steps", "all day", "about 3%"),
            (
                "Heart rate",
                "every 5 minutes, every second during workouts",
                "about 5 beats per minute",
            ),
            ("Blood oxygen", "at night", "about 2%"),
        ),
    )


def test_a_table_ends_where_prose_goes_on() -> None:
    found = blocks(
        lines("Standard      $5.99\nExpress       $12.99\n\nWe ship at once."), BODY, NONE
    )
    assert found == [Table((), (("Standard", "$5.99"), ("Express", "$12.99"))),
                     Prose("We ship at once.")]  # fmt: skip


def test_wide_gaps_in_one_line_are_no_table() -> None:
    assert blocks(lines("We  are glad to\nhelp you."), BODY, NONE) == [
        Prose("We are glad to help you.")
    ]


def test_headings_by_size_and_over_two_lines() -> None:
    page = [Line("Price Match and Gift", 18), Line("Cards", 18), *lines("We match prices.")]
    assert blocks(page, BODY, NONE) == [
        Heading("Price Match and Gift Cards", 18),
        Prose("We match prices."),
    ]


def test_headings_without_styles() -> None:
    page = lines("Refunds\nRefunds are made to the original payment method\nwithin a week.\n\n"
                 "OPENING HOURS\nWe open at nine.")  # fmt: skip
    found = blocks(page, Style(10, False, False), NONE)
    assert [block for block in found if isinstance(block, Heading)] == [
        Heading("Refunds", 10),
        Heading("OPENING HOURS", 10),
    ]


def test_list_items_stand_alone() -> None:
    found = blocks(lines("• Press the button until\n  it blinks\n• Wait\n2. Go on"), BODY, NONE)
    assert found == [
        Prose("Press the button until it blinks", True),
        Prose("Wait", True),
        Prose("Go on", True),
    ]


def test_prose_in_two_columns_is_read_column_by_column() -> None:
    left = [f"left line number {n} goes on and on" for n in range(9)]
    right = [f"right line number {n} goes on as well" for n in range(9)]
    page = [Line(f"{a:<45}{b}", 10) for a, b in zip(left, right, strict=True)]
    assert blocks(page, BODY, NONE) == [Prose(" ".join(left)), Prose(" ".join(right))]
