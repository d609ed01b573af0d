"""A page as it was set: words and drawn rules, in points, y downwards from the top of the sheet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """y: of the baseline. size: of the font, in points. glued: without a space to the word that
    was drawn before it, such as a footnote's mark."""

    text: str
    left: float
    right: float
    y: float
    size: float
    bold: bool = False
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line, or a side of a drawn box: level from start to end at `at` down the page, or
    upright at `at` across it."""

    start: float
    end: float
    at: float


@dataclass(frozen=True, slots=True)
class Page:
    """picture: what it says is an image, or letters that no table of its fonts can name."""

    words: tuple[Word, ...]
    levels: tuple[Rule, ...] = ()
    uprights: tuple[Rule, ...] = ()
    height: float = 842.0
    picture: bool = False
