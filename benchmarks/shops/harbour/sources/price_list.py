"""Writes price-list.xlsx, which LibreOffice Calc turns into price-list.pdf."""

# ruff: noqa: E501 (a line of prose is one line here)

from __future__ import annotations

import sys
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

GROUPS: list[tuple[str, list[tuple[str, str, str, float, str]]]] = [
    (
        "Tents: Skerry and Holm series",
        [
            ("SK-1101", "Pole set, complete, aluminium 8.5 mm", "Skerry 2", 46.00, "in stock"),
            ("SK-1102", "Pole set, complete, aluminium 9 mm", "Skerry 3", 52.50, "in stock"),
            ("SK-1103", "Pole segment, single, with cord", "Skerry 2, Skerry 3", 6.20, "in stock"),
            (
                "SK-1110",
                "Repair sleeve for broken poles, pair",
                "all 8.5 and 9 mm poles",
                3.40,
                "in stock",
            ),
            ("SK-1120", "Footprint (groundsheet protector)", "Skerry 2", 28.00, "in stock"),
            ("SK-1121", "Footprint (groundsheet protector)", "Skerry 3", 33.00, "in stock"),
            ("SK-1130", "Flysheet, reed green", "Skerry 3", 119.00, "3 weeks"),
            ("SK-1131", "Inner tent", "Skerry 3", 98.00, "3 weeks"),
            ("SK-1140", "Zip slider, No. 8, set of four", "all Skerry and Holm", 4.80, "in stock"),
            ("HL-2101", "Air beam, side, with valve", "Holm 5 Air", 64.00, "10 days"),
            ("HL-2102", "Air beam, centre, with valve", "Holm 5 Air", 71.00, "10 days"),
            ("HL-2110", "Valve cap, spare", "Holm 5 Air", 2.10, "in stock"),
            (
                "HL-2120",
                "Double-action pump with gauge",
                "Holm 5 Air, Holm 7 Air",
                26.50,
                "in stock",
            ),
            ("TP-0101", "Peg, V-shaped, 18 cm, pack of 8", "any tent", 9.90, "in stock"),
            ("TP-0102", "Peg, sand and snow, 31 cm, pack of 4", "any tent", 13.80, "in stock"),
            ("TP-0103", "Peg, steel, rock, pack of 6", "any tent", 8.40, "in stock"),
            ("TP-0110", "Guy rope, reflective, 4 m, pack of 4", "any tent", 11.20, "in stock"),
            ("TP-0120", "Seam sealer, silicone, 28 ml", "silicone-coated cloth", 7.90, "in stock"),
        ],
    ),
    (
        "Stoves and lamps",
        [
            ("ST-3001", "Jet, 0.28 mm, for gas", "Petrel 1, Petrel 2", 5.60, "in stock"),
            ("ST-3002", "Jet, 0.32 mm, for paraffin", "Petrel 2", 5.60, "10 days"),
            ("ST-3010", "Seal kit (pump and valve)", "Petrel 2", 8.75, "in stock"),
            ("ST-3020", "Windshield, folding, eight panels", "any stove", 14.00, "in stock"),
            ("ST-3030", "Gas canister, screw-on, 230 g", "EN 417 stoves", 6.50, "shop only"),
            ("ST-3031", "Gas canister, screw-on, 450 g", "EN 417 stoves", 9.75, "shop only"),
            ("ST-3040", "Piezo igniter with lead", "Petrel 1", 7.30, "10 days"),
            ("LA-3301", "Mantle, pack of 3", "Beacon gas lamp", 5.10, "in stock"),
            ("LA-3302", "Glass chimney, clear", "Beacon gas lamp", 12.40, "3 weeks"),
            ("LA-3310", "LED board, warm white", "Beacon E", 16.90, "10 days"),
        ],
    ),
    (
        "Brisa coffee machines and Mistral grinders",
        [
            (
                "BR-4001",
                "Brew-head gasket, 8.5 mm, silicone",
                "Brisa Uno, Brisa Duo",
                6.90,
                "in stock",
            ),
            ("BR-4002", "Shower screen, steel", "Brisa Uno, Brisa Duo", 9.50, "in stock"),
            ("BR-4010", "Water tank, 1.8 litres, with lid", "Brisa Duo", 24.00, "in stock"),
            ("BR-4011", "Water tank, 1.2 litres, with lid", "Brisa Uno", 21.00, "10 days"),
            (
                "BR-4020",
                "Water filter cartridge, pack of 3",
                "Brisa Uno, Brisa Duo",
                17.40,
                "in stock",
            ),
            ("BR-4030", "Descaling powder, 6 sachets", "any machine", 10.80, "in stock"),
            ("BR-4031", "Cleaning tablets, tub of 40", "any machine", 8.60, "in stock"),
            ("BR-4040", "Portafilter, single spout", "Brisa Uno, Brisa Duo", 38.00, "10 days"),
            ("BR-4041", "Portafilter, bottomless", "Brisa Duo", 44.00, "10 days"),
            ("BR-4050", "Steam wand tip, two holes", "Brisa Duo", 7.20, "in stock"),
            ("BR-4060", "Drip tray with grid", "Brisa Duo", 18.30, "in stock"),
            ("BR-4070", "Milk jug, 350 ml", "", 15.90, "in stock"),
            ("MI-4501", "Burr set, steel, 40 mm", "Mistral grinder", 29.50, "10 days"),
            ("MI-4502", "Bean hopper with lid", "Mistral grinder", 13.70, "in stock"),
            ("MI-4510", "Cleaning brush", "Mistral grinder", 3.20, "in stock"),
        ],
    ),
    (
        "Cookware",
        [
            ("CK-5001", "Lid, glass, 24 cm, with knob", "Anchor pan 24", 16.00, "in stock"),
            ("CK-5002", "Lid, glass, 28 cm, with knob", "Anchor pan 28", 19.00, "in stock"),
            ("CK-5010", "Handle, beech, with screw", "Anchor pans", 11.50, "3 weeks"),
            (
                "CK-5020",
                "Pressure-cooker sealing ring, 22 cm",
                "Capstan 4 and 6 litres",
                9.20,
                "in stock",
            ),
            ("CK-5021", "Pressure-cooker safety valve", "Capstan 4 and 6 litres", 12.80, "10 days"),
            ("CK-5030", "Seasoning paste for cast iron, 150 ml", "", 7.40, "in stock"),
            ("CK-5040", "Whetstone, grit 1000 and 3000", "", 27.00, "in stock"),
        ],
    ),
    (
        "Small electronics",
        [
            ("TE-6001", "USB-C cable, 1 m, 100 W", "Tern 20, Tern 10", 9.40, "in stock"),
            ("TE-6002", "Pouch, felt", "Tern 20", 7.00, "in stock"),
            ("TE-6010", "Folding solar panel, 21 W", "Tern 20, Tern 10", 69.00, "10 days"),
            ("GA-6101", "Rechargeable battery pack, 2600 mAh", "Gannet DAB-40", 18.50, "in stock"),
            ("GA-6102", "Telescopic aerial, 62 cm", "Gannet DAB-40", 8.90, "10 days"),
            ("GA-6103", "Crank handle, folding", "Gannet DAB-40", 6.70, "3 weeks"),
            ("GA-6104", "Battery door, black", "Gannet DAB-40", 2.90, "in stock"),
            ("WS-6201", "Outdoor sensor, 868 MHz", "Fulmar weather station", 22.00, "in stock"),
            ("WS-6202", "Rain gauge", "Fulmar weather station", 31.00, "3 weeks"),
        ],
    ),
]

