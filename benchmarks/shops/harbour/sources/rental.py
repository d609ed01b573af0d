"""Writes rental.fo, which Apache FOP turns into rental-agreement.pdf."""

# ruff: noqa: E501 (a line of prose is one line here)

from __future__ import annotations

import sys
from pathlib import Path
from xml.sax.saxutils import escape

PARTS: list[str] = []


def block(text: str, more: str = "") -> None:
    PARTS.append(
        f'<fo:block space-after="5pt" text-align="justify" {more}>{escape(text)}</fo:block>'
    )


def title(text: str) -> None:
    PARTS.append(
        '<fo:block font-size="12.5pt" font-weight="bold" space-before="11pt" space-after="4pt" '
        f'keep-with-next="always">{escape(text)}</fo:block>'
    )


def points(*texts: str, label: str = "•") -> None:
    PARTS.append('<fo:list-block provisional-distance-between-starts="14pt" space-after="6pt">')
    for number, text in enumerate(texts, start=1):
        mark = f"({number})" if label == "n" else label
        PARTS.append(
            '<fo:list-item space-after="2pt"><fo:list-item-label end-indent="label-end()">'
            f"<fo:block>{mark}</fo:block></fo:list-item-label>"
            '<fo:list-item-body start-indent="body-start()">'
            f'<fo:block text-align="justify">{escape(text)}</fo:block></fo:list-item-body></fo:list-item>'
        )
    PARTS.append("</fo:list-block>")


def table(rows: list[tuple[str, ...]], widths: tuple[int, ...]) -> None:
    def line(row: tuple[str, ...], bold: bool) -> str:
        weight = "bold" if bold else "normal"
        cells = "".join(
            f'<fo:table-cell border="0.5pt solid #777777" padding="3pt"><fo:block font-weight="{weight}" '
            f'font-size="9pt">{escape(text)}</fo:block></fo:table-cell>'
            for text in row
        )
        return f'<fo:table-row keep-together.within-page="always">{cells}</fo:table-row>'

    columns = "".join(f'<fo:table-column column-width="{width}mm"/>' for width in widths)
    PARTS.append(
        '<fo:table table-layout="fixed" width="100%" space-after="8pt">'
        f"{columns}<fo:table-header>{line(rows[0], True)}</fo:table-header><fo:table-body>"
        + "".join(line(row, False) for row in rows[1:])
        + "</fo:table-body></fo:table>"
    )


