"""Writes returns.docx, which LibreOffice Writer turns into returns.pdf."""

from __future__ import annotations

import sys
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

document = Document()
section = document.sections[0]
section.page_width, section.page_height = Cm(21), Cm(29.7)
section.left_margin = section.right_margin = Cm(2.6)
style = document.styles["Normal"]
style.font.name, style.font.size = "Carlito", Pt(11)
section.header.paragraphs[0].text = "Harbour Outdoor & Home\t\tReturns and refunds"
footer = section.footer.paragraphs[0]
footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
footer.add_run("Policy HOH-P-02, revision 7, valid from 1 September 2026  ·  page ")
for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
    run = footer.add_run()
    if kind:
        field = OxmlElement("w:fldChar")
        field.set(qn("w:fldCharType"), kind)
    else:
        field = OxmlElement("w:instrText")
        field.text = text
    run._r.append(field)


def heading(text: str, level: int = 1) -> None:
    document.add_heading(text, level)


def say(text: str) -> None:
    paragraph = document.add_paragraph(text)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY


def points(*texts: str, ordered: bool = False) -> None:
    for text in texts:
        document.add_paragraph(text, style="List Number" if ordered else "List Bullet")


def table(rows: list[tuple[str, ...]], widths: tuple[float, ...]) -> None:
    grid = document.add_table(rows=0, cols=len(widths))
    grid.style, grid.autofit = "Table Grid", False
    for row in rows:
        cells = grid.add_row().cells
        for cell, text, width in zip(cells, row, widths, strict=True):
            cell.text, cell.width = text, Cm(width)
            cell.paragraphs[0].paragraph_format.keep_with_next = row is rows[0]
    document.add_paragraph()


heading("Returns and refunds", 0)
say(
    "We would rather you took home something you use than something you keep in a cupboard. "
    "This sheet says what you can bring back, how long you have, and what we need from you. "
    "It does not take away any of your rights in law."
)
heading("1. Changing your mind")
say(
    "You have 45 days to return an item you have simply changed your mind about. For goods "
    "bought at the counter the period begins on the date of the receipt; for goods we sent to "
    "you it begins on the day the parcel was handed over. Holders of a Crew Card have 75 days."
)
say(
    "The item has to be unused and complete, with its labels still attached and in its own "
    "packaging. A torn box is no obstacle; a missing one costs 10 % of the price."
)
say(
    "Anything bought between 1 November and 24 December may be returned until 31 January, "
    "whoever it was for."
)
heading("2. Proof of purchase")
say("Any one of the following is enough:")
points(
    "the till receipt or a photograph of it",
    "the order confirmation we sent by e-mail",
    "a bank or card statement that shows the payment",
    "your Crew Card, if it was scanned at the time",
)
say(
    "Without proof we cannot give money back. If we still stock the item we will exchange it, "
    "or put its lowest price of the past three months on a gift card."
)
heading("3. What we cannot take back")
say(
    "Unless they are faulty, the following stay sold once they have left the shop or their "
    "seal has been broken:"
)
points(
    "gas canisters, liquid fuel and fire lighters",
    "water filters and drinking tubes",
    "earphones and headsets once the hygiene seal is open",
    "freeze-dried meals, coffee and other food",
    "rope, cord and fabric cut to length",
    "gift cards and workshop tickets",
    "knives that have been sharpened or engraved for you",
)
heading("4. Rules for certain goods")
table(
    [
        ("Goods", "Time", "Condition"),
        (
            "Tents and tarps",
            "45 days",
            "You may pitch them indoors. Once they have stood outside we take "
            "them back only if something is wrong with them.",
        ),
        (
            "Boots and clothing",
            "60 days",
            "Exchange for another size if worn indoors only; soles must be clean.",
        ),
        (
            "Coffee machines and grinders",
            "45 days",
            "Try them at home, but empty and dry them first. We charge £25 for "
            "cleaning a machine that comes back with water or grounds inside.",
        ),
        (
            "Power banks, radios and other small electronics",
            "21 days",
            "Accounts and pairings removed, all cables in the box.",
        ),
        ("Clearance goods (red label)", "14 days", "Exchange or gift card only, no money back."),
        (
            "Special orders",
            "none",
            "Ordered for you in particular; see the sheet on trade and special orders.",
        ),
    ],
    (4.6, 2.0, 9.2),
)
heading("5. How to return something")
heading("At the counter", 2)
say(
    "Bring the item and your proof of purchase to the service desk on the ground floor at any "
    "time we are open. Most returns are done in five minutes."
)
heading("By post", 2)
points(
    "Ask for a return label under “My orders” on our website or by telephone.",
    "Put the item and the return slip in a sturdy box. Please do not tape the product's own "
    "packaging.",
    "Hand the parcel in at any post office or parcel shop and keep the receipt until you have "
    "heard from us.",
    ordered=True,
)
say(
    "We deduct £3.95 from the refund for the label. For bulky goods, such as family tents and "
    "camp beds, our carrier collects from your door for £18. Sending back something that is "
    "faulty, or that we sent by mistake, costs you nothing. Customers abroad arrange and pay "
    "for the return themselves."
)
heading("6. Your money")
say(
    "Refunds go back the way they came. A card payment is credited within six working days of "
    "our checking the item. Amounts paid in cash are refunded in cash up to £100 and by bank "
    "transfer above that. Whatever you paid with a gift card goes back onto a gift card."
)
say(
    "We refund the standard delivery charge when you return a whole order; express and Saturday "
    "surcharges are not refunded."
)
heading("7. Faulty goods")
say(
    "If something turns out to be faulty within the first 30 days you may choose between a full "
    "refund and a new item. After that we repair or replace it, and only if neither works do we "
    "refund it. Food and consumables are replaced on the spot."
)
say(
    "Please stop using anything that smells of burning, leaks or has a swollen battery. Do not "
    "post it: bring it in, or telephone us first."
)
heading("8. Presents")
say(
    "Ask for a gift receipt when you pay. It shows no price, and the person who was given the "
    "present can exchange it or receive its value on a gift card. Money goes back only to whoever "
    "paid."
)
heading("9. If we say no")
say(
    "Should the desk refuse a return you think is fair, ask for the duty manager. If that does "
    "not help, write to complaints@harbour.example; somebody who was not involved will answer "
    "within ten working days."
)
document.core_properties.title = "Returns and refunds"
document.core_properties.author = "Harbour Outdoor & Home"
document.save(Path(sys.argv[1]))
