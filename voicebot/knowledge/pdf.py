"""A PDF to words with their places. The only importer of pypdfium2.

A PDF is somebody else's program: it can loop, swell or crash its reader. So this runs in a child
process only (`reader.py`), under its limits.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from voicebot.errors import IngestError
from voicebot.knowledge.pages import Page, Rule, Word

MAX_PAGES = 2_000  # a catalogue; beyond it somebody made a mistake or means harm
MAX_CHARACTERS = 8_000_000
MAX_OBJECTS = 20_000  # of one page that are looked at for rules: a drawing has more, a table less
MAX_DOTS = 300  # of one page that may be bullets
OCR_DPI = 300
OCR_PIXELS = 20_000_000  # of one page; a poster is read at fewer dots an inch
_BOLD = ("bold", "black", "heavy", "demi", "cmbx", "sfbx", "-bd", "blk")
_NAMELESS = re.compile(r"(?:\w+\+)?(?:cid)?f(?:ont)?\+?\w?\d+", re.IGNORECASE)
_BLANKS = (0x20, 0x0D, 0x0A)
_HYPHENS = (0x02, 0xAD, 0xFFFE)  # as the library tells one that divides a word
_SAMPLE = 4  # one letter of so many is looked at for whether its font gives it a meaning
_SYMBOLS = range(0xF000, 0xF100)  # where office suites keep the bullets of their symbol fonts
_SPACE = 0.15  # of the font's size: a wider gap between letters is a space, drawn or not
_KERNED = 0.05  # the same where a space was drawn
_BACK = 1.2  # the same backwards: letters of a ligature have one place, others are kerned
_STAMP = 12  # words; fewer beside a picture of half the page are not the page's text
_STRANGE = 0.3  # of a page's letters without a meaning: none of it can be trusted
_LEVEL = math.radians(8)  # text that is turned further from the sheet's edges is a watermark

Ocr = Callable[[bytes, float], list[Word]]  # a picture (PGM) and its dots a point, to words


def read(data: bytes, ocr: Ocr | None = None) -> tuple[str, list[Page]]:
    """What the file calls itself, and its pages. ocr: reads those that are pictures. Raises
    IngestError with a reason."""
    if not data:
        raise IngestError("the file is empty")
    if b"%PDF-" not in data[:1024]:
        raise IngestError("not a PDF")
    if b"%%EOF" not in data[-2048:]:
        raise IngestError("truncated: its end is missing; copy it again")
    try:
        with closing(pdfium.PdfDocument(data)) as document:
            if len(document) > MAX_PAGES:
                raise IngestError(f"{len(document)} pages; at most {MAX_PAGES} are read: split it")
            return document.get_metadata_value("Title"), list(_pages(document, ocr))
    except pdfium.PdfiumError as exc:
        if exc.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise IngestError("encrypted: save it without a password") from exc
        raise IngestError("damaged: open it and print it to a new PDF") from exc


def _pages(document: pdfium.PdfDocument, ocr: Ocr | None) -> Iterator[Page]:
    total = 0
    for page in document:
        with closing(page):
            found = _page(page)
            if found.picture and ocr:
                found = Page(tuple(ocr(*_rendered(page))), height=found.height, picture=True)
        total += sum(len(word.text) for word in found.words)
        if total > MAX_CHARACTERS:
            raise IngestError(f"more than {MAX_CHARACTERS} characters of text: split it")
        yield found


def _page(page: pdfium.PdfPage) -> Page:
    sheets = [_Sheet(page.get_cropbox(), turn) for turn in range(4)]
    with closing(page.get_textpage()) as text:
        letters = _Letters(text.raw, sheets)
    turns = Counter(turn for turn, _ in letters.words)
    turn = turns.most_common(1)[0][0] if turns else 0
    sheet = sheets[turn]
    words = tuple(word for its, word in letters.words if its == turn and sheet.holds(word))
    levels, uprights, dots, pictured = _drawn(page, sheet)
    scanned = pictured > (0.5 if words else 0.0) and len(words) < _STAMP
    if scanned or letters.strange > _STRANGE * letters.count:
        return Page((), height=sheet.height, picture=True)
    return Page((*words, *_bullets(dots, words)), levels, uprights, sheet.height)


def _rendered(page: pdfium.PdfPage) -> tuple[bytes, float]:
    """The page as a picture (PGM), and its dots a point."""
    width, height = page.get_size()
    scale = min(OCR_DPI / 72, math.sqrt(OCR_PIXELS / max(1.0, width * height)))
    bitmap = page.render(scale=scale, grayscale=True)
    with closing(bitmap):
        rows = bytes(bitmap.buffer)
        packed = b"".join(
            rows[n * bitmap.stride : n * bitmap.stride + bitmap.width] for n in range(bitmap.height)
        )
    return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + packed, scale


class _Sheet:
    """The page, turned so that text that runs `turn` quarters counter-clockwise from level is
    level, with y downwards."""

    def __init__(self, box: tuple[float, float, float, float], turn: int) -> None:
        self._left, self._bottom, right, top = box
        self._size = (right - self._left, top - self._bottom)
        self._turn = turn
        self.width, self.height = self._size[::-1] if turn % 2 else self._size

    def point(self, x: float, y: float) -> tuple[float, float]:
        x, y, (width, height) = x - self._left, y - self._bottom, self._size
        return ((x, height - y), (y, x), (width - x, y), (height - y, width - x))[self._turn]

    def span(self, a: float, b: float, c: float, d: float) -> tuple[float, float, float, float]:
        """left, top, right, bottom of the box between two corners."""
        (a, b), (c, d) = self.point(a, b), self.point(c, d)
        return min(a, c), min(b, d), max(a, c), max(b, d)

    def holds(self, word: Word) -> bool:
        return 0 <= word.y <= self.height and word.right > 0 and word.left < self.width


# ------------------------------------------------------------------ letters


@dataclass(frozen=True)
class _Style:
    turn: int  # -1: slanting
    size: float
    bold: bool


@dataclass
class _Open:
    """A word that is being put together."""

    style: _Style
    left: float
    right: float
    y: float
    glued: bool
    text: list[str] = field(default_factory=list)

    def add(self, letter: str, right: float) -> None:
        self.text.append(letter)
        self.right = max(self.right, right)

    def touches(self, left: float, y: float, style: _Style, spaced: bool) -> bool:
        """Whether a letter follows without a space; spaced: one was drawn, if only to be kerned
        away."""
        gap = (left - self.right) / style.size
        beside = style.turn == self.style.turn and abs(y - self.y) < style.size
        return beside and -_BACK < gap < (_KERNED if spaced else _SPACE)


class _Letters:
    """words: of a page, each with the quarters by which it is turned, in the order in which they
    are drawn. count, strange: letters, and those of them that the fonts give no meaning."""

    def __init__(self, text: raw.FPDF_TEXTPAGE, sheets: list[_Sheet]) -> None:
        self.words: list[tuple[int, Word]] = []
        self.count = self.strange = 0
        self._text = text
        self._sheets = sheets
        self._bold: dict[int, bool] = {}  # by font
        self._drawn = 0  # the piece of text of the last letter, and
        self._styled = _Style(-1, 0.0, False)
        self._read()

    def _read(self) -> None:
        box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
        word: _Open | None = None
        foot, spaced = 0.0, False
        for n in range(raw.FPDFText_CountChars(self._text)):
            letter = self._letter(n)
            if not letter or letter.isspace():
                spaced = spaced or bool(letter)
                continue
            raw.FPDFText_GetLooseCharBox(self._text, n, box)
            # Asking the library takes the time: style and baseline only where they may change.
            if word and word.style.turn == 0 and not spaced and abs(box.bottom - foot) < 0.01:
                left, _, right, _ = self._sheets[0].span(box.left, 0, box.right, 0)
                if word.touches(left, word.y, word.style, spaced):
                    word.add(letter, right)
                    continue
            foot = box.bottom
            style = self._style(n)
            if style.turn < 0 or not style.size:
                continue
            raw.FPDFText_GetCharOrigin(self._text, n, x, y)
            sheet = self._sheets[style.turn]
            left, _, right, _ = sheet.span(box.left, box.bottom, box.right, box.top)
            base = sheet.point(x.value, y.value)[1]
            glued = word is not None and word.touches(left, base, style, spaced)
            if not (word and glued and word.style == style and abs(base - word.y) < 0.5):
                self._close(word)
                word = _Open(style, left, right, base, glued)
            word.add(letter, right)
            spaced = False
        self._close(word)

    def _letter(self, n: int) -> str:
        """ "" for what is no letter. Spaces that nobody drew are left to the gaps between words."""
        code = raw.FPDFText_GetUnicode(self._text, n)
        if code in _BLANKS:
            return "" if raw.FPDFText_IsGenerated(self._text, n) else " "
        if code in _HYPHENS and raw.FPDFText_IsHyphen(self._text, n):
            return "-"  # at the end of a line
        self.count += 1
        if 0x21 <= code < 0x7F:
            if n % _SAMPLE == 0 and raw.FPDFText_HasUnicodeMapError(self._text, n) == 1:
                self.strange += _SAMPLE
            return chr(code)
        letter = chr(code) if not 0xD800 <= code <= 0xDFFF else "\ufffd"
        if letter.isspace():
            return " "
        if unicodedata.category(letter) in ("Cc", "Co", "Cn") or letter == "\ufffd":
            self.strange += 1
            return "•" if code in _SYMBOLS else ""
        return letter

    def _style(self, n: int) -> _Style:
        drawn = raw.FPDFText_GetTextObject(self._text, n)
        here = ctypes.addressof(drawn.contents) if drawn else 0
        if here != self._drawn or not here:
            matrix = raw.FS_MATRIX()
            raw.FPDFText_GetMatrix(self._text, n, matrix)
            angle = math.atan2(matrix.b, matrix.a)
            turn = round(angle / (math.pi / 2))
            level = abs(angle - turn * math.pi / 2) < _LEVEL
            size = raw.FPDFText_GetFontSize(self._text, n) * math.hypot(matrix.c, matrix.d)
            bold = self._is_bold(drawn)
            self._drawn = here
            self._styled = _Style(turn % 4 if level else -1, round(size, 1), bold)
        return self._styled

    def _is_bold(self, drawn: raw.FPDF_PAGEOBJECT) -> bool:
        if not drawn:
            return False
        font = raw.FPDFTextObj_GetFont(drawn)
        if not font:
            return False
        here = ctypes.addressof(font.contents)
        if here not in self._bold:
            name = ctypes.create_string_buffer(128)
            raw.FPDFFont_GetBaseFontName(font, name, len(name))
            called = name.value.decode("latin-1").lower()
            self._bold[here] = any(part in called for part in _BOLD) or (
                bool(_NAMELESS.fullmatch(called)) and raw.FPDFFont_GetWeight(font) >= 600
            )
        stroked = raw.FPDF_TEXTRENDERMODE_FILL_STROKE  # how a bold face is feigned
        return self._bold[here] or raw.FPDFTextObj_GetTextRenderMode(drawn) == stroked

    def _close(self, word: _Open | None) -> None:
        if word:
            style = word.style
            text = "".join(word.text)
            made = Word(text, word.left, word.right, word.y, style.size, style.bold, word.glued)
            self.words.append((style.turn, made))


# ------------------------------------------------------------------ rules and pictures


Span = tuple[float, float, float, float]


def _drawn(
    page: pdfium.PdfPage, sheet: _Sheet
) -> tuple[tuple[Rule, ...], tuple[Rule, ...], list[Span], float]:
    """Rules that are level and upright, dots, and the largest picture's share of the page."""
    dots: list[Span] = []
    levels: list[Rule] = []
    uprights: list[Rule] = []
    pictured = 0.0
    edges = [ctypes.c_float() for _ in range(4)]
    for n in range(min(raw.FPDFPage_CountObjects(page.raw), MAX_OBJECTS)):
        drawn = raw.FPDFPage_GetObject(page.raw, n)
        kind = raw.FPDFPageObj_GetType(drawn)
        if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM):
            continue
        if not raw.FPDFPageObj_GetBounds(drawn, *edges):
            continue
        span = left, top, right, bottom = sheet.span(*(edge.value for edge in edges))
        width, height = right - left, bottom - top
        half = width * height > 0.5 * sheet.width * sheet.height
        if kind != raw.FPDF_PAGEOBJ_PATH:
            pictured = max(pictured, width * height / (sheet.width * sheet.height))
        elif 1 < width < 9 and 0.6 < height / width < 1.6 and len(dots) < MAX_DOTS:
            dots.append(span)
        elif not half and raw.FPDFPath_CountSegments(drawn) <= 8:  # else it is a drawing
            if width > 6:
                levels += [Rule(left, right, y) for y in ((top, bottom) if height > 3 else (top,))]
            if height > 6:
                uprights += [
                    Rule(top, bottom, x) for x in ((left, right) if width > 3 else (left,))
                ]
    return tuple(levels), tuple(uprights), dots, pictured


def _bullets(dots: list[Span], words: tuple[Word, ...]) -> Iterator[Word]:
    """The dots that stand just in front of a line: browsers draw bullets, not letters."""
    for left, top, right, bottom in dots:
        middle = (top + bottom) / 2
        beside = [
            word
            for word in words
            if 0 < word.left - right < 2 * word.size and word.y - word.size < middle < word.y
        ]
        first = min(beside, key=lambda word: word.left, default=None)
        if first and not any(
            0 <= left - word.right < 1.5 * word.size and word.y == first.y for word in words
        ):
            yield Word("•", left, right, first.y, first.size)
