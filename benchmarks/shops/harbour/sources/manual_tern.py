"""Draws manual-tern-20.pdf with ReportLab."""

# ruff: noqa: E501 (a line of prose is one line here)

from __future__ import annotations

import sys
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import (
    ListFlowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

sheet = getSampleStyleSheet()
body = ParagraphStyle(
    "body", parent=sheet["BodyText"], fontName="Helvetica", fontSize=9.2, leading=13
)
head = ParagraphStyle("head", parent=sheet["Heading2"], textColor=colors.HexColor("#1d5c3a"))
cell = ParagraphStyle("cell", parent=body, fontSize=8.4, leading=11)
story: list[Any] = []


def say(*texts: str) -> None:
    story.extend(Paragraph(text, body) for text in texts)


def title(text: str) -> None:
    story.append(Paragraph(text, head))


def points(*texts: str, kind: str = "bullet") -> None:
    story.append(ListFlowable([Paragraph(t, body) for t in texts], bulletType=kind, leftIndent=14))


def table(rows: list[tuple[str, ...]], widths: tuple[int, ...]) -> None:
    grid = Table(
        [[Paragraph(text, cell) for text in row] for row in rows], [width * mm for width in widths]
    )
    grid.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e4efe8")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    story.extend([Spacer(1, 2 * mm), grid, Spacer(1, 3 * mm)])


def frame(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 7)
    canvas.drawString(15 * mm, A5[1] - 10 * mm, "TERN 20 / TERN 10  power banks")
    canvas.drawRightString(A5[0] - 15 * mm, A5[1] - 10 * mm, "User guide, version 2.1")
    canvas.drawCentredString(A5[0] / 2, 9 * mm, f"Harbour Outdoor & Home  |  {document.page}")


story.append(Spacer(1, 35 * mm))
story.append(Paragraph("Tern 20", sheet["Title"]))
say(
    "Power bank with two USB-C sockets, one USB-A socket and a torch. This guide is also valid for the smaller Tern 10."
)
story.append(Spacer(1, 20 * mm))
say("<b>Please charge it fully before the first use.</b> It leaves the works about one third full.")
story.append(PageBreak())
title("Parts and indicators")
points(
    "<b>Side button:</b> press once to see the charge, twice for the torch, hold for three seconds to switch off.",
    "<b>Four white lamps:</b> each stands for a quarter of the charge. The last one blinks below 10 per cent.",
    "<b>C1</b> (in and out), <b>C2</b> (out only), <b>A</b> (out only).",
    "<b>Loop</b> for a cord. It carries 5 kg, not you.",
)
title("Specifications")
table(
    [
        ("", "Tern 10", "Tern 20"),
        ("Capacity", "10,000 mAh / 37 Wh", "20,000 mAh / 74 Wh"),
        ("Charging input, C1", "18 W", "45 W"),
        ("Output C1", "18 W", "65 W"),
        ("Output C2", "not fitted", "30 W"),
        ("Output A", "12 W", "18 W"),
        ("All outputs together", "18 W", "78 W"),
        (
            "Time to charge fully",
            "4 hours",
            "2 hours 20 minutes with a 45 W charger, 7 hours with 10 W",
        ),
        ("Charges a phone of 4,000 mAh", "about 1.6 times", "about 3.3 times"),
        ("Weight", "215 g", "398 g"),
        ("Dimensions", "110 x 68 x 17 mm", "152 x 72 x 27 mm"),
        ("Protection", "IP54", "IP65"),
        ("Torch", "60 lumens", "140 lumens"),
        ("Charging cycles to 80 per cent", "500", "800"),
        ("Temperature, discharging", "-10 to 40 C", "-15 to 45 C"),
        ("Temperature, charging", "0 to 40 C", "0 to 40 C"),
    ],
    (44, 34, 40),
)
title("Charging the power bank")
points(
    "Connect a USB-C charger to socket C1. C2 and A do not take current in.",
    "The lamps run upwards while it charges and all four stay lit when it is full.",
    "Unplug it when it is full. Leaving it plugged in overnight does no harm, leaving it for weeks does.",
    kind="1",
)
say(
    "In sunshine the folding panel of 21 W fills an empty Tern 20 in about six hours. Lay the power bank itself in the shade of the panel."
)
title("Charging your devices")
points(
    "Plug in the device. Current flows at once; there is no need to press the button.",
    "For ear buds, watches and other small things that draw little, press the button twice quickly and hold the second press: a green lamp shows the small-current mode, which ends after two hours.",
    "A laptop needs socket C1 and a cable marked for 100 W.",
    kind="1",
)
say(
    "The Tern 20 can be charged and give current at the same time; the devices then come first. The Tern 10 can not."
)
title("Water and dust")
say(
    "IP65 means that dust and a jet of water from any direction do not harm it as long as the rubber flap over the sockets is closed. It must not be put under water, and it must not be charged when the sockets are wet. If it has become wet, shake it out, leave the flap open and let it dry for 24 hours. Sugary or salty liquids are to be rinsed off with fresh water first."
)
title("In an aeroplane")
say(
    "Both models are below 100 Wh and may be taken in hand luggage without asking. They are not allowed in checked luggage. Many airlines want you not to use them during take-off and landing."
)
title("Safety")
points(
    "Do not leave it in a car in the sun. Above 60 C the cells can be damaged for good.",
    "Stop using it if it swells, becomes too hot to hold or smells sweet. Put it outdoors on stone and call us.",
    "Do not open, crush or pierce it, and keep it away from fires and microwave ovens.",
    "It is no toy. Children under twelve should use it only while somebody is watching.",
    "Do not use it to power medical devices.",
)
title("Storing")
say(
    "Store it half full, dry and between 5 and 25 C. Top it up every four months; a cell that has been empty for half a year may not wake up again."
)
title("Troubleshooting")
table(
    [
        ("Sign", "Meaning", "Remedy"),
        (
            "All four lamps blink quickly",
            "overload",
            "unplug everything, wait ten seconds, plug in one device",
        ),
        ("First and last lamp blink", "too hot or too cold", "let it come to room temperature"),
        ("Second lamp blinks alone", "faulty cable", "try another cable"),
        (
            "No lamp at all",
            "deep discharge",
            "charge for one hour at 10 W; if nothing shows, bring it in",
        ),
        ("Phone charges slowly", "socket A in use as well", "use C1 alone"),
    ],
    (36, 34, 48),
)
title("Old power banks")
say(
    "The cells must not go into the dustbin. Bring the power bank to the fireproof box at our service desk, contacts taped."
)
SimpleDocTemplate(
    sys.argv[1],
    pagesize=A5,
    title="Tern 20 user guide",
    author="Harbour Outdoor & Home",
    leftMargin=15 * mm,
    rightMargin=15 * mm,
    topMargin=17 * mm,
    bottomMargin=16 * mm,
).build(story, onFirstPage=frame, onLaterPages=frame)
