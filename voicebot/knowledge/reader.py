"""One file to title and blocks, in a process of its own:
`python -m voicebot.knowledge.reader KIND [LANGUAGE] < FILE`.

Strangers' files can loop, swell or crash their reader. So this child gives itself limits before it
reads a byte, knows no path, and answers one JSON object on stdout: `{"title", "pages": [[block,
...], ...], "pictures": [page, ...]}` or `{"error": reason}`. A block is its type's name with its
fields. With a LANGUAGE, pages that are pictures are read by OCR.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from functools import partial
from typing import Any

from voicebot.errors import IngestError
from voicebot.knowledge.structure import structure, titled

MAX_MEMORY = 1 << 30  # bytes of address space
MAX_SECONDS = 120  # of processor time; each page's OCR is a process with as much


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(kind: str, data: bytes, language: str = "") -> dict[str, Any]:
    """The whole file. kind: its suffix, ".pdf", ".md" or ".txt". Raises IngestError."""
    pictures: list[int] = []
    if kind == ".md":
        from voicebot.knowledge import markdown, plain_text

        called, found = markdown.blocks(plain_text.decoded(data))
        pages = [found]
        title = titled(pages, called, markdown.BODY)
    elif kind == ".txt":
        from voicebot.knowledge import plain_text

        title, pages = structure(plain_text.pages(plain_text.decoded(data)))
    else:
        from voicebot.knowledge import ocr, pdf

        called, sheets = pdf.read(data, partial(ocr.read, language=language) if language else None)
        pictures = [n for n, sheet in enumerate(sheets, start=1) if sheet.picture]
        title, pages = structure(sheets, called)
    blocks = [[[type(block).__name__, asdict(block)] for block in page] for page in pages]
    return {"title": title, "pages": blocks, "pictures": pictures}


def main() -> None:
    _limit()
    answer: dict[str, Any]
    try:
        answer = read(sys.argv[1], sys.stdin.buffer.read(), *sys.argv[2:3])
    except IngestError as exc:
        answer = {"error": str(exc)}
    except MemoryError:
        answer = {"error": f"needs more than {MAX_MEMORY >> 20} MB to read: split it"}
    except RecursionError:
        answer = {"error": "damaged: its parts are nested without end"}
    except Exception as exc:  # whatever a damaged file may lead to
        what = f"{type(exc).__name__}: {exc}"[:120]
        answer = {"error": f"damaged ({what}): open it and print it to a new PDF"}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