book = Workbook()
sheet = book.active
assert sheet is not None
sheet.title = "Spare parts"
thin = Side(style="thin", color="999999")
edge = Border(left=thin, right=thin, top=thin, bottom=thin)
titles = ("Part no.", "Description", "Fits", "Price (£)", "Supply")
for column, (title, width) in enumerate(zip(titles, (11, 40, 27, 11, 12), strict=True), start=1):
    cell = sheet.cell(1, column, title)
    cell.font, cell.fill, cell.border = Font(bold=True), PatternFill("solid", "CFE2EC"), edge
    sheet.column_dimensions["ABCDE"[column - 1]].width = width
row = 2
for name, parts in GROUPS:
    sheet.cell(row, 1, name).font = Font(bold=True, italic=True)
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=5)
    row += 1
    for part in parts:
        for column, value in enumerate(part, start=1):
            cell = sheet.cell(row, column, value)
            cell.border = edge
            cell.alignment = Alignment(
                wrap_text=True, vertical="top", horizontal="center" if column == 5 else None
            )
        sheet.cell(row, 4).number_format = "0.00"
        row += 1
row += 1
for line in (
    "Prices include VAT. Fitting is charged according to the workshop's own list.",
    "“Supply” is the time from your order until the part is in the shop. Parts at 3 weeks are paid in advance.",
    "Ordered parts that turn out not to fit are exchanged within 30 days if the bag is unopened.",
    "Parts for models we no longer sell are kept for eight years after the last sale.",
):
    sheet.cell(row, 1, line).font = Font(size=9)
    row += 1
sheet.print_title_rows = "1:1"
sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
sheet.sheet_properties.pageSetUpPr.fitToPage = True
sheet.oddHeader.left.text = "Harbour Outdoor && Home"
sheet.oddHeader.right.text = "Spare parts and accessories, October 2026"
sheet.oddFooter.center.text = "Page &P of &N"
book.save(Path(sys.argv[1]))
