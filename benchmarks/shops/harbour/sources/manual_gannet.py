"""Draws manual-gannet-dab40.pdf with fpdf2."""

# ruff: noqa: E501 (a line of prose is one line here)

from __future__ import annotations

import sys

from fpdf import FPDF
from fpdf.enums import XPos, YPos


class Manual(FPDF):
    def header(self) -> None:
        self.set_font("Times", "I", 9)
        self.cell(0, 6, "Gannet DAB-40 outdoor radio", align="L")
        self.set_x(self.l_margin)
        self.cell(0, 6, "Operating manual", align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(4)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("Times", "", 9)
        self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="C")

    def chapter(self, text: str) -> None:
        self.ln(2)
        self.set_font("Helvetica", "B", 12)
        self.multi_cell(0, 7, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def say(self, text: str) -> None:
        self.set_font("Times", "", 11)
        self.multi_cell(0, 5.4, text, align="J", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1.5)

    def steps(self, *texts: str) -> None:
        for number, text in enumerate(texts, start=1):
            self.say(f"{number}.  {text}")

    def grid(self, rows: list[tuple[str, ...]], widths: tuple[int, ...]) -> None:
        self.set_font("Times", "", 10)
        with self.table(col_widths=widths, text_align="LEFT", line_height=5.2) as table:
            for row in rows:
                table.row(row)
        self.ln(3)


pdf = Manual(format="A4")
pdf.set_margins(24, 16)
pdf.set_auto_page_break(True, 20)
pdf.set_title("Gannet DAB-40")
pdf.set_author("Harbour Outdoor & Home")
pdf.add_page()
pdf.set_font("Helvetica", "B", 22)
pdf.cell(0, 14, "Gannet DAB-40", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
pdf.say(
    "A radio for the shed, the boat and the campsite: DAB+, FM and Bluetooth, with a crank and a solar cell for "
    "days without a socket, a lamp, and a siren for emergencies."
)
pdf.chapter("Power: four ways")
pdf.grid(
    [
        ("Source", "What it gives", "Remark"),
        ("USB-C, 5 V, 2 A", "full in 3 hours 30 minutes", "no charger is supplied"),
        (
            "Crank",
            "one minute of turning for about eight minutes of FM at low volume",
            "two turns a second; faster does not help",
        ),
        (
            "Solar cell",
            "full in about 22 hours of direct sun",
            "turn the switch on the back to SUN",
        ),
        (
            "Three AAA cells",
            "about 12 hours of DAB+",
            "not supplied; they are never charged by the radio",
        ),
    ],
    (26, 46, 40),
)
pdf.say(
    "The built-in pack of 2,600 mAh lasts for 15 hours of DAB+, 20 hours of FM or 11 hours of Bluetooth at medium volume. "
    "It can be changed without tools: slide the door on the back down, pull out the plug, put in pack GA-6101."
)
pdf.chapter("First steps")
pdf.steps(
    "Charge the radio until the red lamp beside the socket turns green.",
    "Pull out the aerial and press the big knob. The radio looks for stations; this takes about a minute.",
    "Turn the knob to walk through the list and press it to listen.",
    "Hold one of the keys 1 to 5 for two seconds to store the station. Each key keeps one DAB+ and one FM station.",
)
pdf.say(
    "To search again, for instance on holiday, hold INFO for four seconds. Stations that are no longer received are shown with a question mark and can be removed under Menu, Prune."
)
pdf.chapter("Bluetooth")
pdf.steps(
    "Press MODE until BT flashes.",
    'Choose "GANNET40" on your telephone. There is no code; if you are asked for one, enter 0000.',
    "To connect another telephone, hold MODE for five seconds. The radio remembers four devices.",
)
pdf.say(
    "The range is about ten metres in the open. Calls cannot be taken: the radio has no microphone."
)
pdf.chapter("Clock and alarm")
pdf.say(
    "The clock sets itself by the radio signal. Two alarms can be set under Menu, Alarm: choose the time, the days and either the radio or a buzzer. "
    "Pressing any key lets you doze for nine minutes; holding the knob turns the alarm off until the next day. "
    "The alarm sounds for an hour and then gives up."
)
pdf.chapter("Lamp and siren")
pdf.say(
    "A short press on the side key lights the reading lamp, a second one the torch in the front. Hold the key for three seconds for the siren, which is as loud as 105 dB; press again to stop it. Do not hold it to your ear. "
    "With a full pack the torch shines for 18 hours."
)
pdf.chapter("Technical data")
pdf.grid(
    [
        ("Property", "Value"),
        ("DAB+", "174 to 240 MHz, band III"),
        ("FM", "87.5 to 108 MHz with RDS"),
        ("Bluetooth", "5.3, profiles A2DP and AVRCP"),
        ("Loudspeaker", "5 W, full range, 66 mm"),
        ("Earphones", "socket 3.5 mm; the loudspeaker is muted"),
        ("Protection", "IPX5: rain and spray from any side with the flaps closed"),
        ("Dimensions", "192 x 118 x 61 mm"),
        ("Weight", "780 g with pack"),
        ("Temperature", "-5 to 45 C in use, charging 0 to 40 C"),
        ("Aerial", "telescopic, 62 cm, can be replaced (GA-6102)"),
    ],
    (32, 80),
)
pdf.chapter("When reception is poor")
pdf.say(
    "Pull the aerial out fully and set it upright for DAB+, slanting for FM. Move away from lamps with LED drivers, laptops and lift shafts. In a steel hull put the radio close to a port hole. DAB+ does not hiss when the signal is weak but falls silent; in that case FM may still be heard. If it crackles while charging, try another charger."
)
pdf.chapter("Resetting")
pdf.say(
    "Menu, System, Factory reset deletes all stations, alarms and pairings. If the radio no longer reacts at all, press a paper clip into the hole beside the USB socket for two seconds; this keeps your stations."
)
pdf.chapter("Updating")
pdf.say(
    "Menu, System, Version shows the software. Updates are installed by our workshop while you wait; this is free of charge. The radio can not be updated at home."
)
pdf.chapter("Care and safety")
for text in (
    "Wipe it with a damp cloth. Salt water is to be rinsed off under the tap with the flaps closed.",
    "Fold the crank in after use. If it becomes stiff, stop: forcing it breaks the gear.",
    "Take the AAA cells out if you do not use them for a month.",
    "Do not leave the radio behind the windscreen in summer.",
    "Charge it every three months even if it stays in a cupboard.",
):
    pdf.say(f"-  {text}")
pdf.chapter("What the display says")
pdf.grid(
    [
        ("Message", "Meaning", "Remedy"),
        ("No signal", "no station of this list here", "search again, or go to FM"),
        ("Pack error", "battery pack loose or worn out", "push the plug in; replace the pack"),
        ("Hot", "above 55 C inside", "let it cool in the shade"),
        ("Key lock", "keys are locked", "hold INFO and MODE together for three seconds"),
        ("E-07", "aerial amplifier has failed", "bring it to the workshop"),
    ],
    (22, 44, 46),
)
pdf.output(sys.argv[1])
