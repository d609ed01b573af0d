"""Answers from documents on the invented shops: `voicebot bench rag` with their questions.

    python -m benchmarks.rag
    python -m benchmarks.rag --shop harbour --count 100 --json --plot rag.png

What else is given goes to the command.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from voicebot.cli import app

SHOPS = Path(__file__).parent / "shops"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shop", default="northgate", choices=("northgate", "harbour"))
    options, rest = parser.parse_known_args()
    shop = SHOPS / options.shop
    documents = ["--documents", str(shop / "documents")]
    app(["bench", "rag", str(shop / "questions.json"), *documents, *rest])


if __name__ == "__main__":
    main()
