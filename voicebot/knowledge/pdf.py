"""One PDF to lines of text, in a process of its own: `python -m voicebot.knowledge.pdf < F.pdf`.

A PDF is somebody else's program: it can loop, swell or crash its reader. So this module runs as a
child that gives itself limits before it parses a byte, reads the file from stdin (it knows no path)
and answers one JSON object on stdout: `{"title", "pages": [[[text, size, bold], ...], ...]}` or
`{"error": reason}`. Lines keep their columns (runs of spaces); an empty text is a gap. The only
importer of pypdf.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_MEMORY = 1 << 30  # bytes of address space
MAX_SECONDS = 120  # of processor time
MAX_PAGES = 2_000  # a catalogue; beyond it somebody made a mistake or means harm
MAX_CHARACTERS = 8_000_000
_BOLD = ("bold", "black", "heavy", "demi")

Row = tuple[str, float, bool]


class UnreadableError(Exception):
    """str() is the reason, for the person who has to mend the file."""


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _open(data: bytes) -> PdfReader:
    from pypdf import PdfReader

    if not data:
        raise UnreadableError("the file is empty")
    if b"%PDF-" not in data[:1024]:
        raise UnreadableError("not a PDF")
    if b"%%EOF" not in data[-2048:]:
        raise UnreadableError("truncated: its end is missing; copy it again")
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        try:
            opened = reader.decrypt("")
        except Exception as exc:
            raise UnreadableError("encrypted: save it without a password") from exc
        if not opened:
            raise UnreadableError("encrypted: save it without a password")
    return reader


def _styles(page: PageObject) -> dict[str, tuple[float, bool]]:
    """The size and weight of each run of text, by the run without its spaces."""
    found: dict[str, tuple[float, bool]] = {}

    def visit(text: str, cm: Any, tm: Any, font: Any, size: Any) -> None:
        name = str(font.get("/BaseFont", "")).lower() if font else ""
        points = abs(float(size or 0) * (tm[3] or tm[1] or 1) * (cm[3] or cm[1] or 1))
        for line in text.split("\n"):
            key = "".join(line.split())
            # A running head may repeat the title: the larger of the two is meant.
            if key and points > found.get(key, (0.0, False))[0]:
                found[key] = (round(points, 1), any(b in name for b in _BOLD))

    page.extract_text(visitor_text=visit)
    return found


def _style(line: str, styles: dict[str, tuple[float, bool]]) -> tuple[float, bool]:
    key = "".join(line.split())
    if not key or key in styles:
        return styles.get(key, (0.0, False))
    begins = [run for run in styles if key.startswith(run)]
    return styles[max(begins, key=len)] if begins else (0.0, False)


def _rows(page: PageObject) -> list[Row]:
    """The lines of a page. pypdf's layout mode keeps tables together; where it fails, plain text
    is better than none."""
    try:
        text = page.extract_text(extraction_mode="layout", layout_mode_strip_rotated=True)
    except (MemoryError, RecursionError):
        raise
    except Exception:
        text = ""
    if not text.strip():
        text = page.extract_text()
    styles = _styles(page)
    return [(line.rstrip(), *_style(line, styles)) for line in text.splitlines()]


def read(data: bytes) -> dict[str, Any]:
    """The whole file. Raises UnreadableError, and whatever pypdf does."""
    reader = _open(data)
    if len(reader.pages) > MAX_PAGES:
        raise UnreadableError(f"{len(reader.pages)} pages; at most {MAX_PAGES} are read: split it")
    pages: list[list[Row]] = []
    total = images = 0
    for page in reader.pages:
        rows = _rows(page)
        total += sum(len(row[0]) for row in rows)
        if total > MAX_CHARACTERS:
            raise UnreadableError(f"more than {MAX_CHARACTERS} characters of text: split it")
        if not any(row[0].strip() for row in rows):
            images += _has_images(page)
        pages.append(rows)
    if not any(row[0].strip() for rows in pages for row in rows):
        raise UnreadableError(
            "only images, no text: put it through OCR first" if images else "no text in it"
        )
    info = reader.metadata
    return {"title": str(info.title or "") if info else "", "pages": pages}


def _has_images(page: PageObject) -> bool:
    objects = _resolved(_resolved(page.get("/Resources", {})).get("/XObject", {}))
    return any(_resolved(each).get("/Subtype") in ("/Image", "/Form") for each in objects.values())


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def main() -> None:
    _limit()
    answer: dict[str, Any]
    try:
        answer = read(sys.stdin.buffer.read())
    except UnreadableError as exc:
        answer = {"error": str(exc)}
    except MemoryError:
        answer = {"error": f"needs more than {MAX_MEMORY >> 20} MB to read"}
    except RecursionError:
        answer = {"error": "damaged: its parts are nested without end"}
    except Exception as exc:  # pypdf raises nearly anything on damaged files
        answer = {"error": f"damaged: {type(exc).__name__}: {exc}"[:200]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
