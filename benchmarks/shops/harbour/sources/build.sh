#!/bin/sh
# Makes every PDF again: run it in this folder. See README.md for what it needs.
set -eu
out=../documents
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
: "${PYTHON:=python3}"

python3_to_office() { # SCRIPT SUFFIX NAME
	"$PYTHON" "$1" "$scratch/$3.$2"
	soffice --headless --convert-to pdf --outdir "$out" "$scratch/$3.$2"
}
python3_to_office returns.py docx returns
python3_to_office price_list.py xlsx price-list

print_with_chromium() { # HTML NAME
	chromium --headless --no-sandbox --no-pdf-header-footer --print-to-pdf="$out/$2.pdf" "$PWD/$1"
}
print_with_chromium shipping.html shipping
print_with_chromium visiting.html visiting-and-jobs

for name in warranty:warranty newsletter:newsletter-autumn; do
	for _ in 1 2; do pdflatex -interaction=batchmode -output-directory="$scratch" "${name%%:*}.tex"; done
	cp "$scratch/${name%%:*}.pdf" "$out/${name##*:}.pdf"
done
for _ in 1 2; do xelatex -interaction=batchmode -output-directory="$scratch" manual_skerry.tex; done
cp "$scratch/manual_skerry.pdf" "$out/manual-skerry-tent.pdf"

weasyprint hours.html "$out/hours-and-contact.pdf"
weasyprint repairs.html "$out/repair-prices.pdf"
"$PYTHON" -c "import typst; typst.compile('manual_brisa.typ', output='$out/manual-brisa-duo.pdf')"
"$PYTHON" -c "import typst; typst.compile('workshops.typ', output='$out/workshops-and-events.pdf')"
"$PYTHON" manual_tern.py "$out/manual-tern-power-bank.pdf"
"$PYTHON" manual_gannet.py "$out/manual-gannet-radio.pdf"

groff -ms -Kutf8 -Tps -P-pa4 crew_card.ms >"$scratch/crew.ps"
ps2pdf "$scratch/crew.ps" "$out/crew-card-and-gift-cards.pdf"

mvn -q dependency:copy-dependencies -DoutputDirectory="$scratch/jars"
"$PYTHON" rental.py "$scratch/rental.fo"
java -cp "$scratch/jars/*" org.apache.fop.cli.Main -fo "$scratch/rental.fo" -pdf "$out/rental-agreement.pdf"
java -cp "$scratch/jars/*" Privacy.java "$out/privacy-and-payment.pdf"
