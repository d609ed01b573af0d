"""Plain text, Markdown and OCR to pages and blocks, and blocks over columns and pages."""

import pytest

from tests.knowledge.setting import page, word
from voicebot.errors import IngestError
from voicebot.knowledge import markdown, ocr, plain_text
from voicebot.knowledge.layout import Heading, Note, Prose
from voicebot.knowledge.pages import Page
from voicebot.knowledge.structure import structure
from voicebot.knowledge.tables import Table


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_texts_in_any_encoding(encoding: str) -> None:
    text = "We open at ten – the café too."
    assert plain_text.decoded(text.encode(encoding)).removeprefix("\ufeff") == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "no text"),
        (bytes(range(256)) * 10, "not a text"),
        (b"a" * (plain_text.MAX_CHARACTERS + 1), "more than"),
    ],
)
def test_what_is_no_text_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(IngestError, match=reason):
        plain_text.decoded(data)


def test_plain_text_has_headings_by_underline_and_pages_by_form_feed() -> None:
    title, pages = structure(
        plain_text.pages("Returns\n=======\n\nHow long\n--------\nA month.\n\fAsk us.")
    )
    assert title == "Returns"
    assert pages == [[Heading("How long", 12.0), Prose("A month.")], [Prose("Ask us.")]]


def test_a_paragraph_on_one_line_is_read_as_one() -> None:
    text = "We ship all over the country within two days. " * 40
    _, ((found,),) = structure(plain_text.pages(text))
    assert found == Prose(text.strip())


def test_markdown() -> None:
    text = """---
title: "Returns"
---
## How long

You have **30 days**, see [here](https://x.example).
It takes<br>a while.

Bring it:

- clean
- with
  1. receipt
  2. box

**May I post it?**

Yes.

| Day | Hours |
|-----|:------|
| Sun | closed |

Phone: 555 0100
E-mail: a@b.example

> Ask *us*.
"""
    title, found = markdown.blocks(text)
    assert title == "Returns"
    assert found == [
        Heading("How long", 18.0),
        Prose("You have 30 days, see here. It takesa while."),
        Prose("Bring it:"),
        Prose("clean", True, "Bring it:"),
        Prose("with", True, "Bring it:"),
        Prose("receipt", True, "Bring it:"),
        Prose("box", True, "Bring it:"),
        Heading("May I post it?"),
        Prose("Yes."),
        Table(("Day", "Hours"), (("Sun", "closed"),)),
        Prose("Phone: 555 0100"),
        Prose("E-mail: a@b.example"),
        Prose("Ask us."),
    ]


def test_ocr_words_by_their_places() -> None:
    hocr = """<html xmlns="http://www.w3.org/1999/xhtml"><body>
    <span class='ocr_line' title="bbox 100 100 900 140; baseline 0.001 -8; x_size 40">
      <span class='ocrx_word' title='bbox 100 100 300 140; x_wconf 96'><strong>We</strong></span>
      <span class='ocrx_word' title='bbox 320 100 500 140; x_wconf 91'>open.</span>
      <span class='ocrx_word' title='bbox 600 100 700 140; x_wconf 12'>|~</span>
    </span>
    <span class='ocr_line' title="bbox 100 200 900 240; baseline 0 -8; x_size 44">
      <span class='ocrx_word' title='bbox 100 200 300 240; x_wconf 96'>Come</span>
    </span></body></html>"""
    found = ocr.words(hocr, 4.0)
    assert [(w.text, w.left, w.right, w.y, w.size) for w in found] == [
        ("We", 25, 75, 33, 10),
        ("open.", 80, 125, 33, 10),
        ("Come", 25, 75, 58, 10),
    ]


def test_footnotes_stand_behind_what_goes_on_in_the_next_column() -> None:
    left = [f"left line number {n} goes on and on here" for n in range(6)]
    right = [f"right line number {n} goes on as well too" for n in range(6)]
    body = page("\n".join(f"{a:<45}{b}" for a, b in zip(left, right, strict=True))).words
    note = (word("*", 0, 200, 8), word("Tents:", 10, 200, 8), word("half.", 60, 200, 8))
    _, (found,) = structure([Page((*body, *note))])
    assert found == [Prose(" ".join([*left, *right])), Note("*", "Tents: half.")]


def test_a_list_and_a_table_go_over_a_page() -> None:
    pages = [
        page("We never take back:\n• gift cards\n• food"),
        page("• software\n\n\n\nTea       Price\nGreen     $2\nBlack     $3"),
        page("White     $4\nRed       $5"),
    ]
    _, found = structure(pages)
    assert found[1][0] == Prose("software", True, "We never take back:")
    assert found[2] == [Table(("Tea", "Price"), (("White", "$4"), ("Red", "$5")))]


def test_a_table_of_contents_is_left_out() -> None:
    pages = [
        page(
            "We\n\n__Contents__\n\nReturns ....... 2\nShipping ...... 3\n\n"
            "__About__\n\nWe are a shop."
        ),
        page("We are glad of you."),
    ]
    _, found = structure(pages)
    assert found[0][1:] == [Heading("About", 10), Prose("We are a shop.")]
