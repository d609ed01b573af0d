"""Pictures of pages to words, by the tesseract program where the machine has it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from statistics import median
from xml.etree import ElementTree

from voicebot.errors import IngestError
from voicebot.knowledge.pages import Word

PROGRAM = "tesseract"
SECONDS = 60.0  # for one page
_SURE = 30  # of 100: below it a word is dirt
_ALIKE = 0.2  # of the usual size: lines that differ less are meant to be of one
# What tesseract calls the languages that shops set; others by their own code.
_LANGUAGES = {
    "en": "eng", "de": "deu", "fr": "fra", "es": "spa", "it": "ita", "nl": "nld", "pt": "por",
    "pl": "pol", "sv": "swe", "da": "dan", "nb": "nor", "no": "nor", "fi": "fin", "cs": "ces",
    "tr": "tur", "el": "ell", "hu": "hun", "ro": "ron", "uk": "ukr", "ru": "rus",
}  # fmt: skip


def available() -> bool:
    return shutil.which(PROGRAM) is not None


def read(picture: bytes, scale: float, language: str) -> list[Word]:
    """The words of a picture (PGM). scale: its dots a point. language: as conversation.language
    says it. Blocks until tesseract has ended. Raises IngestError."""
    code = _LANGUAGES.get(language.lower()[:2], language)
    command = [PROGRAM, "stdin", "stdout", "-l", code, "hocr"]
    try:
        done = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # its threads are slower than none
        )
    except subprocess.TimeoutExpired as exc:
        raise IngestError(f"OCR of a page took longer than {SECONDS:.0f} s") from exc
    if done.returncode:
        said = done.stderr.decode(errors="replace")
        if "Failed loading language" in said:
            raise IngestError(
                f"OCR has no data for the language {code}; install it (tesseract-ocr-{code})"
            )
        raise IngestError(f"OCR failed (code {done.returncode}): {said.strip()[-120:]}")
    return words(done.stdout.decode("utf-8", errors="replace"), scale)


def words(hocr: str, scale: float) -> list[Word]:
    """The words of tesseract's answer, in points."""
    found: list[Word] = []
    for line in ElementTree.fromstring(hocr).iter():
        title = line.get("title", "")
        size, base = (
            re.search(r"x_size ([\d.]+)", title),
            re.search(r"baseline (-?[\d.]+) (-?[\d.]+)", title),
        )
        if not (size and base):
            continue
        bottom = _box(title)[3]
        for word in line:
            its = word.get("title", "")
            sure = re.search(r"x_wconf (\d+)", its)
            text = "".join(word.itertext()).strip()
            if word.get("class") == "ocrx_word" and text and sure and int(sure[1]) >= _SURE:
                left, _, right, _ = _box(its)
                y = bottom + float(base[2])
                place = (left / scale, right / scale, y / scale, float(size[1]) / scale)
                found.append(Word(text, *place))
    usual = median(word.size for word in found) if found else 0.0
    return [
        replace(word, size=usual) if abs(word.size - usual) < _ALIKE * usual else word
        for word in found
    ]


def _box(title: str) -> tuple[float, ...]:
    box = re.search(r"bbox (\d+) (\d+) (\d+) (\d+)", title)
    return tuple(float(edge) for edge in box.groups()) if box else (0.0, 0.0, 0.0, 0.0)
