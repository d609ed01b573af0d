from tests.knowledge.setting import page
from voicebot.knowledge.columns import regions
from voicebot.knowledge.pages import Rule

LEFT = [f"left line number {n} goes on and on here" for n in range(9)]
RIGHT = [f"right line number {n} goes on as well too" for n in range(9)]


def set_side_by_side(left: list[str], right: list[str]) -> str:
    rows = max(len(left), len(right))
    left, right = (side + [""] * (rows - len(side)) for side in (left, right))
    return "\n".join(f"{a:<45}{b}".rstrip() for a, b in zip(left, right, strict=True))


def read(text: str, levels: tuple[Rule, ...] = ()) -> list[list[str]]:
    return [[line.text for line in part] for part in regions(page(text).words, levels, ())]


def test_prose_in_two_columns_is_read_column_by_column() -> None:
    assert read(set_side_by_side(LEFT, RIGHT)) == [LEFT, RIGHT]


def test_columns_may_be_short_and_start_and_end_unevenly() -> None:
    assert read(set_side_by_side(LEFT[:3], ["", *RIGHT[:3]])) == [LEFT[:3], RIGHT[:3]]


def test_what_lies_across_columns_is_read_before_and_behind_them() -> None:
    across = "a line that lies across both of the columns and so ends them here"
    text = "\n".join([across, set_side_by_side(LEFT, RIGHT), across])
    assert read(text) == [[across], LEFT, RIGHT, [across]]


def test_three_columns() -> None:
    third = [f"third column number {n} is the last of all" for n in range(9)]
    text = "\n".join(f"{a:<43}{b:<45}{c}" for a, b, c in zip(LEFT, RIGHT, third, strict=True))
    assert read(text) == [LEFT, RIGHT, third]


def test_a_table_above_columns_stays_one() -> None:
    table = [f"{day:<45}9 to {n}" for n, day in enumerate(("Monday", "Tuesday", "Sunday"), 5)]
    found = read("\n".join([*table, "", "", set_side_by_side(LEFT, RIGHT)]))
    assert found[1:] == [LEFT, RIGHT]
    assert len(found[0]) == 3


def test_short_lines_below_columns_are_no_part_of_them() -> None:
    below = ["A short line.", "Another one."]
    text = set_side_by_side(LEFT[:4], RIGHT[:3]) + "\n\n\n" + "\n".join(below)
    assert read(text) == [LEFT[:4], RIGHT[:3], below]


def test_a_table_whose_cells_are_prose_is_read_across() -> None:
    rows = [
        set_side_by_side([LEFT[n], "and one line more of it all"], [RIGHT[n], RIGHT[n + 1]])
        for n in range(4)
    ]
    assert len(read("\n\n".join(rows))) == 1


def test_rules_through_a_gutter_make_a_table_of_columns() -> None:
    rules = tuple(Rule(0, 600, 12.0 * n + 3) for n in (2, 4, 6))
    assert len(read(set_side_by_side(LEFT, RIGHT), rules)) == 1
