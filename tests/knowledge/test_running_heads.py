from tests.knowledge.setting import lines
from voicebot.knowledge.lines import Line
from voicebot.knowledge.running_heads import without_running_heads


def bare(*pages: list[Line]) -> list[list[str]]:
    found = without_running_heads(pages, [842.0] * len(pages))
    return [[line.text for line in page] for page in found]


def test_what_stands_in_one_place_on_many_pages_goes() -> None:
    pages = [lines(f"The Shop    Returns\n\nText {n * n} here.\n\nPage {n} of 2") for n in (1, 2)]
    assert bare(*pages) == [["Text 1 here."], ["Text 4 here."]]


def test_heads_may_be_others_left_and_right() -> None:
    heads = ("The Shop", "Returns")
    pages = [lines(f"{heads[n % 2]}\n\nText {n * n} is here.") for n in range(6)]
    assert bare(*pages) == [[f"Text {n * n} is here."] for n in range(6)]


def test_a_word_that_pages_share_elsewhere_stays() -> None:
    pages = [lines("\n" * (3 * n) + "Specifications\n\nmore and more of it") for n in range(3)]
    assert all(page[0] == "Specifications" for page in bare(*pages))


def test_a_single_page_loses_only_its_number() -> None:
    assert bare(lines("Title\nText.\n- 3 -")) == [["Title", "Text."]]
    assert bare(lines("Title\nText.\nSpring 2025        2 / 4")) == [["Title", "Text."]]


def test_small_print_at_the_edge_goes() -> None:
    small = lines("The Shop", size=8.0)
    assert bare([*small, *lines("\n" * 9 + "All of the text.")]) == [["All of the text."]]


def test_the_header_of_a_table_that_goes_on_stays() -> None:
    pages = [lines(f"Tea       Price\nGreen {n}   ${n}\nBlack {n}   ${n}") for n in (1, 2, 3)]
    assert all(page[0] == "Tea Price" for page in bare(*pages))