PARTS.append(
    '<fo:block font-size="20pt" font-weight="bold" space-after="10pt">Rental agreement and rates</fo:block>'
)
block(
    "between Harbour Outdoor & Home Ltd, 14 Quay Street, Port Ellery (“we”) and the person who signs on the last page (“you”)."
)
title("1. Rates and deposits")
table(
    [
        ("Article", "One day", "Weekend (Fri to Mon)", "Week", "Deposit"),
        ("Tent for 2 or 3 persons (Skerry)", "£14", "£32", "£58", "£80"),
        ("Family tent Holm 5 Air, with pump", "£26", "£62", "£110", "£150"),
        ("Sleeping bag, with washed liner", "£6", "£14", "£24", "£30"),
        ("Inflatable mat", "£4", "£9", "£16", "£20"),
        ("Rucksack, 60 litres", "£7", "£16", "£29", "£40"),
        ("Camp stove with pots (gas not included)", "£6", "£13", "£22", "£35"),
        ("Kayak, single, with paddle and vest", "£32", "£78", "£165", "£200"),
        ("Kayak, double, with paddles and vests", "£45", "£108", "£230", "£250"),
        ("Paddle board (at the Beach Hut: £12 an hour)", "£30", "£70", "£140", "£120"),
        ("Roof rack with straps", "£10", "£24", "£42", "£60"),
        ("Personal locator beacon", "£8", "£18", "£30", "£100"),
        ("Raclette grill for eight", "£9", "£20", "not by the week", "£40"),
        ("Fondue set, copper", "£7", "£15", "not by the week", "£35"),
        ("Espresso machine Brisa Duo, with grinder", "£18", "£42", "£75", "£150"),
        ("Carpet cleaner", "£16", "£38", "£70", "£60"),
    ],
    (60, 19, 29, 26, 24),
)
block(
    "A day is 24 hours from the time on the agreement. The weekend rate runs from Friday, 7:30, to Monday, noon. Each further week costs 60 % of the first. Holders of a Crew Card pay 10 % less; deposits are the same for everyone."
)
title("2. Who may rent")
block(
    "You must be at least 18 years old; for kayaks and paddle boards you must also be able to swim 50 metres in clothes, and the same goes for everyone who uses them. Bring a passport, an identity card or a driving licence, and something not older than three months that shows your address, such as an electricity bill."
)
title("3. Booking and cancelling")
block(
    "You can book up to six months ahead at the rental desk, by telephone or by e-mail. To hold the booking we ask for 20 % of the rate. Until seven days before the beginning we refund this payment in full if you cancel. Between seven days and 48 hours before, it is kept as credit for twelve months. Later than that, or if you do not come, the payment is lost."
)
block(
    "If the coastguard or the Met Office has put out a warning for the day of a kayak or paddle-board hire, you may move it to another day free of charge, up to the moment of collection."
)
title("4. Collecting")
block(
    "The deposit is blocked on your card or paid in cash when you collect. We do not take deposits by gift card. We show you how the thing works and note any marks it already has; please have a look yourself, since marks that are not noted count as new. Collecting takes about a quarter of an hour, kayaks half an hour."
)
title("5. What you may not do")
points(
    "lend or rent the article to somebody else, or use it to earn money",
    "take it out of Great Britain without our consent in writing",
    "use kayaks and boards after sunset, outside the buoys of the bay, or in a wind above force 4",
    "smoke or burn candles in tents and sleeping bags",
    "take dogs into tents; the rental tents with a paw mark are excepted",
    "repair or alter anything yourself",
    label="n",
)
title("6. Returning")
block(
    "Return the article to the rental desk by the time on the agreement, dry and swept or wiped clean. You need not wash sleeping bags; we do that. If you are held up, telephone before the time is over: the first two hours are then free."
)
table(
    [
        ("What happened", "What it costs"),
        ("Returned late without a call", "half a daily rate for each begun six hours"),
        ("Tent returned wet", "£12 for drying"),
        ("Dirty beyond ordinary use", "£20 for each hour of cleaning, at least £10"),
        ("Coffee machine not rinsed", "£15"),
        ("Peg lost", "£1.50 each"),
        ("Paddle lost", "£48"),
        ("Buoyancy vest lost", "£65"),
        (
            "Locator beacon set off without need",
            "£45 for resetting, and whatever the rescuers charge",
        ),
    ],
    (70, 88),
)
block(
    "Outside the hours of the desk, small things may be put into the drop box in Chandler’s Lane; it is emptied at 8:00. Kayaks cannot be left there."
)
title("7. Damage, loss and the waiver")
block(
    "Fair wear is included. For other damage you pay the cost of the repair, but never more than the present value of the article. Loss and theft have to be reported to us on the same day; in the case of theft we also need the number of the police report."
)
block(
    "For 8 % of the rate you can buy the damage waiver when you sign. With it you pay no more than £25 for each article that is damaged. The waiver does not help with loss, theft, or damage done on purpose or under the influence of alcohol."
)
title("8. Getting the deposit back")
block(
    "We check the article within two working days and then release the deposit. Banks need up to five days more until you see it. If something has to be charged, you receive an invoice with photographs first and have a week to object."
)
title("9. Trying before buying")
block(
    "If you buy a new article of the kind you rented within 30 days, we take the rate you paid, up to the price of one weekend, off the purchase price. This is not valid for kayaks."
)
title("10. Groups and schools")
block(
    "From ten persons there is 15 % off, for schools, scouts and youth clubs 30 %. Please ask at least three weeks ahead. One responsible adult signs for everybody."
)
title("11. Safety and liability")
block(
    "Weather and water are your own responsibility. The vests carry a label with the date of the last check; do not use one that is older than a year, and tell us. We are liable for damage that faulty equipment of ours does to you, and otherwise as the law provides."
)
block(
    "Signed (customer) ______________________   Date ____________   Desk ____________",
    'space-before="24pt"',
)

DOCUMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<fo:root xmlns:fo="http://www.w3.org/1999/XSL/Format" language="en" country="GB">
<fo:layout-master-set><fo:simple-page-master master-name="a4" page-width="210mm" page-height="297mm"
 margin="15mm 24mm 12mm 24mm"><fo:region-body margin-top="12mm" margin-bottom="14mm"/>
 <fo:region-before extent="10mm"/><fo:region-after extent="10mm"/></fo:simple-page-master></fo:layout-master-set>
<fo:page-sequence master-reference="a4">
<fo:static-content flow-name="xsl-region-before"><fo:block font-size="8pt" text-align-last="justify">
Harbour Outdoor &amp; Home · Rental desk<fo:leader leader-pattern="space"/>R-3, valid from April 2026</fo:block></fo:static-content>
<fo:static-content flow-name="xsl-region-after"><fo:block font-size="8pt" text-align="center">
Sheet <fo:page-number/> of <fo:page-number-citation ref-id="end"/></fo:block></fo:static-content>
<fo:flow flow-name="xsl-region-body" font-family="Helvetica" font-size="10.5pt" line-height="14.5pt">
{"".join(PARTS)}<fo:block id="end"/></fo:flow></fo:page-sequence></fo:root>
"""
Path(sys.argv[1]).write_text(DOCUMENT, encoding="utf-8")
