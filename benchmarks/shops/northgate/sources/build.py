"""Print every document of the shop from its source, each with the tool that made it.

`python build.py` writes into `../documents` and `../documents-scanned`.
"""

import subprocess
import tempfile
from pathlib import Path

import by_fpdf
import by_office
import by_reportlab
import scan
import typst
import weasyprint

HERE = Path(__file__).parent
OUT = HERE.parent / "documents"


def _groff(name: str, pipe: str) -> None:
    command = f"groff -ms -t -k {pipe.format(target=OUT / name)}"
    source = (HERE / name).with_suffix(".ms").read_bytes()
    subprocess.run(["bash", "-o", "pipefail", "-c", command], input=source, check=True)


def _latex(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = ["pdflatex", "-interaction=batchmode", "-halt-on-error"]
        command += ["-output-directory", folder, str((HERE / name).with_suffix(".tex"))]
        for _ in range(3):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (OUT / name).write_bytes(Path(folder, name).read_bytes())


def _chromium(name: str) -> None:
    command = ["chromium", "--headless", "--no-sandbox", "--no-pdf-header-footer"]
    command += [f"--print-to-pdf={OUT / name}", (HERE / name).with_suffix(".html").as_uri()]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def main() -> None:
    OUT.mkdir(exist_ok=True)
    for name in ("returns", "garden-calendar"):
        weasyprint.HTML(HERE / f"{name}.html").write_pdf(OUT / f"{name}.pdf")
    for name in ("leaflet", "payment-privacy"):
        typst.compile(HERE / f"{name}.typ", output=OUT / f"{name}.pdf")
    for name, number in (("delivery", "DL-09"), ("club-faq", "CF-04")):
        by_office.build(HERE / f"{name}.txt", OUT / f"{name}.pdf", number)
    _groff("guarantees.pdf", "-Tpdf > {target}")
    _groff("paint-sheet.pdf", "-Tps | ps2pdf - {target}")
    _latex("ebike-manual.pdf")
    _latex("hire-agreement.pdf")
    _chromium("hours-contact.pdf")
    by_reportlab.build(HERE / "workshop-prices.txt", OUT / "workshop-prices.pdf")
    by_fpdf.build(HERE / "drill-manual.txt", OUT / "drill-manual.pdf")
    scanned = HERE.parent / "documents-scanned"
    scanned.mkdir(exist_ok=True)
    scan.build(scanned / "notice.txt", scanned / "notice.pdf")


if __name__ == "__main__":
    main()
