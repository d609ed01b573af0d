import pytest

from tests.knowledge.setting import level, page, upright
from voicebot.knowledge.lines import Line, aligned, bars_of, lines_of
from voicebot.knowledge.pages import Rule
from voicebot.knowledge.tables import Table, table_end, table_of

Rules = tuple[Rule, ...]


def lines(text: str, levels: Rules = (), uprights: Rules = ()) -> list[Line]:
    return aligned(lines_of(page(text).words, bars_of(levels, uprights)))


def table(text: str, levels: Rules = (), uprights: Rules = ()) -> Table:
    made = lines(text, levels, uprights)
    assert table_end(made, 0, levels) == len(made)
    return table_of(made, levels)


def end(text: str) -> int:
    return table_end(lines(text), 0, ())


def test_wrapped_cells_are_told_by_what_would_have_fitted() -> None:
    found = table("""
__Function__       __How it works__               __Accuracy__
Steps          all day                     about 3%
Heart rate     every 5 minutes, at every   about 5 beats per
               second during workouts      minute
Blood          at night                    about 2%
oxygen
""")
    assert found == Table(
        ("Function", "How it works", "Accuracy"),
        (
            ("Steps", "all day", "about 3%"),
            (
                "Heart rate",
                "every 5 minutes, at every second during workouts",
                "about 5 beats per minute",
            ),
            ("Blood oxygen", "at night", "about 2%"),
        ),
    )


def test_space_between_rows_tells_them_apart() -> None:
    found = table("""
Standard      Three to five business
Delivery      Days, tracked all the way

Express       Two days and one hour of
Delivery      Grace
""")
    assert found.rows == (
        ("Standard Delivery", "Three to five business Days, tracked all the way"),
        ("Express Delivery", "Two days and one hour of Grace"),
    )


def test_rules_tell_rows_apart_wherever_the_text_stands() -> None:
    text = """
__Model__          __Suitable for all of__         __Price__
               __High mountains and ice__
Walker         Town and park               $99
Wide           For wide feet too
Runner         Forest roads                $89
"""
    found = table(text, tuple(level(row, 0, 50) for row in (0, 2, 4, 5)))
    assert (found.header, *found.rows) == (
        ("Model", "Suitable for all of High mountains and ice", "Price"),
        ("Walker Wide", "Town and park For wide feet too", "$99"),
        ("Runner", "Forest roads", "$89"),
    )


def test_a_cell_that_spans_rows_belongs_to_each() -> None:
    text = """
Where          When            Price
Abroad         Canada: 7 days  $24
               Mexico: 9 days  $29
Home           2 days          $5
"""
    rules = (level(1), level(2, 15), level(3), level(4))
    assert table(text, rules).rows[:2] == (
        ("Abroad", "Canada: 7 days", "$24"),
        ("Abroad", "Mexico: 9 days", "$29"),
    )


def test_a_row_without_a_label_is_about_the_one_above() -> None:
    found = table("""
Abroad         Canada     $24
               Mexico     $29
Home           all        $5
""")
    assert found.rows[1] == ("Abroad", "Mexico", "$29")


def test_uprights_divide_what_no_gap_does() -> None:
    rules = tuple(level(row, 0, 30) for row in (0, 1, 2, 3))
    bars = (upright(0), upright(4), upright(30))
    found = table("One two three\nFour five six\nTen or more", rules, bars)
    assert found.rows == (("One", "two three"), ("Four", "five six"), ("Ten", "or more"))


def test_tables_beside_each_other_have_their_own_uprights() -> None:
    levels = (level(1, 0, 20), level(1, 30, 50))
    bars = bars_of(levels, (upright(0), upright(20), upright(30), upright(50)))
    assert [(bar.left, bar.right) for bar in bars] == [(0, 120)] * 2 + [(180, 300)] * 2


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("__Day__      __Hours__\nMonday     nine\nSunday     ten", ("Day", "Hours")),
        ("Day      Hours\nMonday     9\nSunday     10", ("Day", "Hours")),
        ("Monday     9\nSunday     10", ()),
        ("Monday     nine\nSunday     ten", ()),
    ],
)
def test_headers(text: str, header: tuple[str, ...]) -> None:
    assert table(text).header == header


def test_a_table_goes_on_on_the_next_page() -> None:
    first = table("Tea       Price\nGreen     $2\nBlack     $3")
    again = table("Tea       Price\nWhite     $4\nRed       $5")
    plain = table("White     $4\nRed       $5")
    assert again.following(first).header == first.header
    assert plain.following(first) == Table(first.header, (("White", "$4"), ("Red", "$5")))
    moved = table("White          $4\nRed            $5")
    assert moved.following(first) == moved


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Standard      $5.99\nExpress       $12.99\n\n\n\nWe ship at once.", 2),
        ("Standard      $5.99\nExpress       $12.99\nWe ship all that you buy at once.", 2),
        ("We  are glad to\nhelp you.", 0),
        ("Standard      $5.99\nWe ship at once.", 0),
    ],
)
def test_where_a_table_ends(text: str, rows: int) -> None:
    assert end(text) == rows


def test_dots_lead_to_a_price() -> None:
    found = table("Espresso ............. $2.50\nTea (pot)............. $3.20")
    assert found.rows == (("Espresso", "$2.50"), ("Tea (pot)", "$3.20"))
